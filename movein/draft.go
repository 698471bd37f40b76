package movein

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"

	"opsbot/model"
	"opsbot/movein/moved"
)

// Import is a configuration of another monitor to merge into a file of conf.d.
type Import struct {
	As      string // the name of the import, in the marks of its tables
	Found   *moved.Moved
	Secrets string   // folder of the files with secrets, as the configuration names it
	Taken   []string // names of checks in other files
	Windows []string // names of maintenance windows in other files
	Listens bool     // jobs can call this opsbot: without it checks of kind heartbeat are left out
	Without map[string]model.Sentence
}

// Edit is a change of one table.
type Edit struct {
	Name    string
	Changes []Change // of a changed one
}

// Change is one value of a table; a secret is not shown.
type Change struct{ Key, From, To string }

// Draft is the file after an import, before it is written.
type Draft struct {
	Text                    []byte
	Added, Changed, Removed []Edit
	Kept                    int // unchanged tables of the import
	Others                  int // tables of others
	Notes                   []moved.Note
	Secrets                 []SecretFile
	Before, After           int // tables of the import

	tables []placed // for Line
}

// SecretFile is the content of a file with a secret.
type SecretFile struct {
	Path  string // as the configuration names it
	Value moved.Secret
	Fresh bool // a new one is made, unless the file is there
}

// placed is a table of the import with its lines in the text.
type placed struct {
	table    *moved.Table
	from, to int
}

// At is the table of the import in a line of the text; nil if the line is somebody else's.
func (d *Draft) At(line int) *moved.Table {
	for _, p := range d.tables {
		if line >= p.from && line < p.to {
			return p.table
		}
	}
	return nil
}

// manyGone is the share, in percent, above which a removal needs confirmation: a source that is empty by mistake can be read too.
const manyGone = 10

// Drastic reports whether more than a tenth of the tables would disappear.
func (d *Draft) Drastic() bool { return len(d.Removed)*100 > d.Before*manyGone }

// Draw merges an import into the text of a file. Tables of the import are added, updated and removed; what a person has added below the
// first empty line of one stays, and so do all other tables. It is a pure function. The error says that the file is not valid TOML.
func (im Import) Draw(old []byte) (*Draft, error) {
	f, err := readBlocks(string(old))
	if err != nil {
		return nil, err
	}
	w := &writer{Import: im, file: f, draft: &Draft{Notes: slices.Clone(im.Found.Notes)}, had: map[string]*block{}, names: namer{taken: map[string]bool{}, next: map[string]int{}}}
	w.register()
	w.name(w.wanted())
	w.render()
	return w.draft, nil
}

// writer merges one import.
type writer struct {
	Import
	file   *file
	draft  *Draft
	had    map[string]*block // of this import, by section and id
	names  namer
	tables []*named
	byID   map[string]string // names of checks by id
	files  map[string]bool   // of secrets
}

// named is a table with its name here.
type named struct {
	*moved.Table
	name string
}

func tableKey(section, id string) string { return section + " " + markID(id) }

// register notes the names of others, and the tables of the import.
func (w *writer) register() {
	for _, name := range w.Taken {
		w.names.take("checks", name)
	}
	for _, name := range w.Windows {
		w.names.take("maintenance", name)
	}
	for _, b := range w.file.blocks {
		if b.as != w.As {
			w.draft.Others++
			if name, ok := b.values["name"].(string); ok {
				w.names.take(b.section, name)
			}
			continue
		}
		w.draft.Before++
		if key := tableKey(b.section, b.id); w.had[key] == nil {
			w.had[key] = b
		}
	}
}

// afterComments is the text of a block from its header on.
func afterComments(text string) string {
	for strings.HasPrefix(strings.TrimSpace(text), "#") {
		_, rest, more := strings.Cut(text, "\n")
		if !more {
			return ""
		}
		text = rest
	}
	return text
}

