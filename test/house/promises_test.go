package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// promised are the documents whose promises docs/promises.md lists, each in a chapter of its name.
var promised = []string{
	"README.md", "SECURITY.md", "docs/alerts.md", "docs/architecture.md", "docs/backup.md", "docs/cards.md", "docs/channels.md",
	"docs/checks.md", "docs/commands.md", "docs/configuration.md", "docs/gateways.md", "docs/high-availability.md", "docs/logs.md",
	"docs/metrics.md", "docs/moving-in.md", "docs/oncall.md", "docs/operations.md", "docs/postgresql.md", "docs/quick-start.md",
	"docs/reports.md", "docs/sizing.md", "docs/sources.md", "docs/upgrading.md",
}

// kinds are what a reader may rely on whatever the documents say in detail: each is tried by something that does its worst.
var kinds = []string{
	"no alert is lost", "a repeat is marked", "limits are kept", "nothing is swallowed", "a refusal is not the end", "time may jump",
	"one bad row, one bad element", "answers arrive", "walls between clients", "nothing is invented", "memory is bounded",
	"one bad part does not stop the rest", "strangers get nothing", "no secret leaks", "input is data", "no command injection", "hooks are safe",
	"upgrades are safe", "stop is clean", "reload is safe",
}

const untried = "Not yet tried"

// TestEveryPromiseHasItsTest: what docs/promises.md quotes is in the document, and every test that it names exists.
func TestEveryPromiseHasItsTest(t *testing.T) {
	atTop(t)
	tests, documents := testsByFolder(t), map[string]document{}
	for _, name := range promised {
		documents[name] = readDocument(t, name)
	}
	for chapter, rows := range readPromises(t).rows {
		for _, row := range rows {
			stands := len(documents[row.document].find(row.quote)) > 0 || row.document == "Kinds" && slices.Contains(kinds, row.quote)
			if !stands {
				t.Errorf("%s does not say (any more): %s", row.document, row.quote)
			}
			if row.reason == "" && len(row.tests) == 0 {
				t.Errorf("%s: no test and no reason beside: %s", chapter, row.quote)
			}
			for _, test := range row.tests {
				if !tests[test] {
					t.Errorf("%s: %s has no test %s", chapter, test.folder, test.name)
				}
			}
		}
	}
}

// TestEveryKindIsTried: no kind of promise is left out. One that no test tries is in "Not yet tried", with the reason.
func TestEveryKindIsTried(t *testing.T) {
	atTop(t)
	var listed []string
	for _, row := range readPromises(t).rows["Kinds"] {
		listed = append(listed, row.quote)
	}
	if !slices.Equal(listed, kinds) {
		t.Errorf("docs/promises.md has the kinds %q, want %q", listed, kinds)
	}
}

// TestEverySectionHasItsPromise: a new section of a document gets a row, or a place in the list of those that promise nothing.
func TestEverySectionHasItsPromise(t *testing.T) {
	atTop(t)
	all := readPromises(t)
	for _, name := range promised {
		doc := readDocument(t, name)
		spans := all.spans(doc)
		for _, section := range doc.sections {
			none, quoted := slices.Contains(all.none[name], section.name), slices.ContainsFunc(spans, section.overlaps)
			switch {
			case !none && !quoted:
				t.Errorf("%s, %q: no promise of it is in docs/promises.md, and it is not in the list of those without", name, section.name)
			case none && quoted:
				t.Errorf("%s, %q: has promises, and is in the list of those without", name, section.name)
			}
		}
		for _, none := range all.none[name] {
			if !slices.ContainsFunc(doc.sections, func(s span) bool { return s.name == none }) {
				t.Errorf("%s has no section %q (any more)", name, none)
			}
		}
	}
	if documents, err := filepath.Glob("docs/*.md"); err != nil || len(documents) != len(promised)+1 { // without the root's two, with README.md, a list of documents, and promises.md and security.md, which are lists of tests themselves
		t.Errorf("docs/ has %q (%v): a new document promises something, too", documents, err)
	}
}

// absolute are the words by which a sentence promises something for every case.
var absolute = regexp.MustCompile(`(?i)\b(never|always|nothing|nobody|no other|no more than|cannot be lost)\b`)

