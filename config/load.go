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
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"opsbot/model"
)

// Options are what Load needs from other packages.
type Options struct {
	// Kinds are the kinds of checks; nil: none.
	Kinds Kinds
	// CheckSchedule validates a schedule; its errors are *model.ValueError. nil accepts all.
	CheckSchedule func(expr string) error
	// LocalIP finds the address of the machine for instance.local_ip "auto"; "" if there is none. nil finds none.
	LocalIP func() string
	// NewInventory allows files of [[inventory]] that do not exist: one of them is about to be written.
	NewInventory bool
	// Instead is read in place of a file of conf.d, which need not exist: it is about to be written. nil is none.
	Instead *NewFile
	// Getenv reads the environment; nil is os.Getenv.
	Getenv func(name string) string
}

// NewFile is a file of the configuration before it is written.
type NewFile struct {
	Path string
	Text []byte
}

// Kinds is a registry of the kinds of checks.
type Kinds interface {
	// New returns a pointer to a struct with toml tags and its defaults, for the keys of a check beside the common ones.
	// It may be a model.EnvironmentUser, which gets its environment after decoding, and a Validator, which is asked then.
	New(kind string) (options any, ok bool)
	// Endpoint returns a pointer to a struct with the options of tables with endpoint settings, beside the settings.
	// Fields with the tag `endpoint:"no"` are left out.
	Endpoint() any
	// Names lists the kinds.
	Names() []string
}

// Validator is implemented by options that can be wrong.
type Validator interface {
	// Validate returns what is wrong, one sentence each, with its option as the argument "key"; each becomes a problem.
	Validate() []model.Sentence
}

// Limits of a file. A configuration with thousands of clients has them in CSV files.
const (
	maxFile  = 4 << 20 // bytes
	maxDepth = 100     // nested brackets
)

// tokenEnv is the environment variable with the token of Telegram; it wins over the files.
const tokenEnv = "OPSBOT_TELEGRAM_TOKEN" //nolint:gosec // the name of a variable, no credential

// Load reads path and every conf.d/*.toml beside it. Paths in these files are relative to the directory of path. The
// error is model.Problems: all mistakes, sorted.
func Load(path string, opts Options) (*Config, error) {
	cfg, problems := LoadAll(path, opts)
	if len(problems) > 0 {
		return nil, problems
	}
	return cfg, nil
}

// LoadAll is Load for whoever looks for more mistakes in a configuration that has some: it is returned with them, as far as it could be
// read. It is nil if a file could not: names that it declares would be unknown.
func LoadAll(path string, opts Options) (*Config, model.Problems) {
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
	cfg.Secrets = l.secrets
	cfg.fillIn()
	cfg.Around = l.environment(cfg)
	l.validateOptions(cfg.Around)
	if whole { // else names that the unread file declares would be unknown
		l.validate(root, cfg)
	}
	l.problems.Sort()
	if !whole {
		return nil, l.problems
	}
	return cfg, l.problems
}

type loader struct {
	binder
	opts Options
	dir  string
}

// read makes one tree of all files; nil if the main file cannot be read.
func (l *loader) read(path string, cfg *Config) *node {
	root := l.readFile(path)
	if root == nil {
		return nil
	}
	cfg.Files = []string{path}
	more, err := fs.Glob(os.DirFS(l.dir), "conf.d/*.toml")
	if err != nil {
		l.problems = append(l.problems, model.Place{File: path}.Problem(model.Say("config.file.conf_d", "said", bare(err))))
	}
	for _, file := range l.withNew(more) {
		cfg.Files = append(cfg.Files, file)
		if part := l.readFile(file); part != nil {
			l.problems = append(l.problems, root.merge(part)...)
		}
	}
	return root
}

// withNew are the paths of files of conf.d, with the one that is about to be written, in their order.
func (l *loader) withNew(names []string) []string {
	var files []string
	for _, name := range names {
		files = append(files, filepath.Join(l.dir, filepath.FromSlash(name)))
	}
	if file := l.opts.Instead; file != nil && !slices.Contains(files, file.Path) {
		files = append(files, file.Path)
		slices.Sort(files)
	}
	return files
}

// readFile makes the tree of one file; it returns nil, and reports a problem, if the file cannot be read.
func (l *loader) readFile(path string) *node {
	data, err := l.content(path)
	if err != nil {
		what := model.Say("config.file.unreadable", "said", bare(err))
		if errors.Is(err, fs.ErrNotExist) {
			what = model.Say("config.file.not_there")
		}
		l.problems = append(l.problems, model.Place{File: path}.Problem(what))
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if tooDeep(data) {
		l.problems = append(l.problems, model.Place{File: path}.Problem(model.Say("config.file.deep", "most", maxDepth)))
		return nil
	}
	raw := map[string]any{}
	if _, err := toml.Decode(string(data), &raw); err != nil {
		l.problems = append(l.problems, syntaxProblem(path, data, err))
		raw = map[string]any{}
	}
	return treeBuilder{file: path, lines: findLines(data)}.build(raw, "", "", "")
}

// content is what is in a file, or is about to be.
func (l *loader) content(path string) ([]byte, error) {
	file := l.opts.Instead
	switch {
	case file == nil || file.Path != path:
		return readBounded(path)
	case len(file.Text) > maxFile:
		return nil, errTooLarge
	default:
		return file.Text, nil
	}
}

// errTooLarge says that a file is over the limit.
var errTooLarge = fmt.Errorf("larger than %d MiB", maxFile>>20)

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
		return nil, errTooLarge
	}
	return data, nil
}

// tooDeep protects the parsers, which recurse. It counts brackets in strings too; no string has that many unclosed ones.
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

// secretLine matches lines that a syntax error must not quote.
var secretLine = regexp.MustCompile(`(?i)token|password|secret|prox|url|headers|\d{6,}:[\w-]{20,}|://[^/\s]*@`)

func syntaxProblem(path string, data []byte, err error) model.Problem {
	at := model.Place{File: path}
	e, ok := errors.AsType[toml.ParseError](err)
	if !ok {
		return at.Problem(model.Say("config.syntax", "said", err))
	}
	at.Line = max(1, e.Position.Line)
	if strings.Contains(e.Message, `'\n'`) && at.Line > 1 {
		at.Line-- // the parser counts from the end of the line
	}
	lines := strings.Split(string(data), "\n")
	if at.Line <= len(lines) && secretLine.MatchString(lines[at.Line-1]) || secretLine.MatchString(e.Message) {
		return at.Problem(model.Say("config.syntax.secret"))
	}
	return at.Problem(model.Say("config.syntax", "said", strings.TrimSuffix(e.Message, ".")))
}

// unreadable says that a file of the configuration cannot be read.
func unreadable(file string, err error) model.Sentence {
	return model.Say("config.file", "file", file, "said", bare(err))
}

// bare is an error without the path, which the problem has already.
func bare(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}
