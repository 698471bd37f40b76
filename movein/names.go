package movein

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"opsbot/model"
	"opsbot/movein/moved"
)

// maxName is the longest name that the configuration takes, in letters.
const maxName = 64

// validName makes a name of the configuration of one of the source.
func validName(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToValidUTF8(name, "") {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`,/@="{}\`, r) {
			gap = true
			continue
		}
		if gap && b.Len() > 0 && r != '-' {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
	}
	clean := strings.TrimLeft(b.String(), "-")
	clean = clipName(clean, maxName)
	switch {
	case clean == "":
		return "unnamed"
	case model.CheckName(clean) != nil:
		return clipName("check-"+clean, maxName)
	default:
		return clean
	}
}

func clipName(name string, most int) string {
	if letters := []rune(name); len(letters) > most {
		return strings.TrimRight(string(letters[:most]), "-")
	}
	return name
}

// namer gives each table a name that no other has, regardless of case. A table keeps the name that it has in the file, if that is still
// the source's name for it or that name with a number.
type namer struct {
	taken map[string]bool // in lower case, with its section
	next  map[string]int  // the number to try next behind a name
}

func (n *namer) key(section, name string) string { return section + " " + strings.ToLower(name) }

func (n *namer) take(section, name string) bool {
	key := n.key(section, name)
	if n.taken[key] {
		return false
	}
	n.taken[key] = true
	return true
}

// name is the name of a table; had is the one that it has in the file, "" for a new one.
func (n *namer) name(t *moved.Table, had string) string {
	wanted := validName(t.Name)
	if had != "" && numbered(had, wanted) && n.take(t.Section, had) {
		return had
	}
	if n.take(t.Section, wanted) {
		return wanted
	}
	key := n.key(t.Section, wanted)
	for i := max(2, n.next[key]); ; i++ {
		end := fmt.Sprintf("-%d", i)
		if name := clipName(wanted, maxName-len(end)) + end; n.take(t.Section, name) {
			n.next[key] = i + 1
			return name
		}
	}
}

// numbered reports whether a name is the wanted one, or that with a number behind it.
func numbered(name, wanted string) bool {
	if name == wanted {
		return true
	}
	at := strings.LastIndexByte(name, '-')
	if at < 0 {
		return false
	}
	i, err := strconv.Atoi(name[at+1:])
	return err == nil && i >= 2 && name[:at] == clipName(wanted, maxName-len(name[at:]))
}
