package alerts

import "opsbot"

// Judge says what becomes of a check's state by one more result. changed reports whether anything differs that is
// worth remembering across a restart: a check that goes on as before changes nothing. It is pure; the result's At is
// its clock. Limits below 1 count as 1.
func Judge(state opsbot.CheckState, check *opsbot.Check, result opsbot.Result) (next opsbot.CheckState, changed bool) {
	return state, false
}
