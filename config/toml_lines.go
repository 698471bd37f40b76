package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// BurntSushi/toml returns values without their lines, so a second parser finds the lines. A path is a list of keys, each
// after keySep; the number of an array element comes after indexSep.
const (
	keySep   = "\x00"
	indexSep = "\x01"
)

func indexed(path string, i int) string { return path + indexSep + strconv.Itoa(i) }

// lineIndex is the line of every path of a file.
type lineIndex map[string]int

// at is the line of a path, or of the nearest path around it; 0 if there is none.
func (l lineIndex) at(path string) int {
	for path != "" {
		if line, ok := l[path]; ok {
			return line
		}
		path = path[:strings.LastIndexAny(path, keySep+indexSep)]
	}
	return l[""]
}

// lineScan fills a lineIndex.
type lineScan struct {
	lines  lineIndex
	starts []int          // offsets of the first bytes of lines
	arrays map[string]int // elements so far of each array of tables
}

// findLines indexes a file. Of a file with a syntax error it indexes the part before the error.
func findLines(data []byte) lineIndex {
	s := lineScan{lines: lineIndex{}, arrays: map[string]int{}, starts: []int{0}}
	for at, c := range data {
		if c == '\n' {
			s.starts = append(s.starts, at+1)
		}
	}
	var p unstable.Parser
	p.Reset(data)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table:
			table = s.walk("", e.Key())
		case unstable.ArrayTable:
			table = s.arrayTable(e.Key())
		case unstable.KeyValue:
			s.keyValue(table, e)
		default: // a comment
		}
	}
	return s.lines
}

// walk notes the line of every key of a dotted key, and returns its path.
func (s *lineScan) walk(path string, keys unstable.Iterator) string {
	for keys.Next() {
		path += keySep + string(keys.Node().Data)
		s.note(path, keys.Node())
		if n := s.arrays[path]; n > 0 {
			path = indexed(path, n-1)
		}
	}
	return path
}

func (s *lineScan) arrayTable(keys unstable.Iterator) string {
	path := ""
	for keys.Next() {
		path += keySep + string(keys.Node().Data)
		s.note(path, keys.Node())
		if keys.IsLast() {
			s.arrays[path]++
		}
		if n := s.arrays[path]; n > 0 {
			path = indexed(path, n-1)
			s.note(path, keys.Node())
		}
	}
	return path
}

func (s *lineScan) keyValue(table string, e *unstable.Node) {
	s.value(s.walk(table, e.Key()), e.Value())
}

func (s *lineScan) value(path string, v *unstable.Node) {
	children := v.Children()
	switch v.Kind {
	case unstable.InlineTable:
		for children.Next() {
			s.keyValue(path, children.Node())
		}
	case unstable.Array:
		for i := 0; children.Next(); i++ {
			if children.Node().Kind == unstable.Comment {
				i--
				continue
			}
			s.note(indexed(path, i), children.Node())
			s.value(indexed(path, i), children.Node())
		}
	default:
	}
}

// note keeps the first line of a path.
func (s *lineScan) note(path string, n *unstable.Node) {
	if _, known := s.lines[path]; known || n.Raw.Length == 0 {
		return
	}
	line, exact := slices.BinarySearch(s.starts, int(n.Raw.Offset))
	if exact {
		line++
	}
	s.lines[path] = line
}
