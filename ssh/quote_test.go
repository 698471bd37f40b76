package ssh_test

import (
	"os/exec"
	"strings"
	"testing"

	"opsbot/ssh"
)

// FuzzQuote lets a real shell parse the arguments of a line.
func FuzzQuote(f *testing.F) {
	for _, words := range [][2]string{{"a", "b"}, {"", "'"}, {"$(id)", "`id`; rm -rf /"}, {"a\nb", "\\'\""}, {"FOO=bar", "~"}, {"-e", "\xff\x80"}, {"'\\''", "''"}, {"!", "*?[a]"}} {
		f.Add(words[0], words[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.Contains(a+b, "\x00") {
			return
		}
		out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", ssh.Quote([]string{"printf", "%s\\0", a, b})).Output()
		if err != nil || string(out) != a+"\x00"+b+"\x00" {
			t.Errorf("%q %q became %q (%v)", a, b, out, err)
		}
	})
}
