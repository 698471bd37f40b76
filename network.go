package opsbot

import "strings"

// OfNetwork reports whether what was seen may as well be the fault of our own network: the other side was not reached. An
// answer, however bad, is not; nor is what is looked at on this machine.
func (r Reason) OfNetwork() bool {
	code := string(r.Code)
	if cause := r.Args["cause"]; cause != "" {
		code = cause
	}
	for _, room := range []string{"net.", "dns.", "ping.", "plugin."} {
		if strings.HasPrefix(code, room) {
			return ReasonCode(code) != ReasonSlow
		}
	}
	return false
}
