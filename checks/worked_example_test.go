package checks_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// anchors are the lines after which a piece of the chapter is inserted, by file; a file without one is new, or is appended
// to.
var anchors = map[string]string{"model/reason.go": "const (\n", "checks/kinds.go": "table: map[string]func() Options{\n"}

// freshTest tries the kind that the chapter creates.
const freshTest = `package checks_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/checks"
	"opsbot/texts"
)

func TestFresh(t *testing.T) {
	dir := t.TempDir()
	options, ok := checks.AllKinds(checks.Deps{}).New("fresh")
	o, isOurs := options.(*checks.FreshOptions)
	if !ok || !isOurs || o.Age != model.Duration(model.Day) || len(o.Validate()) != 1 {
		t.Fatalf("%v %+v", ok, options)
	}
	o.Path = "last"
	o.SetEnvironment(model.Environment{Dir: dir})
	if wrong := o.Validate(); wrong != nil {
		t.Fatal(wrong)
	}
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	look := func(want model.Status) model.Reason {
		t.Helper()
		r := o.Checker().Check(t.Context())
		if r.Status != want {
			t.Errorf("%s %+v, want %s", r.Status, r.Reason, want)
		}
		return r.Reason
	}
	look(model.StatusUnknown)
	path := filepath.Join(dir, "last")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	look(model.StatusOK)
	old := time.Now().Add(-50 * time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	reason := look(model.StatusFail)
	for language, want := range map[string]string{
		"en": path + " was last written 2 d 2 h ago, limit 1 d", "ru": path + " записан 2 д 2 ч назад, предел 1 д",
	} {
		if got := catalog.For(language).Reason(reason); got != want {
			t.Errorf("%s: %s", language, got)
		}
	}
}
`

// TestTheWorkedExampleWorks builds the kind of docs/checks.md, "How to write a kind", into this package, and tries it: the
// chapter's files overlay those of the tree, which are not touched.
func TestTheWorkedExampleWorks(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a package")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	overlay := map[string]string{}
	lay := func(name, text string) {
		t.Helper()
		over := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(over, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay[filepath.Join(root, name)] = over
	}
	for _, piece := range documents[0].pieces(t) {
		name, text := piece[0], piece[1]
		before, err := os.ReadFile(filepath.Join(root, name))
		if anchor := anchors[name]; anchor != "" {
			if !strings.Contains(string(before), anchor) {
				t.Fatalf("%s has no %q", name, anchor)
			}
			text = strings.Replace(string(before), anchor, anchor+text, 1)
		} else if err == nil {
			text = string(before) + "\n" + text
		}
		lay(name, text)
	}
	lay("checks/fresh_test.go", freshTest)
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, text, 0o600); err != nil {
		t.Fatal(err)
	}
	test := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-overlay", list, "-run", "^TestFresh$", "-v", "opsbot/checks")
	test.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := test.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestFresh") {
		t.Errorf("%v\n%s", err, out)
	}
}

// pieces are the names and texts of the files in the chapter "How to write a kind".
func (doc document) pieces(t *testing.T) [][2]string {
	t.Helper()
	var pieces [][2]string
	for _, m := range regexp.MustCompile("(?ms)^```(?:go|toml) (\\S+)\n(.*?)^```$").FindAllStringSubmatch(doc.chapters(t)[doc.aKind], -1) {
		pieces = append(pieces, [2]string{m[1], m[2]})
	}
	if len(pieces) != 5 {
		t.Fatalf("the chapter has %d pieces, want a reason, two sentences, a file and a line", len(pieces))
	}
	return pieces
}

// TestTheWorkedExampleIsTheSameInEachLanguage: the code that is built is that of the other languages, but for its comments.
func TestTheWorkedExampleIsTheSameInEachLanguage(t *testing.T) {
	withoutComments := func(doc document) [][2]string {
		pieces := doc.pieces(t)
		for i, piece := range pieces {
			pieces[i][1] = regexp.MustCompile("(?m)//.*$").ReplaceAllString(piece[1], "//")
		}
		return pieces
	}
	want := withoutComments(documents[0])
	for _, doc := range documents[1:] {
		if diff := cmp.Diff(want, withoutComments(doc)); diff != "" {
			t.Errorf("%s (-%s +%s):\n%s", doc.path, documents[0].language, doc.language, diff)
		}
	}
}
