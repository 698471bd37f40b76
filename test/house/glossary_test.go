package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// coined are words that this project once made up where the field has one, and what it says instead. An identifier, a part of one, and
// the name of a file may not be one of them.
var coined = map[string]string{
	"telling": "notification", "tellings": "notifications", "told": "notified, sent", "tell": "notify, send",
	"burst": "event group", "bursts": "event groups", "sight": "connectivity", "sift": "filter", "blind": "offline", "blindness": "connectivity",
	"deaf": "disconnected", "deafness": "outage", "hear": "receive", "heard": "received, connected", "unheard": "disconnected",
	"adopt": "attach", "roof": "parent", "portray": "summarize", "portrait": "summary", "weather": "update", "newcomers": "recent",
	"stirred": "dirty", "youth": "maxAge", "handful": "batchSize", "wish": "desired", "wishes": "desired state", "quiets": "silences", "lifts": "expire",
	"placeless": "no host", "nowhere": "no host", "outlook": "what-if", "foresee": "predict", "surroundings": "environment",
	"detour": "fallback copy", "detours": "fallback copies", "detoured": "copied", "bury": "dead letter", "buried": "dead letter",
	"lane": "queue", "lanes": "queues", "desk": "actions, syncer", "book": "manager, recorder, catalog", "asker": "client", "speaker": "renderer",
	"parcel": "partial upload", "parcels": "partial uploads", "picked": "selection", "alike": "equal", "spoken": "words", "beat": "heartbeat", "beats": "heartbeats",
	"sighting": "sample", "rearm": "reset", "latch": "latched", "heeded": "notify on change", "audible": "logged", "paced": "rate limited",
	"trouble": "health issue", "troubles": "health issues", "unhold": "release", "held": "deferred", "gate": "semaphore",
}

// standard are identifiers of the field, or of a library, in which a coined word is an ordinary one.
var standard = map[string]bool{
	"hookBurst": true, "heartbeatBurst": true, // of a rate limiter
	"Desk1": true, "Desk2": true, // where people of the sandbox sit
}

// TestIdentifiersAreOfTheField walks the tree: a name is made of words that an engineer from Alertmanager, PagerDuty or Icinga knows.
func TestIdentifiersAreOfTheField(t *testing.T) {
	atTop(t)
	said := map[string]bool{}
	for file := range goFiles(t) {
		for _, word := range parts(strings.TrimSuffix(filepath.Base(file), ".go")) {
			if is, ok := coined[word]; ok {
				t.Errorf("%s: a file is named %q: say %s", file, word, is)
			}
		}
		for name := range declared(t, file) {
			for _, word := range parts(name) {
				is, ok := coined[word]
				if ok && !standard[name] && !said[name] {
					said[name] = true
					t.Errorf("%s declares %s: say %s, not %s", file, name, is, word)
				}
			}
		}
	}
}

// declared are the names that a file declares: types, functions, fields, constants, variables, parameters.
func declared(t *testing.T, file string) map[string]bool {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	add := func(all ...*ast.Ident) {
		for _, id := range all {
			names[id.Name] = true
		}
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			add(n.Name)
		case *ast.TypeSpec:
			add(n.Name)
		case *ast.ValueSpec:
			add(n.Names...)
		case *ast.Field:
			add(n.Names...)
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					add(id)
				}
			}
		}
		return true
	})
	return names
}

// parts are the words of a name: "newEventGroup" is new, event, group.
func parts(name string) []string {
	var all []string
	word := []rune{}
	flush := func() {
		if len(word) > 0 {
			all = append(all, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	for _, r := range name {
		if unicode.IsUpper(r) || r == '_' || unicode.IsDigit(r) {
			flush()
		}
		if r != '_' {
			word = append(word, r)
		}
	}
	flush()
	return all
}

// TestParts: the oracle sees words within names.
func TestParts(t *testing.T) {
	for name, want := range map[string][]string{"newEventGroup": {"new", "event", "group"}, "fallback_copy": {"fallback", "copy"}, "HTTPBurst": {"h", "t", "t", "p", "burst"}} {
		if got := parts(name); !slices.Equal(got, want) {
			t.Errorf("%s is %q", name, got)
		}
	}
}

// outdated are words that no document and no comment has in the sense that this project once gave them.
var outdated = regexp.MustCompile(`(?i)\b(tellings?|detours?|detoured|newcomers?|placeless|askers?|sightings?|re-?arm(ed|s|ing)?|wishes of people|silent source|the (book|desk)\b)`)

// TestDocumentsAreOfTheField holds README and docs/ to the same words; decisions of the past keep theirs.
func TestDocumentsAreOfTheField(t *testing.T) {
	atTop(t)
	files := []string{"README.md"}
	for _, glob := range []string{"docs/*.md", "deploy/examples/*/*.toml", "deploy/examples/*/*/*.toml", "config/*.toml", "texts/*/*.toml", "deploy/ansible/*.md", "deploy/ansible/roles/*/*/*"} {
		found, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		for i, line := range strings.Split(read(t, file), "\n") {
			if word := outdated.FindString(line); word != "" {
				t.Errorf("%s:%d: %q is a word of ours, not of the field", file, i+1, word)
			}
		}
	}
}
