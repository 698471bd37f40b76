package movein_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"pgregory.net/rapid"

	"opsbot/movein"
	"opsbot/movein/moved"
	"opsbot/test/damage"
)

// mutations is how many damaged copies of each file are read.
const mutations = 40

// TestDamagedConfigurationsEndInWords: whatever became of a file, its reader returns tables that can be written and read again, or an error that
// names the file.
func TestDamagedConfigurationsEndInWords(t *testing.T) {
	t.Parallel()
	for _, kind := range movein.Kinds() {
		for _, dir := range cases(t, kind) {
			t.Run(strings.TrimPrefix(dir, "testdata/"), func(t *testing.T) {
				t.Parallel()
				for _, good := range inputs(t, dir) {
					if info, err := os.Stat(good); err == nil && !info.IsDir() {
						breaks(t, kind, good)
					}
				}
			})
		}
	}
}

// breaks reads damaged copies of a file.
func breaks(t *testing.T, kind, good string) {
	t.Helper()
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	n := mutations
	if underRace || len(data) > 16<<10 {
		n /= 8
	}
	random := rand.New(rand.NewPCG(7, uint64(len(data))))
	path := filepath.Join(t.TempDir(), filepath.Base(good))
	for range n {
		bad := damage.Some(random, data)
		write(t, path, string(bad))
		found, err := movein.Read(t.Context(), kind, []string{path}, moved.Options{Zone: time.UTC})
		if err != nil {
			if !strings.Contains(err.Error(), filepath.Base(path)) {
				t.Fatalf("%v does not name the file:\n%q", err, bad)
			}
			continue
		}
		rewritten(t, movein.Import{As: kind, Found: found, Secrets: "s", Listens: true}, bad)
	}
}

// rewritten draws an import, and again over what was written.
func rewritten(t *testing.T, im movein.Import, source []byte) {
	t.Helper()
	d := draw(t, im, "# mine\n")
	var any map[string]any
	if _, err := toml.Decode(string(d.Text), &any); err != nil {
		t.Fatalf("what is written cannot be read: %v\n%s\nof:\n%q", err, d.Text, source)
	}
	if again := draw(t, im, string(d.Text)); string(again.Text) != string(d.Text) {
		t.Fatalf("a second time it is another one:\n%s\nthan:\n%s\nof:\n%q", again.Text, d.Text, source)
	}
	words(t, d.Notes[:min(3, len(d.Notes))])
}

// TestWhateverIsNamedCanBeWritten: names, ids and values of any letters make a file that can be read, in which each has its own name, and which
// a second import leaves as it is, also after tables were taken out and added.
func TestWhateverIsNamedCanBeWritten(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "all", "-", "a", "A", "a-2", "a b", "ab\n[[checks]]\n", `"""`, "'", `\`, "# import kuma: 1", "x\r", strings.Repeat("я", 80)}))
	rapid.Check(t, func(rt *rapid.T) {
		all := func() *moved.Moved {
			m := &moved.Moved{}
			for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "3", "a b", "ü: x"}), 0, 5, rapid.ID[string]).Draw(rt, "ids") {
				table := moved.Check(id, text.Draw(rt, "name"), "web").Set("url", text.Draw(rt, "url")).Set("labels", map[string]string{text.Draw(rt, "key"): text.Draw(rt, "value")})
				if rapid.Bool().Draw(rt, "secret") {
					table.Set("password_file", moved.Secret(text.Draw(rt, "password")))
				}
				m.Add(table.Set("status", []any{200, text.Draw(rt, "status")}))
			}
			return m
		}
		old := "[[checks]]\nname = 'a'\n"
		for range 3 {
			im := movein.Import{As: "kuma", Found: all(), Secrets: "s", Taken: []string{"b"}}
			d, err := im.Draw([]byte(old))
			if err != nil {
				rt.Fatal(err)
			}
			named := struct {
				Checks []struct {
					Name string `toml:"name"`
				} `toml:"checks"`
			}{}
			if _, err := toml.Decode(string(d.Text), &named); err != nil {
				rt.Fatalf("%v\n%s", err, d.Text)
			}
			seen := map[string]bool{"b": true}
			for _, c := range named.Checks {
				if name := strings.ToLower(c.Name); seen[name] {
					rt.Fatalf("%q is there twice:\n%s", name, d.Text)
				} else {
					seen[name] = true
				}
			}
			if len(named.Checks) != 1+len(im.Found.Tables) {
				rt.Fatalf("%d tables of %d:\n%s", len(named.Checks), len(im.Found.Tables), d.Text)
			}
			if again, err := im.Draw(d.Text); err != nil || string(again.Text) != string(d.Text) {
				rt.Fatalf("a second time (%v):\n%s\nthan:\n%s", err, again.Text, d.Text)
			}
			old = string(d.Text)
		}
	})
}
