package checks

import (
	"golang.org/x/crypto/ssh"

	"opsbot/model"
	reach "opsbot/ssh"
)

// explainHostKey is the finding for a rejected host key. It may be another machine, so nothing is known of ours.
func explainHostKey(p *probe, err error, key ssh.PublicKey) *finding {
	switch unknownKey, changed := reach.UnknownKey(err); {
	case unknownKey:
		return unknown(model.ReasonSSHKeyUnknown, "got", reach.Fingerprint(key), "addr", p.address)
	case changed:
		return unknown(model.ReasonSSHKeyChanged, "got", reach.Fingerprint(key), "addr", p.address)
	default:
		return nil
	}
}
