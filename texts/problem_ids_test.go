package texts_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sentence is one call of model.Say.
type sentence struct {
	at   string
	id   string
	args map[string]ast.Expr
}

// goFiles parses every file of the tree that is not a test.
func goFiles(t *testing.T, each func(set *token.FileSet, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err == nil {
			each(set, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sentences are all calls of model.Say in the tree. Ids and names of arguments must be written out, so that this test can
// read them.
func sentences(t *testing.T) []sentence {
	t.Helper()
	var all []sentence
	goFiles(t, func(set *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !isSay(file, call.Fun) {
				return true
			}
			s := sentence{at: set.Position(call.Pos()).String(), id: literal(call.Args[0]), args: map[string]ast.Expr{}}
			if s.id == "" {
				t.Errorf("%s: the id is not written out", s.at)
			}
			if len(call.Args)%2 == 0 {
				t.Errorf("%s: an argument without a value", s.at)
				return true
			}
			for i := 1; i < len(call.Args); i += 2 {
				name := literal(call.Args[i])
				if name == "" {
					t.Errorf("%s: the name of argument %d is not written out", s.at, i)
				}
				s.args[name] = call.Args[i+1]
			}
			all = append(all, s)
			return true
		})
	})
	if len(all) < 100 {
		t.Fatalf("only %d sentences found", len(all))
	}
	return all
}

// literals are the ids that stand in the code for texts beside problems: "config.check.ok".
func literals(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	goFiles(t, func(_ *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && strings.HasPrefix(literal(lit), "config.check.") {
				all[literal(lit)] = true
			}
			return true
		})
	})
	return all
}

// isSay reports whether a call is one of model.Say.
func isSay(file *ast.File, called ast.Expr) bool {
	switch f := called.(type) {
	case *ast.SelectorExpr:
		pkg, ok := f.X.(*ast.Ident)
		return ok && pkg.Name == "model" && f.Sel.Name == "Say"
	case *ast.Ident:
		return file.Name.Name == "model" && f.Name == "Say"
	default:
		return false
	}
}

// literal is the text of a string literal; "" for anything else.
func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	text, _ := strconv.Unquote(lit.Value)
	return text
}

// byTheCaller are arguments that whoever makes a problem of a sentence adds to it.
var byTheCaller = map[string]bool{"key": true, "got": true}

func TestEveryProblemHasWords(t *testing.T) {
	used := map[string]bool{}
	words := map[string]map[string]map[string]string{"en": wordsOf(t, "en"), "ru": wordsOf(t, "ru")}
	for _, s := range sentences(t) {
		used[s.id] = true
		for lang, all := range words {
			forms, ok := all[s.id]
			if !ok {
				t.Errorf("%s: %q has no words in %s; arguments: %v", s.at, s.id, lang, slices.Sorted(maps.Keys(s.args)))
				continue
			}
			asked := argumentsOf(forms)
			for _, name := range asked {
				if s.args[name] == nil && !byTheCaller[name] {
					t.Errorf("%s: %q in %s asks for %q, which is not given", s.at, s.id, lang, name)
				}
			}
			for name := range s.args {
				if !slices.Contains(asked, name) && !byTheCaller[name] {
					t.Errorf("%s: %q in %s does not use %q", s.at, s.id, lang, name)
				}
			}
		}
	}
	named := literals(t)
	for id := range words["en"] {
		if strings.HasPrefix(id, "config.") && !used[id] && !named[id] {
			t.Errorf("nothing says %q", id)
		}
	}
}

// TestNoProblemIsASentenceOfItsOwn: the arguments of sentences are what people wrote or machines said; words belong into
// the texts, in both languages.
func TestNoProblemIsASentenceOfItsOwn(t *testing.T) {
	for _, s := range sentences(t) {
		for name, value := range s.args {
			if name == "example" { // what to write in the file, the same in every language
				continue
			}
			ast.Inspect(value, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if f, ok := n.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Sprintf" || f.Sel.Name == "Errorf") {
						t.Errorf("%s: %q: argument %q is a text of its own", s.at, s.id, name)
					}
					return !isSay(&ast.File{Name: ast.NewIdent("")}, n.Fun) // which is looked at by itself
				case *ast.BasicLit:
					if text := literal(n); strings.Contains(strings.Trim(text, ", "), " ") && !strings.Contains(text, "=") && name != "allowed" {
						t.Errorf("%s: %q: argument %q has words in one language: %q", s.at, s.id, name, text)
					}
				}
				return true
			})
		}
	}
}

// TestProblemsAreOneLine: a text of a person is quoted where it stands, so that no line break of it makes another line.
func TestProblemsAreOneLine(t *testing.T) {
	for _, lang := range []string{"en", "ru"} {
		data, err := os.ReadFile(lang + "/config.toml")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if strings.Contains(line, `"{{`) {
				t.Errorf("%s: quotes by hand, where printf %%q is meant: %s", lang, line)
			}
		}
	}
}
