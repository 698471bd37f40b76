package logs_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"opsbot/logs"
	"opsbot/model"
	"opsbot/test/damage"
)

// TestMutationsEndWithWords: a damaged file gives lines, or a reason that names the file: never nothing, never bytes, never a panic.
func TestMutationsEndWithWords(t *testing.T) {
	t.Parallel()
	const mutations = 1000
	var plain strings.Builder
	for _, f := range corpusOfForms(t) {
		plain.WriteString(f.line + "\n")
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(plain.String()[:700]))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"a.log": []byte(plain.String()[:700]), "wide.log": wide, "a.log.1.gz": pack(t, ".gz", plain.String()[:700]), "a.log.1.xz": pack(t, ".xz", plain.String()[:700]),
		"a.log.1.zst": pack(t, ".zst", plain.String()[:700]), "a.log.1.bz2": pack(t, ".bz2", ""), "docker.log": []byte(strings.Repeat(wrappers["docker"]("ERROR x")+"\n", 4)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(7, uint64(len(name))))
			p := here(t)
			for range mutations {
				p.putBytes(name, damage.Some(r, data), formsTime)
				e := readAt(p, formsTime.Add(time.Hour), logs.Source{Files: []string{p.dir + "/*"}})
				text := strings.Join(e.Lines, "\n")
				switch {
				case strings.Contains(e.Why.Args["said"], "gave up"):
					t.Fatalf("the reader gave up: %+v", e.Why)
				case len(e.Lines) == 0 && e.Why.IsZero() && len(e.Notes) == 0 && len(data) > 0 && e.Matched == 0 && !empty(p, name):
					t.Fatalf("nothing, and no word about it: %q", must(os.ReadFile(p.dir+"/"+name)))
				case !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x01\x02\x1b"):
					t.Fatalf("bytes are shown: %q", text)
				case !e.Why.IsZero() && e.Why.Code == model.ReasonLogsUnread && !strings.Contains(e.Why.Args["path"], name):
					t.Fatalf("the reason names no file: %+v", e.Why)
				}
			}
		})
	}
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}
