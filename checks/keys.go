package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"

	"opsbot/model"
)

// extensions are the file name extensions of known formats.
const extensions = ".yml, .yaml, .json, .toml, .ini, .conf, .cfg, .cnf, .env, .properties"

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
	case ".ini", ".conf", ".cfg", ".cnf", ".env", ".properties":
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
	port := ""
	if t.PortKey != "" {
		if port, failed = textAt(doc, path, t.PortKey); failed != nil {
			return nil, failed
		}
	}
	address, why := t.member(listening(host, strings.TrimPrefix(port, ":"), t.form.alone))
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
	value, ok := findIn(doc, strings.Split(keys, "."))
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

// documents are those of a file that has several.
type documents []any

// findIn is find in the first document that has the keys.
func findIn(doc any, path []string) (any, bool) {
	all, several := doc.(documents)
	if !several {
		return find(doc, path)
	}
	for _, one := range all {
		if value, ok := find(one, path); ok {
			return value, true
		}
	}
	return nil, false
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
	table, ok := tableOf(doc)
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

// tableOf is a value with keys, which may be numbers or switches in YAML.
func tableOf(doc any) (map[string]any, bool) {
	switch doc := doc.(type) {
	case map[string]any:
		return doc, true
	case map[any]any:
		table := make(map[string]any, len(doc))
		for key, value := range doc {
			table[fmt.Sprint(key)] = value
		}
		return table, true
	default:
		return nil, false
	}
}

func parseYAML(data []byte) (any, error) { return allOf(yaml.NewDecoder(bytes.NewReader(data)).Decode) }

func parseJSON(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // a port stays as written
	return allOf(d.Decode)
}

// allOf reads documents to the end.
func allOf(decode func(into any) error) (any, error) {
	var all documents
	for {
		var doc any
		switch err := decode(&doc); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, doc)
	}
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

// parseINI parses `[section]` and `key = value`, `key: value` or `key value`; the key in the document is "section.key". Quotes
// around a value are removed, and so is everything after " #" or " ;". A line may be read in two ways: "server string = x" and
// "bind 10.0.0.1:80"; then it has both keys.
func parseINI(data []byte) (any, error) {
	doc, words := map[string]any{}, map[string]any{}
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
		line = strings.TrimPrefix(line, "export ")
		at := strings.IndexAny(line, "=:")
		if at > 0 { // a key alone is a switch in some programs
			doc[section+strings.TrimSpace(line[:at])] = valueINI(line[at+1:])
		}
		key, value, spaced := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		if value = strings.TrimSpace(value); spaced && value != "" && !strings.ContainsAny(key, "=:") && !strings.ContainsAny(value[:1], "=:") {
			words[section+key] = strings.TrimSuffix(valueINI(value), ";") // as nginx ends a line
		}
	}
	maps.Copy(words, doc) // what has a sign is surely meant so
	return words, nil
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
