package movein_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/model"
	"opsbot/movein"
	"opsbot/movein/moved"
	"opsbot/schedule"
	"opsbot/test/golden"
	"opsbot/texts"
)

// zone is that of the opsbot that moves in.
func zone(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// inputs are the files of a case: those that are not expected ones. A file of SQL becomes a database.
func inputs(t testing.TB, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no files: %v", dir, err)
	}
	var paths []string
	for _, file := range files {
		switch name := filepath.Base(file); {
		case strings.HasPrefix(name, "want.") || strings.HasPrefix(name, "inner"):
		case filepath.Ext(name) == ".sql":
			paths = append(paths, database(t, file))
		default:
			paths = append(paths, file)
		}
	}
	return paths
}

// database is a SQLite file made by statements.
func database(t testing.TB, statements string) string {
	t.Helper()
	text, err := os.ReadFile(statements)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kuma.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// catalogs are the texts, read once.
var catalogs = sync.OnceValues(texts.Load)

// words are notes as people read them; both languages have them.
func words(t testing.TB, notes []moved.Note) string {
	t.Helper()
	catalog, err := catalogs()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, n := range notes {
		mark := "~"
		if n.Left {
			mark = "-"
		}
		fmt.Fprintf(&b, "%s %s: %s\n", mark, n.At, catalog.For(texts.English).Sentence(n.What))
		for _, language := range []string{texts.English, texts.Russian} {
			if said := catalog.For(language).Sentence(n.What); said == "" || strings.Contains(said, "<no value>") || strings.Contains(said, n.What.ID) {
				t.Errorf("%s has no text for %s: %q", language, n.What, said)
			}
		}
	}
	return b.String()
}

// problems loads a configuration with the file of an import.
func problems(t testing.TB, d *movein.Draft, secrets string) model.Problems {
	t.Helper()
	dir := t.TempDir()
	main := filepath.Join(dir, "opsbot.toml")
	write(t, main, "[web]\nlisten = '127.0.0.1:8080'\n[schedule]\nzone = 'Europe/Berlin'\n")
	for _, s := range d.Secrets {
		value := string(s.Value)
		if s.Fresh {
			value = strings.Repeat("t", 32)
		}
		write(t, filepath.Join(dir, s.Path), value)
		if !strings.HasPrefix(s.Path, secrets+"/") {
			t.Errorf("the secret is written to %s", s.Path)
		}
	}
	_, found := config.LoadAll(main, config.Options{
		Kinds: setup.Kinds(checks.Deps{}), CheckSchedule: schedule.Validate, Instead: &config.NewFile{Path: filepath.Join(dir, "conf.d", "x.toml"), Text: d.Text},
	})
	return found
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// importOf reads a case.
func importOf(t testing.TB, kind string, paths []string) movein.Import {
	t.Helper()
	found, err := movein.Read(t.Context(), kind, paths, moved.Options{Zone: zone(t), Module: "http_2xx"})
	if err != nil {
		t.Fatal(err)
	}
	return movein.Import{As: kind, Found: found, Secrets: "conf.d/" + kind + ".secrets", Listens: true}
}

func draw(t testing.TB, im movein.Import, old string) *movein.Draft {
	t.Helper()
	d, err := im.Draw([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// cases are the folders of testdata by kind.
func cases(t testing.TB, kind string) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join("testdata", kind, "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases of %s: %v", kind, err)
	}
	return dirs
}

// TestConfigurationsMoveIn reads configurations of each system: the tables, what is noted, the secrets. What is written loads, a second import
// changes nothing, and no secret is in the file.
func TestConfigurationsMoveIn(t *testing.T) {
	t.Parallel()
	for _, kind := range movein.Kinds() {
		for _, dir := range cases(t, kind) {
			t.Run(strings.TrimPrefix(dir, "testdata/"), func(t *testing.T) {
				t.Parallel()
				im := importOf(t, kind, inputs(t, dir))
				d := draw(t, im, "")
				golden.Compare(t, filepath.Join(dir, "want.toml"), string(d.Text))
				golden.Compare(t, filepath.Join(dir, "want.txt"), words(t, d.Notes)+secretsOf(d))
				if found := problems(t, d, im.Secrets); len(found) > 0 {
					t.Errorf("it does not load: %v", found)
				}
				again := draw(t, im, string(d.Text))
				if diff := cmp.Diff(string(d.Text), string(again.Text)); diff != "" || len(again.Added)+len(again.Changed)+len(again.Removed) > 0 {
					t.Errorf("a second import changes the file (-first +second):\n%s", diff)
				}
				noSecrets(t, d)
			})
		}
	}
}

// noSecrets: what goes into a file of its own is nowhere else, neither in the text nor in the notes.
func noSecrets(t *testing.T, d *movein.Draft) {
	t.Helper()
	said := string(d.Text) + words(t, d.Notes)
	for _, s := range d.Secrets {
		for line := range strings.Lines(string(s.Value)) {
			if _, value, ok := strings.Cut(line, ": "); ok {
				line = value
			}
			if line = strings.TrimSpace(line); len(line) > 7 && strings.Contains(said, line) && !strings.Contains(line, "application/") {
				t.Errorf("the secret %s is in the text or the notes", s.Path)
			}
		}
	}
	if strings.Contains(said, "s3cret") {
		t.Errorf("a secret is said:\n%s", said)
	}
}

func secretsOf(d *movein.Draft) string {
	var b strings.Builder
	for _, s := range d.Secrets {
		value := fmt.Sprintf("%q", string(s.Value))
		if s.Fresh {
			value = "a new one"
		}
		fmt.Fprintf(&b, "%s = %s\n", s.Path, value)
	}
	return b.String()
}

// TestOnlyWhatChangedIsWritten: what others wrote, and what a person added to a table, stays; of the source's changes only their parts are
// written.
func TestOnlyWhatChangedIsWritten(t *testing.T) {
	t.Parallel()
	table := func(id, name, url string, more ...string) *moved.Table {
		t := moved.Check(id, name, "web").Set("url", url)
		for i := 0; i+1 < len(more); i += 2 {
			t.Set(more[i], more[i+1])
		}
		return t
	}
	im := func(tables ...*moved.Table) movein.Import {
		return movein.Import{As: "kuma", Found: &moved.Moved{Tables: tables}, Secrets: "conf.d/kuma.secrets", Listens: true, Taken: []string{"Main"}}
	}
	const head = "# mine\n\n[[checks]]\nname = \"own\"\nkind = \"tcp\"\naddress = \"a:1\"\n\n"
	const first = "# import kuma: 1\n[[checks]]\nname = \"shop\"\nkind = \"web\"\nurl = \"https://a/\"\n"
	for name, c := range map[string]struct {
		old, want               string
		im                      movein.Import
		added, changed, removed int
	}{
		"a new one at the end":           {head + first, head + first + "\n# import kuma: 2\n[[checks]]\nname = \"api\"\nkind = \"web\"\nurl = \"https://b/\"\n", im(table("1", "shop", "https://a/"), table("2", "api", "https://b/")), 1, 0, 0},
		"a value":                        {head + first, head + strings.Replace(first, "https://a/", "https://c/", 1), im(table("1", "shop", "https://c/")), 0, 1, 0},
		"a value that is gone":           {head + strings.TrimSuffix(first, "\n") + "\ncontains = \"x\"\n", head + first, im(table("1", "shop", "https://a/")), 0, 1, 0},
		"what a person added stays":      {first + "\nseverity = \"warning\"\n" + head, first + "\nseverity = \"warning\"\n" + head, im(table("1", "shop", "https://a/")), 0, 0, 0},
		"what a person set wins":         {strings.Replace(first, "url = \"https://a/\"\n", "", 1) + "\nurl = \"https://mine/\"\n", strings.Replace(first, "url = \"https://a/\"\n", "", 1) + "\nurl = \"https://mine/\"\n", im(table("1", "shop", "https://new/")), 0, 0, 0},
		"a person's table within stays":  {first + "\n[checks.labels]\nteam = \"a\"\n\n" + head, first + "\n[checks.labels]\nteam = \"a\"\n\n" + head, im(table("1", "shop", "https://a/")), 0, 0, 0},
		"another import's table stays":   {strings.ReplaceAll(first, "kuma", "gatus") + "\n" + strings.Replace(first, "shop", "shop-2", 1), strings.ReplaceAll(first, "kuma", "gatus") + "\n" + strings.Replace(first, "shop", "shop-2", 1), im(table("1", "shop", "https://a/")), 0, 0, 0},
		"gone, with what was added":      {head + first + "\nseverity = \"warning\"\n\n[[telegram.chats]]\nname = \"x\"\nid = 1\n", head + "[[telegram.chats]]\nname = \"x\"\nid = 1\n", im(), 0, 0, 1},
		"comments above a mark stay":     {"# remember\n" + first, "# remember\n" + first, im(table("1", "shop", "https://a/")), 0, 0, 0},
		"a name that is taken elsewhere": {"# x\n\n", "# x\n\n# import kuma: 1\n[[checks]]\nname = \"main-2\"\nkind = \"web\"\nurl = \"https://a/\"\n", im(table("1", "main", "https://a/")), 1, 0, 0},
		"a number behind a name stays":   {strings.Replace(first, "shop", "shop-2", 1), strings.Replace(first, "shop", "shop-2", 1), im(table("1", "shop", "https://a/")), 0, 0, 0},
		"renamed there":                  {first, strings.Replace(first, "shop", "store", 1), im(table("1", "store", "https://a/")), 0, 1, 0},
		"a copy by hand with its mark":   {first + "\n" + strings.Replace(first, "shop", "copy", 1), first + "\n", im(table("1", "shop", "https://a/")), 0, 0, 1},
		"an end without a line end":      {"[web]\nlisten = \"a:1\"", "[web]\nlisten = \"a:1\"\n\n" + first, im(table("1", "shop", "https://a/")), 1, 0, 0},
		"brackets within a text":         {"[[checks]]\nname = \"t\"\nkind = \"tcp\"\ncomment = \"\"\"\n[[checks]]\n# import kuma: 1\n[[checks]]\n\"\"\"\n", "[[checks]]\nname = \"t\"\nkind = \"tcp\"\ncomment = \"\"\"\n[[checks]]\n# import kuma: 1\n[[checks]]\n\"\"\"\n\n" + first, im(table("1", "shop", "https://a/")), 1, 0, 0},
		"nothing at all":                 {"", "", im(), 0, 0, 0},
		"a password of a person, no file": {strings.TrimSuffix(first, "\n") + "\nuser = \"u\"\n\npassword = \"p\"\n", strings.TrimSuffix(first, "\n") + "\nuser = \"u\"\n\npassword = \"p\"\n", func() movein.Import {
			i := im(table("1", "shop", "https://a/", "user", "u"))
			i.Found.Tables[0].Set("password_file", moved.Secret("x"))
			return i
		}(), 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := draw(t, c.im, c.old)
			if diff := cmp.Diff(c.want, string(d.Text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := [3]int{len(d.Added), len(d.Changed), len(d.Removed)}; got != [3]int{c.added, c.changed, c.removed} {
				t.Errorf("added, changed, removed: %v", got)
			}
			again := draw(t, c.im, string(d.Text))
			if string(again.Text) != string(d.Text) {
				t.Errorf("a second time:\n%s", cmp.Diff(string(d.Text), string(again.Text)))
			}
		})
	}
	if _, err := im().Draw([]byte("[[checks]\n")); err == nil {
		t.Error("a file with a mistake is taken")
	}
}

// TestADatabaseIsOnlyRead: reading leaves every byte of a database as it is, also in a folder that cannot be written to.
func TestADatabaseIsOnlyRead(t *testing.T) {
	t.Parallel()
	path := database(t, "testdata/kuma/v2/kuma.sql")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o500); err != nil { //nolint:gosec // the folder cannot be written to
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(path), 0o700) }) //nolint:gosec // the test's folder must be removable
	importOf(t, "kuma", []string{path})
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Errorf("the database was changed: %v", err)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("files were left beside it: %v, %v", files, err)
	}
}
