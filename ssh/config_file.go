package ssh

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// configFile is an ssh_config file as ssh_config(5) describes it: its directives in their order, with those of the files that it includes.
type configFile struct{ directives []directive }

// directive is one line.
type directive struct {
	file     string
	line     int
	name     string // as written
	key      string // in lower case
	args     []string
	included []directive // of Include
}

// The limits of an ssh_config file.
const (
	maxConfig   = 1 << 20 // bytes
	maxIncludes = 16      // within each other, as in OpenSSH
)

var errConfigSize = errors.New("over 1 MiB")

// readConfig reads a file; nil without a path.
func readConfig(path, home string) (*configFile, error) {
	if path == "" {
		return nil, nil
	}
	directives, err := configReader{dir: filepath.Dir(path), home: home}.read(path, 0)
	if err != nil {
		return nil, err
	}
	return &configFile{directives}, nil
}

// configReader reads a file and what it includes.
type configReader struct {
	dir  string // of the first file: of paths that are relative
	home string
}

func (c configReader) read(path string, depth int) ([]directive, error) {
	if depth > maxIncludes {
		return nil, &fileError{path, errors.New("too many files include each other")}
	}
	text, err := configText(path)
	if err != nil {
		return nil, &fileError{path, err}
	}
	var all []directive
	n := 0
	for line := range strings.Lines(text) {
		n++
		d, err := parseDirective(line)
		if err != nil {
			return nil, &fileError{path, errors.New("line " + strconv.Itoa(n) + ": " + err.Error())} // one error: people see the innermost
		}
		if d.key == "" {
			continue
		}
		d.file, d.line = path, n
		if d.key == "include" {
			if d.included, err = c.include(d.args, depth+1); err != nil {
				return nil, err
			}
		}
		all = append(all, d)
	}
	return all, nil
}

func configText(path string) (string, error) {
	f, err := os.Open(path) //nolint:gosec // what the configuration names is what is read
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	_ = f.Close() // it was only read
	if err == nil && len(data) > maxConfig {
		err = errConfigSize
	}
	return strings.TrimPrefix(string(data), "\ufeff"), err
}

// include reads the files of patterns; one that matches nothing is none.
func (c configReader) include(patterns []string, depth int) ([]directive, error) {
	var all []directive
	for _, pattern := range patterns {
		path, err := pathIn(pattern, c.dir, c.home)
		if err != nil {
			return nil, err
		}
		files, err := filepath.Glob(path)
		if err != nil {
			return nil, &fileError{path, err}
		}
		for _, file := range files {
			more, err := c.read(file, depth)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
	}
	return all, nil
}

// pathIn is a file that is named in ssh_config; a relative one is in dir.
func pathIn(file, dir, home string) (string, error) {
	rest, atHome := strings.CutPrefix(file, "~/")
	switch {
	case atHome && home == "":
		return "", fmt.Errorf("ssh_config names %s, and there is no home: write the whole path", file)
	case atHome:
		return filepath.Join(home, rest), nil
	case !filepath.IsAbs(file):
		return filepath.Join(dir, file), nil
	}
	return file, nil
}

var errOpenQuote = errors.New("a quote is never closed")

// parseDirective parses `Key value "another value" # a comment` or `Key=value`; an empty line has no key.
func parseDirective(line string) (directive, error) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return directive{}, nil
	}
	end := strings.IndexAny(line, " \t=")
	if end < 0 {
		end = len(line)
	}
	d := directive{name: line[:end], key: strings.ToLower(line[:end])}
	rest := strings.TrimLeft(line[end:], " \t")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "="), " \t")
	var err error
	d.args, err = configWords(rest)
	if err == nil && len(d.args) == 0 {
		err = fmt.Errorf("%s has no value", d.name)
	}
	return d, err
}

// configWords splits at spaces that are not in quotes, up to a comment.
func configWords(text string) ([]string, error) {
	var words []string
	for text = strings.TrimLeft(text, " \t"); text != "" && text[0] != '#'; text = strings.TrimLeft(text, " \t") {
		word, rest, err := configWord(text)
		if err != nil {
			return nil, err
		}
		words, text = append(words, word), rest
	}
	return words, nil
}

func configWord(text string) (word, rest string, err error) {
	var b strings.Builder
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`\"'`, text[i+1]) >= 0:
			i++
			b.WriteByte(text[i])
		case quote == 0 && (c == ' ' || c == '\t'):
			return b.String(), text[i:], nil
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		default:
			b.WriteByte(c)
		}
	}
	if quote != 0 {
		return "", "", errOpenQuote
	}
	return b.String(), "", nil
}
