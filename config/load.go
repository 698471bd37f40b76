package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"

	"opsbot/model"
)

// Options are what Load is handed by those who know more than config does.
type Options struct {
	// Kinds knows the kinds of checks; nil knows none.
	Kinds Kinds
	// CheckSchedule says what is wrong with a schedule; nil accepts all.
	CheckSchedule func(expr string) error
	// LocalIP finds the machine's own address where instance.local_ip is "auto", "" when there is none; nil finds none.
	LocalIP func() string
	// NewInventory says that files of [[inventory]] that are not there are no mistake: one of them is about to be written.
	NewInventory bool
	// Getenv reads the environment; nil is os.Getenv.
	Getenv func(name string) string
}

// Kinds is a registry of the kinds of checks.
type Kinds interface {
	// New returns a pointer to a struct with toml tags, its defaults set, into which the keys of a check are decoded
	// that are not of the common part. It may be a Validator, and before that a model.EnvironmentUser.
	New(kind string) (options any, ok bool)
	// Endpoint returns a pointer to a struct of the options that tables of endpoint settings take beside their own keys.
	// Fields with the tag `endpoint:"no"` are not among them.
	Endpoint() any
	// Names lists the kinds.
	Names() []string
}

// Validator is implemented by options that can be wrong.
type Validator interface {
	// Validate returns what is wrong, one sentence each, beginning with the key; each becomes a problem.
	Validate() []string
}

// The most that a file may be; a configuration of thousands of clients has its clients in CSV files.
const (
	maxFile  = 4 << 20 // bytes
	maxDepth = 100     // brackets within each other
)

// tokenEnv is the environment variable that gives Telegram's token; it wins over the files.
const tokenEnv = "OPSBOT_TELEGRAM_TOKEN" //nolint:gosec // the name of a variable, no credential

// Load reads path and every conf.d/*.toml beside it. Paths in them are relative to path's directory. An error is
// model.Problems: every mistake that was found, sorted, and no Config.
func Load(path string, opts Options) (*Config, error) {
	if opts.Getenv == nil {
		opts.Getenv = os.Getenv
	}
	l := &loader{binder: binder{kinds: opts.Kinds}, opts: opts, dir: filepath.Dir(path)}
	cfg := Defaults()
	root := l.read(path, cfg)
	if root == nil {
		return nil, l.problems
	}
	whole := len(l.problems) == 0
	l.table(root, reflect.ValueOf(cfg).Elem())
	cfg.fillIn()
	cfg.Around = l.environment(cfg)
	l.judgeOptions(cfg.Around)
	if whole { // a file that could not be read declares nothing: what names its things is no mistake
		l.validate(root, cfg)
	}
	if len(l.problems) > 0 {
		l.problems.Sort()
		return nil, l.problems
	}
	return cfg, nil
}

type loader struct {
	binder
	opts Options
	dir  string
}

// read makes one tree of all files; nil when there is no main file.
func (l *loader) read(path string, cfg *Config) *node {
	root := l.readFile(path)
	if root == nil {
		return nil
	}
	cfg.Files = []string{path}
	more, err := fs.Glob(os.DirFS(l.dir), "conf.d/*.toml")
	if err != nil {
		l.problems = append(l.problems, model.Problem{File: path, Text: "look into conf.d: " + bare(err)})
	}
	for _, name := range more {
		file := filepath.Join(l.dir, filepath.FromSlash(name))
		cfg.Files = append(cfg.Files, file)
		if part := l.readFile(file); part != nil {
			l.problems = append(l.problems, root.merge(part)...)
		}
	}
	return root
}

// readFile makes the tree of one file; nil, and a problem, when it cannot be read at all.
func (l *loader) readFile(path string) *node {
	data, err := readBounded(path)
	if err != nil {
		text := "read the file: " + bare(err)
		if errors.Is(err, fs.ErrNotExist) {
			text += `; "opsbot init" writes one`
		}
		l.problems = append(l.problems, model.Problem{File: path, Text: text})
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if tooDeep(data) {
		text := fmt.Sprintf("lists and tables stand more than %d deep in each other", maxDepth)
		l.problems = append(l.problems, model.Problem{File: path, Text: text})
		return nil
	}
	raw := map[string]any{}
	if _, err := toml.Decode(string(data), &raw); err != nil {
		l.problems = append(l.problems, syntaxProblem(path, data, err))
		raw = map[string]any{}
	}
	return growth{file: path, lines: findLines(data)}.grow(raw, "", "", "")
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // reading the file that was asked for is the point
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("larger than %d MiB", maxFile>>20)
	}
	return data, nil
}

// tooDeep guards the parsers, which recurse. Brackets in texts count too: none has so many unclosed.
func tooDeep(data []byte) bool {
	depth := 0
	for _, c := range data {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		}
		if depth > maxDepth {
			return true
		}
	}
	return false
}

// secretLine is a line of which a message about the syntax must not quote anything.
var secretLine = regexp.MustCompile(`(?i)token|password|secret|prox|url|headers|\d{6,}:[\w-]{20,}|://[^/\s]*@`)

func syntaxProblem(path string, data []byte, err error) model.Problem {
	p := model.Problem{File: path, Text: err.Error()}
	if e, ok := errors.AsType[toml.ParseError](err); ok {
		p.Line = max(1, e.Position.Line)
		if strings.Contains(e.Message, `'\n'`) && p.Line > 1 {
			p.Line-- // the parser has read the end of the line and counts from there
		}
		p.Text = e.Message
		lines := strings.Split(string(data), "\n")
		if p.Line <= len(lines) && secretLine.MatchString(lines[p.Line-1]) || secretLine.MatchString(e.Message) {
			p.Text = "not valid TOML: a text stands in double quotes, a key once (the line may hold a secret and is not shown)"
		}
	}
	return p
}

// bare is an error without the path, which the problem names already.
func bare(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}
