package ssh

import "strings"

// Quote writes an argument list as a line that every POSIX shell splits into the same list: sshd passes a line to the
// user's shell. The caller ensures that arguments contain no zero byte.
func Quote(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
	return strings.Join(words, " ")
}