// wanted are the tables that can be written.
func (w *writer) wanted() []*moved.Table {
	var all []*moved.Table
	for _, t := range w.Found.Tables {
		key := tableKey(t.Section, t.ID)
		switch why, without := w.Without[key]; {
		case without:
			w.draft.Notes = append(w.draft.Notes, moved.Note{At: t.At, What: model.Say("movein.refused", "what", why), Left: true})
		case t.Get("kind") == "heartbeat" && !w.Listens:
			w.draft.Notes = append(w.draft.Notes, moved.Note{At: t.At, What: model.Say("movein.no_listener"), Left: true})
		default:
			all = append(all, t)
		}
	}
	return slices.DeleteFunc(all, func(t *moved.Table) bool { return w.refersToNone(t, all) })
}

// refersToNone reports, and notes, that a table names other tables of which none is written: without them it would be about everything.
func (w *writer) refersToNone(t *moved.Table, all []*moved.Table) bool {
	for _, k := range t.Keys {
		refs, ok := k.Value.(moved.Refs)
		if ok && !slices.ContainsFunc(all, func(o *moved.Table) bool { return o.Section == "checks" && slices.Contains(refs, o.ID) }) {
			w.draft.Notes = append(w.draft.Notes, moved.Note{At: t.At, What: model.Say("movein.no_checks"), Left: true})
			return true
		}
	}
	return false
}

// name names all tables: first those that are in the file already, which keep their names.
func (w *writer) name(all []*moved.Table) {
	w.byID, w.files = map[string]string{}, map[string]bool{}
	names := map[*moved.Table]string{}
	for _, there := range []bool{true, false} {
		for _, t := range all {
			b := w.had[tableKey(t.Section, t.ID)]
			if (b != nil) != there {
				continue
			}
			had := ""
			if b != nil {
				had, _ = b.values["name"].(string)
			}
			if b != nil && b.keys["name"] { // a person's name for it
				w.names.take(t.Section, had)
				names[t] = had
				continue
			}
			names[t] = w.names.name(t, had)
		}
	}
	for _, t := range all {
		w.tables = append(w.tables, &named{t, names[t]})
		if t.Section == "checks" {
			w.byID[markID(t.ID)] = names[t]
		}
	}
}

// header is the beginning of a new file.
const header = `# Written by "opsbot import". A table below a line "# import …" is brought up to date by the next import, up to its first empty line.
# What you add below that empty line stays, and replaces the same key above it. Tables without such a line are yours.

`

// render writes the text: the tables that were there at their places, the new ones at the end.
func (w *writer) render() {
	wanted := map[string]*named{}
	for _, t := range w.tables {
		wanted[tableKey(t.Section, t.ID)] = t
	}
	out := &text{}
	out.add(w.file.head)
	for _, b := range w.file.blocks {
		key := tableKey(b.section, b.id)
		switch t := wanted[key]; {
		case b.as != w.As:
			out.add(b.text)
		case t == nil || w.had[key] != b: // gone, or copied by hand with its mark
			name, _ := b.values["name"].(string)
			w.draft.Removed = append(w.draft.Removed, Edit{Name: name})
			out.add(b.foreignComments())
		default:
			w.update(out, b, t)
			delete(wanted, key)
		}
	}
	if strings.TrimSpace(out.String()) == "" {
		out = &text{}
		if len(wanted) > 0 {
			out.add(header)
		}
	}
	for _, t := range w.tables {
		if wanted[tableKey(t.Section, t.ID)] == t {
			out.gap()
			w.place(out, t, w.own(t, nil))
			w.draft.Added = append(w.draft.Added, Edit{Name: t.name})
		}
	}
	w.draft.Text, w.draft.After = []byte(out.String()), len(w.tables)
}

// foreignComments are the comments above the mark, which somebody else wrote.
func (b *block) foreignComments() string {
	at := strings.Index(b.text, "# import "+b.as+": ")
	at = strings.LastIndexByte(b.text[:at], '\n') + 1
	return b.text[:at]
}