// TestEveryAbsoluteWordIsAPromise: "never", "always" and "nothing" are easily written. Each stands in a quote of docs/promises.md.
func TestEveryAbsoluteWordIsAPromise(t *testing.T) {
	atTop(t)
	all := readPromises(t)
	for _, name := range promised {
		doc := readDocument(t, name)
		spans := all.spans(doc)
		for _, at := range absolute.FindAllStringIndex(doc.bare, -1) {
			word := span{start: at[0], end: at[1]}
			value := regexp.MustCompile(`(\| |0 is |: )$`).MatchString(doc.bare[:at[0]]) && regexp.MustCompile(`^( \||;|\.)`).MatchString(doc.bare[at[1]:])
			if !value && !slices.ContainsFunc(spans, word.overlaps) {
				t.Errorf("%s: %q is in no promise of docs/promises.md: …%s…", name, doc.text[at[0]:at[1]], doc.around(word))
			}
		}
	}
}

// TestEveryRuleOfAlertingIsAPromise: each bullet of docs/alerts.md has its row.
func TestEveryRuleOfAlertingIsAPromise(t *testing.T) {
	atTop(t)
	doc := readDocument(t, "docs/alerts.md")
	spans := readPromises(t).spans(doc)
	for _, bullet := range doc.bullets {
		if !slices.ContainsFunc(spans, bullet.overlaps) {
			t.Errorf("%s: no promise of this rule is in docs/promises.md: %s", doc.name, doc.around(bullet))
		}
	}
	if len(doc.bullets) < 20 {
		t.Errorf("%s has %d bullets: they are written in another way now", doc.name, len(doc.bullets))
	}
}

// testName is a test of a folder.
type testName struct{ folder, name string }

// promise is a row: words of a document, and the tests that try to break them, or the reason why there is none.
type promise struct {
	document, quote, reason string
	tests                   []testName
}

// promises is docs/promises.md: its rows by chapter, and the sections of a document that promise nothing.
type promises struct {
	rows map[string][]promise
	none map[string][]string
}

func readPromises(t *testing.T) promises {
	t.Helper()
	all := promises{rows: map[string][]promise{}, none: map[string][]string{}}
	chapter := ""
	for _, line := range strings.Split(read(t, "docs/promises.md"), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		switch none, is := strings.CutPrefix(line, "No promise: "); {
		case strings.HasPrefix(line, "## "):
			chapter = line[3:]
		case is:
			all.none[chapter] = append(all.none[chapter], strings.Split(strings.TrimSuffix(none, "."), " · ")...)
		case !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| ---") || slices.Contains([]string{"promise", "kind", "document"}, cells[0]):
		case chapter == untried && len(cells) == 3:
			all.rows[chapter] = append(all.rows[chapter], promise{document: cells[0], quote: cells[1], reason: cells[2]})
		case chapter != untried && len(cells) == 2:
			all.rows[chapter] = append(all.rows[chapter], newPromise(chapter, cells[0], cells[1]))
		default:
			t.Errorf("docs/promises.md, %s: a row of %d cells: %s", chapter, len(cells), line)
		}
	}
	if len(all.rows) != len(promised)+2 {
		t.Fatalf("docs/promises.md has tables in %d chapters, want Kinds, %s and one for each of %d documents", len(all.rows), untried, len(promised))
	}
	return all
}

var testsOfFolder = regexp.MustCompile("`([a-z/]+)`: ((?:Test|Fuzz)\\w+(?:, (?:Test|Fuzz)\\w+)*)")

func newPromise(chapter, quote, tried string) promise {
	row := promise{document: chapter, quote: quote}
	row.reason, _ = strings.CutPrefix(tried, "not a promise: ")
	if row.reason == tried {
		row.reason = ""
	}
	for _, match := range testsOfFolder.FindAllStringSubmatch(tried, -1) {
		for _, name := range strings.Split(match[2], ", ") {
			row.tests = append(row.tests, testName{match[1], name})
		}
	}
	return row
}

// spans are where the rows of a document are in it.
func (p promises) spans(doc document) []span {
	var all []span
	for _, row := range append(slices.Clone(p.rows[doc.name]), p.rows[untried]...) {
		if row.document == doc.name {
			all = append(all, doc.find(row.quote)...)
		}
	}
	return all
}

