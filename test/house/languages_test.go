package house_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// englishOnly are the documents for who works on opsbot.
var englishOnly = []string{"architecture.md", "promises.md"}

// chapter is a document by what both languages have in common.
type chapter struct {
	levels []int    // of the headings
	titles []string // the headings
	code   []string // lines of blocks, without comments
	cells  []string // first cells of tables that are code: keys, commands, metrics
	links  []string
}

var (
	headline = regexp.MustCompile(`^(#{1,6}) (.+)$`)
	comment  = regexp.MustCompile(`(^|\s)(#|//|--) .*$`)
	cell     = regexp.MustCompile("^\\| (`[^|]*`)")
	inline   = regexp.MustCompile("`[^`]*`")
	linkText = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

// readChapter reads a document. What the product says in the chat is in the reader's language: lines of code with Cyrillic letters do not count, nor
// do their neighbours in the other language.
func readChapter(t *testing.T, name string) (c chapter) {
	t.Helper()
	fenced := false
	for line := range strings.Lines(read(t, name)) {
		line = strings.TrimRight(line, "\n")
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence:
			fenced = !fenced
			c.code = append(c.code, strings.TrimSpace(line))
			continue
		case fenced, strings.HasPrefix(line, "    ") && !strings.HasPrefix(strings.TrimSpace(line), "- "):
			c.code = append(c.code, strings.TrimRight(comment.ReplaceAllString(line, ""), " "))
			continue
		}
		if m := headline.FindStringSubmatch(line); m != nil {
			c.levels, c.titles = append(c.levels, len(m[1])), append(c.titles, m[2])
		}
		if m := cell.FindStringSubmatch(line); m != nil {
			c.cells = append(c.cells, m[1])
		}
		for _, m := range linkText.FindAllStringSubmatch(inline.ReplaceAllString(line, "`code`"), -1) {
			c.links = append(c.links, m[1])
		}
	}
	return c
}

func isRussian(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
}

// TestDocumentsInBothLanguagesAreTheSame: they have the same headings, code and tables. A heading that is a name, such as a section of the configuration, is
// the same in both. README.ru.md is no translation: the README has the map of the house and the figures for who works on opsbot.
func TestDocumentsInBothLanguagesAreTheSame(t *testing.T) {
	atTop(t)
	russian, err := filepath.Glob("docs/ru/*.md")
	if err != nil || len(russian) < 4 {
		t.Fatalf("%q, %v", russian, err)
	}
	for _, pair := range pairs(russian) {
		english, russian := readChapter(t, pair[0]), readChapter(t, pair[1])
		if !slices.Equal(english.levels, russian.levels) {
			t.Errorf("%s and %s have other headings:\n%s\n%s", pair[0], pair[1], strings.Join(english.titles, " · "), strings.Join(russian.titles, " · "))
		} else {
			for i, title := range english.titles {
				if isName := strings.ContainsAny(title, "[`/") && !strings.Contains(title, " "); isName && title != russian.titles[i] {
					t.Errorf("%s: %q is %q there", pair[1], title, russian.titles[i])
				}
			}
		}
		same(t, pair, "code", english.code, russian.code)
		same(t, pair, "table", english.cells, russian.cells)
	}
}

func pairs(russian []string) (all [][2]string) {
	for _, name := range russian {
		all = append(all, [2]string{filepath.Join("docs", filepath.Base(name)), name})
	}
	return all
}

// same compares lines. Those that are written in Russian may be any.
func same(t *testing.T, pair [2]string, what string, english, russian []string) {
	t.Helper()
	for i := range min(len(english), len(russian)) {
		if english[i] != russian[i] && !isRussian(russian[i]) {
			t.Errorf("%s has another %s than %s:\n%s\n%s", pair[1], what, pair[0], russian[i], english[i])
			return
		}
	}
	if len(english) != len(russian) {
		t.Errorf("%s has %d lines of %s, %s has %d", pair[1], len(russian), what, pair[0], len(english))
	}
}

// TestEveryDocumentIsInBothLanguages but for those of who works on opsbot.
func TestEveryDocumentIsInBothLanguages(t *testing.T) {
	atTop(t)
	english, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range english {
		base := filepath.Base(name)
		_, err := os.Stat(filepath.Join("docs/ru", base))
		if only := slices.Contains(englishOnly, base); only != os.IsNotExist(err) {
			t.Errorf("docs/ru/%s: %v; English only: %v", base, err, only)
		}
	}
	for _, name := range must(filepath.Glob("docs/ru/*.md"))(t) {
		if _, err := os.Stat(filepath.Join("docs", filepath.Base(name))); err != nil {
			t.Errorf("%s has no English one", name)
		}
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// anchors are the names of a document's headings, as GitHub makes them.
func anchors(titles []string) map[string]bool {
	all, times := map[string]bool{}, map[string]int{}
	for _, title := range titles {
		title = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(title, "$1")
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			default:
				return -1
			}
		}, strings.TrimSpace(title))
		if n := times[name]; n > 0 {
			all[name+"-"+string(rune('0'+n))] = true
		}
		times[name]++
		all[name] = true
	}
	return all
}

// TestLinksLeadSomewhere: each link of a document to a file, and to a heading in it.
func TestLinksLeadSomewhere(t *testing.T) {
	atTop(t)
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/ru/*.md", "docs/decisions/*.md", "deploy/*.md", "deploy/*/*.md"} {
		all = append(all, must(filepath.Glob(pattern))(t)...)
	}
	if len(all) < 100 {
		t.Fatalf("%d documents", len(all))
	}
	known := map[string]map[string]bool{}
	for _, name := range all {
		known[name] = anchors(readChapter(t, name).titles)
	}
	for _, name := range all {
		for _, link := range readChapter(t, name).links {
			if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(link, "#")
			to := name
			if file != "" {
				to = filepath.Join(filepath.Dir(name), file)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %s leads nowhere", name, link)
			} else if headings, isDocument := known[to]; anchor != "" && (!isDocument || !headings[anchor]) {
				t.Errorf("%s: %s: no such heading", name, link)
			}
		}
	}
}
