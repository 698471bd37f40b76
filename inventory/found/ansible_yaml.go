package found

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"opsbot/model"
)

// Limits of one YAML file, in nodes: aliases can make a small one endless.
const (
	maxDepth     = 64
	nodesPerByte = 4
	nodesFree    = 10_000
)

// walk traverses one YAML file.
type walk struct {
	*ansible
	file string
	left int // nodes that may still be visited
}

// yaml reads an Ansible inventory in YAML, or the output of ansible-inventory --list.
func (a *ansible) yaml(file, text string) error {
	w, roots, err := a.open(file, text)
	if err != nil {
		return err
	}
	for _, root := range roots {
		w.document(root)
	}
	if w.left <= 0 {
		w.say(model.Say("config.import.too_much", "file", file))
	}
	return nil
}

// document reads the groups of a document, or says what it is instead.
func (w *walk) document(root *yaml.Node) {
	if root = w.real(root); root.Kind != yaml.MappingNode {
		w.say(model.Say("config.import.ansible_no_groups", "file", w.file))
		return
	}
	plugin := ""
	w.pairs(root, 0, func(name string, n *yaml.Node) {
		if n = w.real(n); name == "plugin" && n != nil && n.Kind == yaml.ScalarNode {
			plugin = n.Value
		}
	})
	if plugin != "" {
		w.say(model.Say("config.import.ansible_plugin", "file", w.file, "plugin", plugin))
		return
	}
	w.pairs(root, 0, func(name string, n *yaml.Node) {
		n = w.real(n)
		switch {
		case name == "_meta":
			w.meta(n)
		case n != nil && (n.Kind == yaml.MappingNode || n.Tag == "!!null"):
			w.groupOf(name, n, 1)
		case n != nil && n.Kind == yaml.SequenceNode: // of old programs: a list of hosts
			w.hostsOf(name, n, 1)
		default:
			w.say(model.Say("config.import.ansible_no_group", "file", w.file, "name", name))
		}
	})
}

func (a *ansible) open(file, text string) (*walk, []*yaml.Node, error) {
	roots, err := documents(text)
	if err != nil {
		return nil, nil, fmt.Errorf("read %q: %w", file, err)
	}
	return &walk{ansible: a, file: file, left: nodesFree + nodesPerByte*len(text)}, roots, nil
}

// pairs calls do for each key of a mapping, merged ones first.
func (w *walk) pairs(n *yaml.Node, depth int, do func(key string, n *yaml.Node)) {
	if n = w.real(n); n == nil || n.Kind != yaml.MappingNode || depth > maxDepth {
		return
	}
	for i := 0; i+1 < len(n.Content) && w.left > 0; i += 2 {
		if n.Content[i].Value == "<<" {
			w.left--
			w.pairs(n.Content[i+1], depth+1, do)
		}
	}
	for i := 0; i+1 < len(n.Content) && w.left > 0; i += 2 {
		w.left--
		if key := n.Content[i]; key.Kind == yaml.ScalarNode && key.Value != "<<" {
			do(key.Value, n.Content[i+1])
		}
	}
}

// real resolves an alias.
func (w *walk) real(n *yaml.Node) *yaml.Node {
	for i := 0; n != nil && n.Kind == yaml.AliasNode && i < maxDepth; i++ {
		n = n.Alias
	}
	return n
}

func (w *walk) groupOf(name string, n *yaml.Node, depth int) {
	w.group(name)
	if depth > maxDepth {
		w.say(model.Say("config.import.too_deep", "file", w.file+": "+name))
		return
	}
	w.pairs(n, depth, func(key string, n *yaml.Node) {
		switch key {
		case "hosts":
			w.hostsOf(name, n, depth)
		case "children":
			w.names(n, func(child string) { w.child(name, child) })
			w.pairs(n, depth, func(child string, n *yaml.Node) {
				w.child(name, child)
				w.groupOf(child, n, depth+1)
			})
		case "vars":
			w.vars(w.group(name).vars, n, depth)
		}
	})
}

func (w *walk) hostsOf(group string, n *yaml.Node, depth int) {
	w.names(n, func(name string) { w.host(group, name, nil) })
	w.pairs(n, depth, func(pattern string, n *yaml.Node) {
		own := vars{}
		w.vars(own, n, depth+1)
		for _, name := range w.ranges(pattern) {
			w.host(group, name, own)
		}
	})
}