// span is a part of a document's text.
type span struct {
	name       string
	start, end int
}

func (s span) overlaps(o span) bool { return s.start < o.end && o.start < s.end }

// document is a page as one line of text, in which lines are joined, and where its sections and bullets are. In bare what is code or
// quoted is blank.
type document struct {
	name, text, bare  string
	sections, bullets []span
}

var (
	heading = regexp.MustCompile(`^#{1,3} (.*)$`)
	item    = regexp.MustCompile(`^ *(- |\d+\. )`)
	literal = regexp.MustCompile("`[^`]*`|\"[^\"]*\"")
)

func readDocument(t *testing.T, name string) document {
	t.Helper()
	d := document{name: name}
	fenced, bullet := false, false
	for _, line := range strings.Split(read(t, name), "\n") {
		fence := strings.HasPrefix(line, "```")
		if fence {
			fenced = !fenced
		}
		code := fence || fenced || strings.HasPrefix(line, "    ")
		if match := heading.FindStringSubmatch(line); match != nil && !code {
			d.sections = append(d.sections, span{name: match[1], start: len(d.text), end: len(d.text)})
			bullet = false
			continue
		}
		at := d.add(line, code)
		switch {
		case !code && item.MatchString(line):
			d.bullets, bullet = append(d.bullets, span{start: at}), true
		case code || line == "" || strings.HasPrefix(line, "|"):
			bullet = false
		}
		if bullet {
			d.bullets[len(d.bullets)-1].end = len(d.text)
		}
	}
	d.sections = slices.DeleteFunc(d.sections, func(s span) bool { return s.end == s.start }) // headings above others
	d.bare = literal.ReplaceAllStringFunc(d.bare, func(s string) string { return strings.Repeat("_", len(s)) })
	return d
}

// add adds a line, and returns where it begins.
func (d *document) add(line string, code bool) int {
	at, text := len(d.text), strings.TrimSpace(line)+" "
	d.text += text
	if code {
		text = strings.Repeat("_", len(text))
	}
	d.bare += text
	if strings.TrimSpace(line) != "" && len(d.sections) > 0 {
		d.sections[len(d.sections)-1].end = len(d.text)
	}
	return at
}

// find returns where a quote is in the text.
func (d document) find(quote string) []span {
	var all []span
	for at := 0; ; {
		i := strings.Index(d.text[at:], quote)
		if i < 0 || quote == "" {
			return all
		}
		all = append(all, span{start: at + i, end: at + i + len(quote)})
		at += i + len(quote)
	}
}

// around shows a part with a little of what is before and behind it.
func (d document) around(s span) string {
	return strings.ToValidUTF8(d.text[max(0, s.start-60):min(len(d.text), max(s.start+90, min(s.end, s.start+150)))], "")
}

// testsByFolder are the tests and fuzz targets of the tree.
func testsByFolder(t *testing.T) map[testName]bool {
	t.Helper()
	all := map[testName]bool{}
	for file := range goFiles(t) {
		if !strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				all[testName{filepath.Dir(file), f.Name.Name}] = true
			}
		}
	}
	return all
}

// TestDocumentIsRead: the oracle knows sections, bullets, and what is code.
func TestDocumentIsRead(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "page.md", "# Page\n\n## One\n\nIt never\nends; `never` is a value.\n\n- a rule\n  of two lines\n- another\n\n    never in code\n\n## Two\n\n| a | b |\n")
	d := readDocument(t, "page.md")
	if len(d.sections) != 2 || len(d.bullets) != 2 {
		t.Fatalf("sections %v, bullets %v", d.sections, d.bullets)
	}
	if found := d.find("never ends"); len(found) != 1 || !found[0].overlaps(d.sections[0]) || found[0].overlaps(d.sections[1]) {
		t.Errorf("a quote over two lines is at %v", found)
	}
	if words := absolute.FindAllString(d.bare, -1); len(words) != 1 {
		t.Errorf("absolute words: %q", words)
	}
	if first := d.text[d.bullets[0].start:d.bullets[0].end]; strings.TrimSpace(first) != "- a rule of two lines" {
		t.Errorf("the first bullet is %q", first)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
