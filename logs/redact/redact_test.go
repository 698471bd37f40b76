package redact_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"opsbot/logs/redact"
)

// corpus reads the lines of a file, without comments.
func corpus(t testing.TB, name string) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimRight(line, "\n"); line != "" && !strings.HasPrefix(line, "# ") {
			lines = append(lines, line)
		}
	}
	return lines
}

var marked = regexp.MustCompile(`«([^»]*)»`)

// pieces are what must not remain of a secret: parts of it count too.
func pieces(secret string) []string {
	var all []string
	for _, word := range strings.FieldsFunc(secret, func(r rune) bool { return strings.ContainsRune(` ,;&"'=/`, r) }) {
		if len(word) >= 6 {
			all = append(all, word)
		}
	}
	return append(all, secret)
}

func TestNoSecretComesOut(t *testing.T) {
	lines := corpus(t, "secrets.txt")
	if len(lines) < 70 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		bare := strings.NewReplacer("«", "", "»", "").Replace(line)
		got := redact.New(nil).Line(bare)
		for _, m := range marked.FindAllStringSubmatch(line, -1) {
			for _, piece := range pieces(m[1]) {
				if strings.Contains(got, piece) {
					t.Errorf("%q comes out:\n%s\n%s", piece, bare, got)
				}
			}
		}
		if begin, _, _ := strings.Cut(line, "«"); !strings.HasPrefix(got, strings.Fields(begin + " x")[0]) && !strings.Contains(line, "PRIVATE KEY") {
			t.Errorf("more is gone than the secret:\n%s\n%s", bare, got)
		}
	}
}

func TestWhatIsNoSecretStays(t *testing.T) {
	for _, line := range corpus(t, "harmless.txt") {
		if got := redact.New(nil).Line(line); got != line {
			t.Errorf("changed:\n%s\n%s", line, got)
		}
	}
}

func TestAPrivateKeyOverManyLines(t *testing.T) {
	const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nAAAABG5vbmUAAAAEbm9uZQAA\n-----END OPENSSH PRIVATE KEY-----"
	for name, text := range map[string]string{
		"whole":            "a\n" + key + "\nb",
		"without its end":  "a\n" + strings.Split(key, "\n-----END")[0],
		"without its head": strings.SplitN(key, "\n", 2)[1] + "\nb",
	} {
		if got := redact.New(nil).Blocks(text); strings.Contains(got, "AAAA") || !strings.Contains(got, "<secret>") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestOwnPatterns(t *testing.T) {
	own := []*regexp.Regexp{regexp.MustCompile(`\bINN \d{10}\b`), regexp.MustCompile(`customer=(\w+) phone=(\w+)`)}
	got := redact.New(own).Line("INN 1234567890 customer=bob phone=5551234 ok")
	if want := "<secret> customer=<secret> phone=<secret> ok"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// FuzzRedact: whatever surrounds a secret, it is redacted.
func FuzzRedact(f *testing.F) {
	for _, line := range corpus(f, "secrets.txt") {
		before, _, _ := strings.Cut(line, "«")
		f.Add(before, " x", uint8(len(before)))
	}
	f.Add("\x00\xff[", "'\"\\", uint8(3))
	f.Fuzz(func(t *testing.T, before, after string, kind uint8) {
		const secret = "Zq9xW8vU7tS6rQ5pZq9xW8vU7tS6rQ5p"
		forms := []string{"password=" + secret, `"token":"` + secret + `"`, "Authorization: Bearer " + secret, "https://bob:" + secret + "@host", "?api_key=" + secret, "Cookie: a=" + secret}
		line := before + " " + forms[int(kind)%len(forms)] + " " + after
		if strings.Contains(before+after, secret) {
			return
		}
		got := redact.New(nil).Line(line)
		if strings.Contains(got, secret) {
			t.Errorf("the secret remains of %q: %q", line, got)
		}
		if again := redact.New(nil).Line(got); strings.Contains(again, secret) || len(again) > 4*len(line)+100 {
			t.Errorf("a second time: %q", again)
		}
	})
}

// TestOtherLettersHideNothing: a letter whose small form has another length does not shift what is hidden.
func TestOtherLettersHideNothing(t *testing.T) {
	for _, strange := range []string{"İİİ ", "\u212a ", "ẞ ", "\xff\xfe "} {
		line := strange + "the password is hunter2secret and PASSWORD=hunter3secret; Пароль hunter4secret"
		if got := redact.New(nil).Line(line); strings.Contains(got, "hunter") || !strings.HasPrefix(got, strange) {
			t.Errorf("%q", got)
		}
	}
}
