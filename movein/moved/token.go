package moved

import "strings"

// Fresh is a secret that this opsbot makes itself, once: what is in the file stays.
type Fresh struct{}

// leastToken is how long the token of a job must be.
const leastToken = 16

// PlainToken reports whether a token of another system is one for opsbot too: long enough, of letters, digits, "-" and "_".
func PlainToken(token string) bool {
	return len(token) >= leastToken && strings.Trim(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}
