// Package docs gives the program what its documents say about the keys of the configuration.
//
// It must not know the configuration: a test of config compares the two.
package docs

import (
	_ "embed"
	"regexp"
	"strings"
)

//go:embed configuration.md
var configuration string

//go:embed checks.md
var checks string

// Key is what the documents say about a key.
type Key struct {
	Default string // as it is written; "" if there is none
	Meaning string // in plain text
}

// Required reports whether a table without the key is a mistake.
func (k Key) Required() bool { return k.Default == "required" }

// Keys are the keys of the configuration by the heading of their section, "[telegram]" or "Settings of services". The options of a kind of check
// are under its name.
func Keys() map[string]map[string]Key {
	all := map[string]map[string]Key{}
	for _, document := range []string{configuration, checks} {
		for part := range strings.SplitSeq(document, "\n## ") {
			heading, body, _ := strings.Cut(part, "\n")
			if keys := keysOf(body); len(keys) > 0 {
				all[heading] = keys
			}
		}
	}
	return all
}

// row is a line of a table of keys: key, type, default, meaning.
var row = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (?:[^|]*) \\|([^|]*)\\| (.*) \\|$")

func keysOf(body string) map[string]Key {
	keys := map[string]Key{}
	for _, m := range row.FindAllStringSubmatch(body, -1) {
		keys[m[1]] = Key{Default: plain(m[2]), Meaning: plain(m[3])}
	}
	return keys
}

// link is a link of Markdown: its words are what a reader of plain text needs.
var link = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`)

// plain is a cell of a table without its marks.
func plain(cell string) string {
	return strings.TrimSpace(strings.NewReplacer("`", "", "**", "", `\|`, "|").Replace(link.ReplaceAllString(cell, "$1")))
}