// update writes a table that was there.
func (w *writer) update(out *text, b *block, t *named) {
	own := w.own(t, b.keys)
	out.add(b.foreignComments())
	w.place(out, t, own)
	out.add(b.rest)
	if own == b.own {
		w.draft.Kept++
		return
	}
	w.draft.Changed = append(w.draft.Changed, Edit{Name: t.name, Changes: changed(valuesOf(afterComments(b.own)), valuesOf(afterComments(own)))})
}

func (w *writer) place(out *text, t *named, own string) {
	from := out.line()
	out.add(own)
	w.draft.tables = append(w.draft.tables, placed{t.Table, from, out.line()})
}

// changed compares the values of a table.
func changed(from, to map[string]any) []Change {
	keys := maps.Clone(from)
	if keys == nil {
		keys = map[string]any{}
	}
	maps.Copy(keys, to)
	var all []Change
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if a, b := said(from[key]), said(to[key]); a != b {
			all = append(all, Change{key, a, b})
		}
	}
	return all
}

// own is what the import writes of a table: without the keys that a person has set.
func (w *writer) own(t *named, person map[string]bool) string {
	keys := append([]moved.Key{{Name: "name", Value: t.name}}, t.Keys...)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n[[%s]]\n", markOf(w.As, t.ID), t.Section)
	for _, k := range keys {
		if person[k.Name] {
			continue
		}
		if value := w.resolved(t, k); value != nil {
			fmt.Fprintf(&b, "%s = %s\n", k.Name, literal(value))
		}
	}
	return b.String()
}

// resolved is a value with the paths of secrets and the names of other tables; nil if nothing is left of it.
func (w *writer) resolved(t *named, k moved.Key) any {
	switch v := k.Value.(type) {
	case moved.Secret:
		file := path.Join(w.Secrets, w.secretName(t, k.Name))
		w.draft.Secrets = append(w.draft.Secrets, SecretFile{Path: file, Value: v})
		return file
	case moved.Fresh:
		file := path.Join(w.Secrets, w.secretName(t, k.Name))
		w.draft.Secrets = append(w.draft.Secrets, SecretFile{Path: file, Fresh: true})
		return file
	case moved.Refs:
		var names []string
		for _, id := range v {
			if name, ok := w.byID[markID(id)]; ok {
				names = append(names, name)
			}
		}
		if len(names) == 0 {
			return nil
		}
		return names
	default:
		return v
	}
}

// secretName is a file for a secret: the name of the table, or its id where the name has other letters, and the key.
func (w *writer) secretName(t *named, key string) string {
	plain := plainLetters(t.name)
	if strings.ContainsFunc(t.name, func(r rune) bool { return r > unicode.MaxASCII }) {
		plain = plainLetters(t.ID)
	}
	base := clipName(strings.TrimLeft(plain, "."), maxName) + "-" + strings.TrimSuffix(key, "_file")
	name := base
	for i := 2; w.files[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	w.files[strings.ToLower(name)] = true
	return name
}

func plainLetters(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, text)
}

// text is a text that counts its lines.
type text struct {
	strings.Builder
	lines int
	end   string // the last two bytes
}

func (t *text) add(part string) {
	t.WriteString(part)
	t.lines += strings.Count(part, "\n")
	t.end += part[max(0, len(part)-2):]
	t.end = t.end[max(0, len(t.end)-2):]
}

// line is the number of the line that is written next, from 1.
func (t *text) line() int { return t.lines + 1 }

// gap ends the text with an empty line.
func (t *text) gap() {
	switch {
	case t.end == "" || t.end == "\n\n":
	case strings.HasSuffix(t.end, "\n"):
		t.add("\n")
	default:
		t.add("\n\n")
	}
}

// Key names a table in Without.
func Key(t *moved.Table) string { return tableKey(t.Section, t.ID) }
