package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"

	"opsbot/model"
)

// extensions are the file name extensions of known formats.
const extensions = ".yml, .yaml, .json, .toml, .ini, .conf"

// form is a format of settings.
type form struct {
	name  string
	parse func(data []byte) (any, error)
}

// formOf returns the format for a file name; nil if it is unknown.
func formOf(path string) *form {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yml", ".yaml":
		return &form{"YAML", parseYAML}
	case ".json":
		return &form{"JSON", parseJSON}
	case ".toml":
		return &form{"TOML", parseTOML}
	case ".ini", ".conf":
		return &form{"INI", parseINI}
	default:
		return nil
	}
}

// readKeys reads the one address from another program's settings. Reasons name keys and never values of that file,
// which may contain secrets.
func readKeys(path string, t *Targets) ([]string, *finding) {
	data, failed := readTarget(path)
	if failed != nil {
		return nil, failed
	}
	f := formOf(path)
	if f == nil {
		return nil, unknown(model.ReasonTargetsForm, "file", path, "form", extensions)
	}
	doc, err := f.parse(data)
	if err != nil {
		return nil, unknown(model.ReasonTargetsForm, "file", path, "form", f.name)
	}
	return addressIn(doc, path, t)
}

func addressIn(doc any, path string, t *Targets) ([]string, *finding) {
	host, failed := textAt(doc, path, t.HostKey)
	if failed != nil {
		return nil, failed
	}
	if t.PortKey != "" {
		port, failed := textAt(doc, path, t.PortKey)
		if failed != nil {
			return nil, failed
		}
		if bare, ok := bareHost(host); ok {
			host = bare
		}
		host = net.JoinHostPort(host, port)
	}
	address, why := t.member(host)
	if why != nil {
		keys := t.HostKey
		if t.PortKey != "" {
			keys += " : " + t.PortKey
		}
		return nil, unknown(model.ReasonTargetsValue, "file", path, "key", keys)
	}
	return []string{address}, nil
}

// textAt is the text or number at a path of keys.
func textAt(doc any, path, keys string) (string, *finding) {
	value, ok := find(doc, strings.Split(keys, "."))
	if !ok {
		return "", unknown(model.ReasonTargetsKey, "file", path, "key", keys)
	}
	switch v := value.(type) {
	case string:
		return strings.TrimSpace(v), nil
	case json.Number, int, int64, uint64:
		return fmt.Sprint(v), nil
	default:
		return "", unknown(model.ReasonTargetsValue, "file", path, "key", keys)
	}
}

// find follows a path of keys. A key may itself contain dots, as sections of INI files do: the shortest existing prefix
// that leads on wins. The keys of a list are its indexes, from 0.
func find(doc any, path []string) (any, bool) {
	if len(path) == 0 {
		return doc, true
	}
	if list := reflect.ValueOf(doc); list.Kind() == reflect.Slice {
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= list.Len() {
			return nil, false
		}
		return find(list.Index(i).Interface(), path[1:])
	}
	table, ok := doc.(map[string]any)
	if !ok {
		return nil, false
	}
	for n := 1; n <= len(path); n++ {
		if inner, ok := table[strings.Join(path[:n], ".")]; ok {
			if value, ok := find(inner, path[n:]); ok {
				return value, true
			}
		}
	}
	return nil, false
}

func parseYAML(data []byte) (doc any, err error) {
	err = yaml.Unmarshal(data, &doc)
	return doc, err
}

func parseJSON(data []byte) (doc any, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // a port stays as written
	err = d.Decode(&doc)
	return doc, err
}

// maxNested protects the TOML parser, which recurses without a limit; those of YAML and JSON have one.
const maxNested = 100

func parseTOML(data []byte) (any, error) {
	depth := 0
	for _, c := range data {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		}
		if depth > maxNested {
			return nil, errors.New("nested too deep")
		}
	}
	var doc map[string]any
	_, err := toml.Decode(string(data), &doc)
	return doc, err
}

// parseINI parses `[section]` and `key = value` or `key: value`; the key in the document is "section.key". Quotes
// around a value are removed, and so is everything after " #" or " ;".
func parseINI(data []byte) (any, error) {
	doc := map[string]any{}
	section := ""
	for raw := range bytes.Lines(data) {
		line := strings.TrimSpace(string(raw))
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if name, ok := strings.CutPrefix(line, "["); ok {
			name, _, closed := strings.Cut(name, "]")
			if !closed {
				return nil, errors.New("a section without its closing bracket")
			}
			section = strings.TrimSpace(name) + "."
			continue
		}
		if at := strings.IndexAny(line, "=:"); at > 0 { // a key alone is a switch in some programs
			doc[section+strings.TrimSpace(line[:at])] = valueINI(line[at+1:])
		}
	}
	return doc, nil
}

func valueINI(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > 1 && (text[0] == '"' || text[0] == '\'') {
		if inner, _, closed := strings.Cut(text[1:], text[:1]); closed {
			return inner
		}
	}
	for _, mark := range []string{" #", " ;", "\t#", "\t;"} {
		text, _, _ = strings.Cut(text, mark)
	}
	return strings.TrimSpace(text)
}
