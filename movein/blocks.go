package movein

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/pelletier/go-toml/v2/unstable"
)

// A file is a head and blocks; each block is a table with the comments above it. A block whose last comment line is a mark is of an import.
type file struct {
	head   string
	blocks []*block
}

// block is one table of a file.
type block struct {
	text string // as it is written, with the comments right above it
	as   string // the import that owns it; "" for a person's
	id   string // in the source

	section string
	own     string          // what the import wrote: the mark, the header, the keys up to the first empty line
	rest    string          // what a person added below
	keys    map[string]bool // of rest
	values  map[string]any  // of the whole table
}

// markOf is the line above a table of an import.
func markOf(as, id string) string { return "# import " + as + ": " + markID(id) }

// markID is an id on one line.
func markID(id string) string { return strings.Join(strings.Fields(strings.ToValidUTF8(id, "")), " ") }

// readMark reads the line of a mark; ok is false for any other comment.
func readMark(line string) (as, id string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), "# import ")
	if !ok {
		return "", "", false
	}
	as, id, ok = strings.Cut(rest, ": ")
	return as, strings.TrimSpace(id), ok && as != "" && !strings.ContainsAny(as, " \t")
}

// readBlocks splits a TOML text into its tables. The text is valid TOML, or the error says what is wrong with it.
func readBlocks(text string) (*file, error) {
	var check map[string]any
	if _, err := toml.Decode(text, &check); err != nil {
		return nil, err
	}
	starts, err := headerLines([]byte(text))
	if err != nil {
		return nil, err
	}
	f := &file{}
	end := len(text)
	for i := len(starts) - 1; i >= 0; i-- {
		at := withComments(text, starts[i])
		b := &block{text: text[at:end]}
		b.parse(text[at:starts[i]], text[starts[i]:end])
		f.blocks = append(f.blocks, b)
		end = at
	}
	slices.Reverse(f.blocks)
	f.head = text[:end]
	return f, nil
}

// headerLines are the offsets of the lines with the headers of tables. A table within the one before it, [checks.labels], belongs to that.
func headerLines(data []byte) ([]int, error) {
	var p unstable.Parser
	p.Reset(data)
	var starts []int
	last := ""
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.Table && e.Kind != unstable.ArrayTable {
			continue
		}
		keys := e.Key()
		keys.Next() // a header has a key
		first, at, inner := string(keys.Node().Data), int(keys.Node().Raw.Offset), !keys.IsLast()
		if inner && first == last {
			continue
		}
		last = first
		if inner {
			last = ""
		}
		starts = append(starts, bytes.LastIndexByte(data[:at], '\n')+1)
	}
	return starts, p.Error()
}

// withComments is where the comment lines right above a line begin.
func withComments(text string, at int) int {
	for at > 0 {
		begin := strings.LastIndexByte(text[:at-1], '\n') + 1
		if !strings.HasPrefix(strings.TrimSpace(text[begin:at]), "#") {
			break
		}
		at = begin
	}
	return at
}

// parse finds the mark, and separates what is the import's.
func (b *block) parse(comments, table string) {
	header, _, _ := strings.Cut(table, "\n")
	header, _, _ = strings.Cut(header, "]")
	b.section = strings.Trim(strings.TrimSpace(header), "[ ")
	b.values = valuesOf(table)
	lines := strings.Split(strings.TrimRight(comments, "\r\n"), "\n")
	as, id, ok := readMark(lines[len(lines)-1])
	if !ok {
		return
	}
	b.as, b.id = as, id
	at := emptyLine(table)
	b.own, b.rest = lines[len(lines)-1]+"\n"+strings.TrimRight(table[:at], "\r\n")+"\n", table[at:]
	b.keys = personKeys(b.section, b.rest)
}

// personKeys are the keys that a text sets in a table, those of tables within it too. A secret and its file exclude each other: who sets one
// replaces both.
func personKeys(section, text string) map[string]bool {
	keys := map[string]bool{}
	var mine map[string]any
	_, _ = toml.Decode(text, &mine) // valid: it is part of a valid text
	inner, _ := mine[section].(map[string]any)
	for _, all := range []map[string]any{mine, inner} {
		for key := range all {
			keys[key] = true
			if bare, isFile := strings.CutSuffix(key, "_file"); isFile {
				keys[bare] = true
			} else {
				keys[key+"_file"] = true
			}
		}
	}
	return keys
}

// valuesOf are the keys of the first table of a text.
func valuesOf(table string) map[string]any {
	_, keys, _ := strings.Cut(table, "\n")
	var values map[string]any
	_, _ = toml.Decode(keys, &values) // valid: it is part of a valid text
	return values
}

// emptyLine is where the first empty line of a table begins; its length if there is none.
func emptyLine(table string) int {
	at := 0
	for line := range strings.Lines(table) {
		if strings.TrimSpace(line) == "" {
			return at
		}
		at += len(line)
	}
	return len(table)
}

// said is a value for people.
func said(value any) string {
	if value == nil {
		return ""
	}
	switch v := value.(type) {
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = said(item)
		}
		return strings.Join(items, ", ")
	default:
		return fmt.Sprint(v)
	}
}
