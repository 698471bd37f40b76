package moved

import (
	"crypto/sha256"
	"encoding/hex"
)

// Fingerprint is a short id of a secret, from which it cannot be found: ids are written in plain.
func Fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:6])
}

// Token sets the token of a job: the one that it has, where opsbot takes it, so that only the address in the job has to change.
func (t *Table) Token(had string) *Table {
	if PlainToken(had) {
		return t.Set("token_file", Secret(had))
	}
	return t.Set("token_file", Fresh{})
}
