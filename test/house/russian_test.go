package house_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// inEnglishOnly are the documents for whoever changes opsbot.
var inEnglishOnly = []string{"architecture.md", "promises.md"}

// TestDocsInRussian: each document is there in Russian, with the same chapters, tables and code as in English; only words and comments differ.
func TestDocsInRussian(t *testing.T) {
	atTop(t)
	english, err := filepath.Glob("docs/*.md")
	if err != nil || len(english) == 0 {
		t.Fatalf("%q %v", english, err)
	}
	var want []string
	for _, document := range english {
		name := filepath.Base(document)
		if slices.Contains(inEnglishOnly, name) {
			continue
		}
		want = append(want, "docs/ru/"+name)
		t.Run(name, func(t *testing.T) {
			inEnglish, inRussian := shapeOf(read(t, document)), shapeOf(read(t, "docs/ru/"+name))
			for i := range min(len(inEnglish), len(inRussian)) {
				if kind(inEnglish[i]) == kind(inRussian[i]) && cyrillic.MatchString(inRussian[i]) {
					inEnglish[i] = inRussian[i] // what opsbot says, in the reader's language
				}
			}
			if diff := cmp.Diff(inEnglish, inRussian); diff != "" {
				t.Errorf("the Russian document differs (-English +Russian):\n%s", diff)
			}
		})
	}
	if russian, err := filepath.Glob("docs/ru/*.md"); err != nil || !slices.Equal(russian, want) {
		t.Errorf("%q, want %q, %v", russian, want, err)
	}
}

var (
	comment  = regexp.MustCompile(`(^|\s+)(#|//)( .*)?$`)
	bullet   = regexp.MustCompile(`^(-|\d+\.) `)
	cyrillic = regexp.MustCompile(`\p{Cyrillic}`)
)

// kind is what comes before the words of a line.
func kind(line string) string {
	kind, _, _ := strings.Cut(line, ": ")
	return kind
}

// shapeOf is what a document has in every language: levels of headings, items of lists, rows of tables with their number of cells and the code that they begin with, lines of code without
// comments.
func shapeOf(document string) (shape []string) {
	fenced := false
	for line := range strings.Lines(document) {
		line = strings.TrimRight(line, "\n")
		indented := strings.HasPrefix(line, "    ")
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
			shape = append(shape, line)
		case fenced || indented:
			if code := comment.ReplaceAllString(line, ""); strings.TrimSpace(code) != "" {
				shape = append(shape, "code: "+code)
			}
		case strings.HasPrefix(line, "#"):
			marks, _, _ := strings.Cut(line, " ")
			shape = append(shape, marks)
		case strings.HasPrefix(line, "|"):
			shape = append(shape, fmt.Sprintf("row of %d: %s", strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"), firstCell.FindString(line)))
		case bullet.MatchString(line):
			shape = append(shape, "item")
		}
	}
	return shape
}

// firstCell is a key, a command, a metric.
var firstCell = regexp.MustCompile("^\\| `[^`]*`")

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestLinksOfTheDocsLead: each link of a document to another leads to a file that exists, and to a heading of it.
func TestLinksOfTheDocsLead(t *testing.T) {
	atTop(t)
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/ru/*.md"} {
		documents, err := filepath.Glob(pattern)
		if err != nil || len(documents) == 0 {
			t.Fatalf("%s: %q %v", pattern, documents, err)
		}
		for _, document := range documents {
			for _, m := range link.FindAllStringSubmatch(read(t, document), -1) {
				if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
					continue
				}
				target, heading, _ := strings.Cut(m[1], "#")
				file := document
				if target != "" {
					file = path.Join(path.Dir(document), target)
				}
				if _, err := os.Stat(file); err != nil {
					t.Errorf("%s links to %s, which is not there", document, m[1])
				} else if heading != "" && !slices.Contains(anchorsOf(read(t, file)), heading) {
					t.Errorf("%s links to %s, and %s has no such heading", document, m[1], file)
				}
			}
		}
	}
}

// anchorsOf are the names by which GitHub links to the headings of a document.
func anchorsOf(document string) (anchors []string) {
	fenced := false
	for line := range strings.Lines(document) {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if !strings.HasPrefix(line, "#") || fenced {
			continue
		}
		title := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return r
			}
			return -1
		}, title)
		anchors = append(anchors, anchor)
	}
	return anchors
}
