package house_test

import (
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// atTop runs a test at the top of the tree, which it is about. In TestMain the go command would not see which files the tests read, and
// give results of before from its cache.
func atTop(t *testing.T) {
	t.Helper()
	t.Chdir("../..")
}

// TestMapOfTheHouse compares the README's map with the tree: every top-level folder with Go code is in it, and what is
// in it exists.
func TestMapOfTheHouse(t *testing.T) {
	atTop(t)
	_, rest, found := strings.Cut(read(t, "README.md"), "\n## The house\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	if !found {
		t.Fatal(`the README has no section "The house"`)
	}
	mapped := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+)/` \\|").FindAllStringSubmatch(section, -1) {
		if mapped[row[1]] {
			t.Errorf("the map has %s/ twice", row[1])
		}
		mapped[row[1]] = true
		if info, err := os.Stat(row[1]); err != nil || !info.IsDir() {
			t.Errorf("the map has %s/, the tree does not", row[1])
		}
	}
	for file := range goFiles(t) {
		folder, _, nested := strings.Cut(file, "/")
		if !nested {
			t.Errorf("%s is at the top level: nouns and rules are in model/", file)
		}
		if nested && !mapped[folder] {
			t.Errorf("the tree has %s/ (%s), the map does not", folder, file)
			mapped[folder] = true // report it once
		}
	}
}

// TestEveryLibraryHasItsReason compares the list of libraries with the imports of the code.
func TestEveryLibraryHasItsReason(t *testing.T) {
	atTop(t)
	text := read(t, "docs/decisions/0001-dependencies.md")
	var listed, used []string
	for _, row := range regexp.MustCompile(`(?m)^\| (\S+\.\S+/\S+) \|`).FindAllStringSubmatch(text, -1) {
		listed = append(listed, row[1])
	}
	for file := range goFiles(t) {
		for _, path := range imports(t, file) {
			first, _, _ := strings.Cut(path, "/")
			if !strings.Contains(first, ".") {
				continue // the standard library, or ours
			}
			i := slices.IndexFunc(listed, func(l string) bool { return path == l || strings.HasPrefix(path, l+"/") })
			if i < 0 {
				t.Errorf("%s imports %s, which docs/decisions/0001-dependencies.md does not explain", file, path)
			} else if !slices.Contains(used, listed[i]) {
				used = append(used, listed[i])
			}
		}
	}
	slices.Sort(listed)
	slices.Sort(used)
	if diff := cmp.Diff(used, listed); diff != "" {
		t.Errorf("libraries that are explained and not used (-used +explained):\n%s", diff)
	}
}

// TestDocsKnowEveryCommand compares the chapter about commands, in each language, with the chat's table of commands and with the command line.
func TestDocsKnowEveryCommand(t *testing.T) {
	atTop(t)
	documents := []string{"docs/commands.md", "docs/ru/commands.md"}
	readme := read(t, "README.md")
	for _, id := range submatches(t, "texts/en/*.toml", `(?m)^"cmd\.([a-z]+)\.help" =`) {
		for _, doc := range documents {
			if !strings.Contains(read(t, doc), "| `/"+id) {
				t.Errorf("/%s has no row in %s", id, doc)
			}
		}
	}
	const row = `(?m)^\t([A-Z][a-z]+) +[a-z]+Cmd `
	for _, field := range append(submatches(t, "cli/commands.go", row), submatches(t, "cmd/opsbot/main.go", row)...) {
		command := strings.ToLower(field)
		for _, doc := range documents {
			if !regexp.MustCompile("(?m)^\\| `opsbot [^|]*\\b" + command + "\\b").MatchString(read(t, doc)) {
				t.Errorf("opsbot %s has no row in %s", command, doc)
			}
		}
		if !regexp.MustCompile(`(?m)^    opsbot ` + command + `\b`).MatchString(readme) {
			t.Errorf("opsbot %s is not in the README", command)
		}
	}
}

// TestDocsKnowEveryMetricAndHealthIssue compares the chapter about operations, in each language, with opsbot's metrics and health issues.
func TestDocsKnowEveryMetricAndHealthIssue(t *testing.T) {
	atTop(t)
	for language, doc := range map[string]string{"en": "docs/operations.md", "ru": "docs/ru/operations.md"} {
		docs := read(t, doc)
		for _, name := range submatches(t, "web/metrics.go", `describe\("([a-z_]+)"`) {
			if !regexp.MustCompile("(?m)^\\| `opsbot_" + name + "[`{]").MatchString(docs) {
				t.Errorf("the metric opsbot_%s has no row in %s", name, doc)
			}
		}
		for _, text := range submatches(t, "texts/"+language+"/*.toml", `(?m)^"reason\.health\.[a-z_]+" = "(.*)"$`) {
			fragments := regexp.MustCompile(`\{\{[^}]*\}\}`).Split(text, -1)
			first := slices.IndexFunc(fragments, func(f string) bool { return utf8.RuneCountInString(f) > 10 })
			if first < 0 || !strings.Contains(docs, strings.TrimSpace(fragments[first])) {
				t.Errorf("the health issue %q has no row in %s", text, doc)
			}
		}
	}
}

// submatches returns what a pattern's group matches in files; no match is a failure, so that a pattern cannot become
// outdated.
func submatches(t *testing.T, glob, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(read(t, file), -1) {
			found = append(found, m[1])
		}
	}
	if len(found) == 0 {
		t.Fatalf("%s: nothing matches %s", glob, pattern)
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// goFiles yields the Go files that are built here, tests and integration tests included, by their path; the tools' own
// module is left out.
func goFiles(t *testing.T) iter.Seq[string] {
	t.Helper()
	var files []string
	context := build.Default
	context.BuildTags = []string{"integration"}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		skip := d != nil && d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || path == "tools")
		switch {
		case err != nil:
			return err
		case skip:
			return fs.SkipDir
		case filepath.Ext(path) != ".go":
			return nil
		}
		built, err := context.MatchFile(filepath.Dir(path), d.Name())
		if built {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Values(files)
}

func imports(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	paths := make([]string, len(parsed.Imports))
	for i, spec := range parsed.Imports {
		if paths[i], err = strconv.Unquote(spec.Path.Value); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// raw is what the use cases of package ops are given whole, whoever asks.
var raw = regexp.MustCompile(`\.d\.(Archive\.|Numbers\b|HealthIssues\(|Alerts\.(OpenIncidents|Incident)\(|Muter\.Mutes\(|Events\.Events\(|Sources\.SourceStates\(|Rota\.Roster\()`)

// TestWhatIsReadPassesTheView: what use cases read of incidents, mutes, events, sources, the audit log and health issues comes through the view, which
// cuts it to what the requester sees and gives it their numbers. A use case that reads past it shows one client what is another's.
func TestWhatIsReadPassesTheView(t *testing.T) {
	atTop(t)
	found := 0
	for file := range goFiles(t) {
		if filepath.Dir(file) != "ops" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range raw.FindAllString(string(text), -1) {
			if found++; !strings.HasPrefix(filepath.Base(file), "view") {
				t.Errorf("%s reads k%s…) past the view: take what ops/view.go gives", file, at)
			}
		}
	}
	if found < 10 {
		t.Errorf("the view reads only %d times: what is searched for?", found)
	}
}