// names calls do for each text of a list.
func (w *walk) names(n *yaml.Node, do func(string)) {
	if n = w.real(n); n == nil || n.Kind != yaml.SequenceNode {
		return
	}
	for _, item := range n.Content {
		if item = w.real(item); item.Kind == yaml.ScalarNode && w.left > 0 {
			w.left--
			do(item.Value)
		}
	}
}

// vars reads texts, lists of texts, and the labels in opsbot_labels.
func (w *walk) vars(into vars, n *yaml.Node, depth int) {
	w.pairs(n, depth, func(key string, n *yaml.Node) {
		switch n = w.real(n); {
		case n == nil || n.Tag == "!vault" || n.Tag == "!!null":
		case n.Kind == yaml.ScalarNode:
			into.set(key, n.Value)
		case n.Kind == yaml.SequenceNode:
			var list []string
			w.names(n, func(text string) { list = append(list, text) })
			into.set(key, strings.Join(list, ";"))
		case key+"." == labelPrefix:
			w.pairs(n, depth+1, func(label string, n *yaml.Node) {
				if n = w.real(n); n != nil && n.Kind == yaml.ScalarNode {
					into.set(labelPrefix+label, n.Value)
				}
			})
		}
	})
}

// meta reads the host variables of ansible-inventory --list.
func (w *walk) meta(n *yaml.Node) {
	w.pairs(n, 1, func(key string, n *yaml.Node) {
		if key == "hostvars" {
			w.pairs(n, 2, func(name string, n *yaml.Node) {
				own := vars{}
				w.vars(own, n, 3)
				w.host("", name, own)
			})
		}
	})
}

// varsFolders reads group_vars and host_vars. What cannot be read is left out and reported: encrypted files are common
// there.
func (a *ansible) varsFolders(folder string) {
	for _, name := range sortedKeys(a.groups) {
		a.varsOf(filepath.Join(folder, "group_vars", name), a.groups[name].vars)
	}
	all := a.group("all") // it may be named only by its file
	a.varsOf(filepath.Join(folder, "group_vars", "all"), all.vars)
	for _, name := range sortedKeys(a.hosts) {
		a.varsOf(filepath.Join(folder, "host_vars", name), a.hosts[name].vars)
	}
}

// varsOf reads PATH, PATH.yml, PATH.yaml, PATH.json, or the files of the folder PATH.
func (a *ansible) varsOf(path string, into vars) {
	if !filepath.IsLocal(filepath.Base(path)) {
		return
	}
	for _, ext := range []string{"", ".yml", ".yaml", ".json"} {
		info, err := os.Stat(path + ext)
		switch {
		case err != nil:
		case info.Mode().IsRegular():
			a.varsFile(path+ext, into)
		case info.IsDir() && ext == "":
			a.varsFolder(path, into)
		}
	}
}

// varsFolder reads the files of a folder, those of folders in it too.
func (a *ansible) varsFolder(path string, into vars) {
	entries, err := os.ReadDir(path)
	if err != nil {
		a.say(model.Say("config.import.left_out", "file", path, "said", plainError(err)))
	}
	for _, e := range entries {
		file := filepath.Join(path, e.Name())
		info, err := os.Stat(file)
		switch ext := filepath.Ext(e.Name()); {
		case strings.HasPrefix(e.Name(), "."):
		case err != nil:
			a.say(model.Say("config.import.left_out", "file", file, "said", plainError(err)))
		case info.IsDir() && e.IsDir(): // no links: they may lead in circles
			a.varsFolder(file, into)
		case info.Mode().IsRegular() && slices.Contains([]string{"", ".yml", ".yaml", ".json"}, ext):
			a.varsFile(file, into)
		case !endsWith(file, ignoredNames):
			a.say(model.Say("config.import.ansible_ignored", "file", file))
		}
	}
}

func (a *ansible) varsFile(file string, into vars) {
	data, err := readFile(file)
	if err != nil {
		a.say(model.Say("config.import.left_out", "file", file, "said", plainError(err)))
		return
	}
	if strings.HasPrefix(string(data), "$ANSIBLE_VAULT") {
		return
	}
	w, roots, err := a.open(file, a.text(file, data))
	if err != nil {
		a.say(model.Say("config.import.ansible_no_yaml", "file", file))
		return
	}
	for _, root := range roots {
		w.vars(into, root, 0)
	}
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		// A name that leads out of the folder is not a file there.
		if key != "" && !strings.ContainsAny(key, "/\\\x00") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
