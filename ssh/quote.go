package ssh

import "strings"

// Quote writes an argument list as a line of which every POSIX shell makes the same list: sshd hands a line to the user's
// shell. Arguments hold no zero byte: whoever calls sees to that.
func Quote(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
	return strings.Join(words, " ")
}
