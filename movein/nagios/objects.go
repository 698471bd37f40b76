package nagios

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"opsbot/model"
	"opsbot/movein/moved"
)

// object is one definition with the values of its templates.
type object struct {
	kind   string
	file   string
	line   int
	values map[string]string
}

func (o *object) at() string { return moved.Line(o.file, o.line) }

// list is a value with commas.
func (o *object) list(key string) []string {
	var all []string
	for text := range strings.SplitSeq(strings.TrimPrefix(o.values[key], "+"), ",") {
		if text = strings.TrimSpace(text); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// The limits of a configuration.
const (
	maxObjects = 50_000
	maxValue   = 16 << 10
	maxUses    = 32 // templates of templates
)

// files reads configurations: main files (cfg_file=…), folders, and files with objects.
type files struct {
	m         *moved.Moved
	objects   []*object
	templates map[string]*object // by kind and name
	resources map[string]string  // $USER1$
	settings  map[string]string  // of main files
	seen      map[string]bool
}

func (f *files) read(paths []string, depth int) error {
	all, err := moved.Files(paths, []string{".cfg"})
	if err != nil {
		return err
	}
	for _, file := range all {
		if f.seen[file] || depth > 8 {
			continue
		}
		f.seen[file] = true
		text, err := moved.ReadFile(file)
		if err != nil {
			return err
		}
		if err := f.text(file, text, depth); err != nil {
			return err
		}
	}
	return nil
}

// text reads the lines of a file. A line that ends in a backslash goes on in the next.
func (f *files) text(file, text string, depth int) error {
	var current *object
	n, whole := 0, ""
	for line := range strings.Lines(text) {
		n++
		line = whole + strings.TrimSpace(line)
		if rest, goesOn := strings.CutSuffix(line, `\`); goesOn && len(line) < maxValue {
			whole = rest
			continue
		}
		whole = ""
		line = uncommented(line)
		kind, isDefinition := definition(line)
		switch {
		case line == "":
		case current == nil && isDefinition:
			current = &object{kind: kind, file: file, line: n, values: map[string]string{}}
			if strings.HasSuffix(line, "}") { // empty, on one line
				f.add(current)
				current = nil
			}
		case current != nil && strings.HasPrefix(line, "}"):
			f.add(current)
			current = nil
		case current != nil:
			key, value, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
			current.values[strings.ToLower(key)] = model.Clip(strings.TrimSpace(value), maxValue)
		default:
			if err := f.setting(file, line, depth); err != nil {
				return err
			}
		}
	}
	if current != nil {
		f.m.Left(current.at(), model.Say("movein.unclosed"))
	}
	return nil
}

// uncommented is a line without its comment; "\;" is a semicolon.
func uncommented(line string) string {
	if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
		return ""
	}
	for i := 1; i < len(line); i++ {
		if line[i] == ';' && line[i-1] != '\\' {
			return strings.TrimSpace(line[:i])
		}
	}
	return strings.ReplaceAll(line, `\;`, ";")
}

// definition is the kind of object that a line begins: `define host {`.
func definition(line string) (string, bool) {
	rest, ok := strings.CutPrefix(line, "define")
	kind, _, open := strings.Cut(strings.TrimSpace(rest), "{")
	return strings.ToLower(strings.TrimSpace(kind)), ok && open
}

// setting follows a line of a main file, or keeps a macro of a resource file.
func (f *files) setting(file, line string, depth int) error {
	key, value, ok := strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok {
		return nil
	}
	path := value
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(file), path)
	}
	switch {
	case strings.HasPrefix(key, "$USER"):
		f.resources[key] = value
	case key == "cfg_file" || key == "cfg_dir":
		if err := f.read([]string{path}, depth+1); err != nil {
			f.m.Left(moved.Line(file, 0), model.Say("movein.unread", "file", value, "said", moved.Plain(err)))
		}
	case key == "resource_file":
		if text, err := moved.ReadFile(path); err == nil { // often readable by Nagios alone
			return f.text(path, text, depth+1)
		}
	default:
		f.settings[key] = value
	}
	return nil
}

func (f *files) add(o *object) {
	if len(f.objects) >= maxObjects {
		return
	}
	f.objects = append(f.objects, o)
	if name := o.values["name"]; name != "" {
		f.templates[o.kind+" "+name] = o
	}
}

// resolve gives each object the values of its templates: what it says itself goes first, then the first template that says it. A value that
// begins with + is added to the template's; null takes it away.
func (f *files) resolve() {
	done := map[*object]map[string]string{}
	for _, o := range f.objects {
		f.inherited(o, done, 0)
	}
	for o, values := range done {
		o.values = values
	}
}

func (f *files) inherited(o *object, done map[*object]map[string]string, depth int) map[string]string {
	if values, ok := done[o]; ok {
		return values
	}
	own := maps.Clone(o.values)
	done[o] = own // templates that use each other
	for _, name := range o.list("use") {
		t := f.templates[o.kind+" "+name]
		if t == nil || depth > maxUses {
			f.m.Differs(o.at(), model.Say("movein.no_template", "name", name))
			continue
		}
		for key, value := range f.inherited(t, done, depth+1) {
			switch mine, has := own[key]; {
			case slices.Contains([]string{"name", "register", "use"}, key):
			case !has:
				own[key] = value
			case strings.HasPrefix(mine, "+") && len(mine)+len(value) < maxValue:
				own[key] = mine + "," + strings.TrimPrefix(value, "+")
			}
		}
	}
	for key, value := range own {
		if value == "null" {
			own[key] = ""
		}
	}
	return own
}
