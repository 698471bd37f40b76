package found

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"opsbot/charset"
	"opsbot/model"
)

// maxFolders bounds how deep folders are within each other: links may lead in circles.
const maxFolders = 8

// What Ansible never reads as an inventory in a folder, and programs, by the end of their names.
var (
	ignoredNames = []string{".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry"}
	programNames = []string{".py", ".sh", ".rb", ".pl", ".php", ".js", ".exe"}
	ownFolders   = []string{"group_vars", "host_vars", "vars_plugins"}
)

// path reads a file, or a folder as Ansible does: all files but the ignored ones, links, and folders within.
func (a *ansible) path(path string, depth int) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		a.folders = append(a.folders, filepath.Dir(path))
		return a.file(path, info)
	}
	a.folders = append(a.folders, path)
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := a.entry(filepath.Join(path, e.Name()), depth); err != nil {
			return err
		}
	}
	return nil
}

// entry reads what is in a folder, or says that it is left out.
func (a *ansible) entry(path string, depth int) error {
	name := filepath.Base(path)
	switch {
	case strings.HasPrefix(name, "."), slices.Contains(ownFolders, name), name == "ansible.cfg":
		return nil
	case endsWith(name, ignoredNames):
		a.say(model.Say("config.import.ansible_ignored", "file", path))
		return nil
	case endsWith(name, programNames):
		a.say(model.Say("config.import.ansible_program", "file", path))
		return nil
	case depth >= maxFolders:
		a.say(model.Say("config.import.too_deep", "file", path))
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil: // a link that leads nowhere
		a.say(model.Say("config.import.left_out", "file", path, "said", plainError(err)))
		return nil
	case info.IsDir():
		return a.path(path, depth+1)
	case !info.Mode().IsRegular():
		a.say(model.Say("config.import.special_file", "file", path))
		return nil
	}
	return a.file(path, info)
}

func endsWith(name string, ends []string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(strings.ToLower(name), end) })
}

// plainError is what the system said, without the path.
func plainError(err error) string {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// file reads one file in the form that the whole of it has.
func (a *ansible) file(path string, info os.FileInfo) error {
	data, err := readFile(path)
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(data, []byte("#!")), info.Mode()&0o111 != 0 && bytes.HasPrefix(data, []byte("\x7fELF")):
		a.say(model.Say("config.import.ansible_program", "file", path))
		return nil
	case bytes.HasPrefix(data, []byte("$ANSIBLE_VAULT")):
		a.say(model.Say("config.import.ansible_vault", "file", path))
		return nil
	}
	text := a.text(path, data)
	if endsWith(path, []string{".yml", ".yaml", ".json"}) || !endsWith(path, []string{".ini"}) && isYAML(text) {
		return a.yaml(path, text)
	}
	if isSettings(text) {
		a.say(model.Say("config.import.ansible_settings", "file", path))
		return nil
	}
	a.ini(path, text)
	return nil
}

// text decodes a file, and says its encoding if it is not UTF-8.
func (a *ansible) text(path string, data []byte) string {
	text, encoding := charset.Text(data)
	if encoding.Name() != charset.UTF8.Name() {
		a.say(model.Say("config.import.encoding_of", "file", path, "encoding", encoding.Name()))
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}

// isYAML reports whether a text is an inventory in YAML or JSON: a mapping of groups. A file in INI is none, whatever its first line is.
// One that cannot be parsed is YAML if a line of it can only be that.
func isYAML(text string) bool {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err == nil {
		return len(doc.Content) > 0 && (doc.Content[0].Kind == yaml.MappingNode || doc.Content[0].Kind == yaml.SequenceNode && strings.HasPrefix(firstLine(text), "-"))
	}
	first := firstLine(text)
	return strings.HasPrefix(first, "{") && json.Valid([]byte(text)) || first == "---" || strings.HasSuffix(withoutComment(first), ":")
}

// firstLine is the first line that is no comment of YAML or INI.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' && line[0] != ';' {
			return line
		}
	}
	return ""
}

// isSettings reports whether a text in INI has settings where an inventory has hosts, like ec2.ini beside ec2.py.
func isSettings(text string) bool {
	hosts, settings, counts := 0, 0, true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		title, kind, isSection := sectionOf(line)
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case isSection && title != "":
			counts = kind == ""
		case !counts:
		case isSetting(line):
			settings++
		default:
			hosts++
		}
	}
	return settings > hosts
}

// isSetting reports whether a line is `key = value`, and not a host with variables.
func isSetting(line string) bool {
	key, rest, _ := strings.Cut(line, " ")
	return strings.Contains(key, "=") || strings.HasPrefix(strings.TrimSpace(rest), "= ") || strings.TrimSpace(rest) == "="
}

// documents are the roots of all documents in a text.
func documents(text string) ([]*yaml.Node, error) {
	var roots []*yaml.Node
	d := yaml.NewDecoder(strings.NewReader(text))
	for {
		var doc yaml.Node
		switch err := d.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return roots, nil
		case err != nil:
			return nil, err
		case len(doc.Content) > 0:
			roots = append(roots, doc.Content[0])
		}
	}
}
