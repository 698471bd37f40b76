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

// extensions are the endings of files whose form is known.
const extensions = ".yml, .yaml, .json, .toml, .ini, .conf"

// form is a way to write settings.
type form struct {
	name  string
	parse func(data []byte) (any, error)
}

// formOf knows a file's form by its name; nil for one that it does not know.
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

// readKeys reads the one address that another program's settings hold. Reasons name keys and never what stands in that
// file, which may hold secrets.
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

// find goes down a path of keys. A key may itself hold points, as sections of INI files do: the shortest that is there
// and leads on is taken. A list's keys are its places, from 0.
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
	d.UseNumber() // a port stays as it is written
	err = d.Decode(&doc)
	return doc, err
}

// maxNested guards the parser of TOML, which recurses without a limit; those of YAML and JSON have one.
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

// parseINI reads `[section]` and `key = value` or `key: value`; a key stands in the document as "section.key". Quotes
// around a value are taken off, and so is what comes after " #" or " ;".
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
				return nil, errors.New("a section without its bracket")
			}
			section = strings.TrimSpace(name) + "."
			continue
		}
		if at := strings.IndexAny(line, "=:"); at > 0 { // a key alone is a switch of some programs
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
