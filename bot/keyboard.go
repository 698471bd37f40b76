package bot

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"opsbot/model"
)

// keyboard are the buttons under a message, in rows.
type keyboard [][]action

// labelRoom is how wide the label of a button may be, in columns, by how many buttons are in its row: a phone of 360 px shows so much of it
// before it cuts it. TestBrowserShowsLabelsWhole holds it against a browser.
var labelRoom = [...]int{1: 34, 2: 15, 3: 9, 4: 6}

// LabelRoom is how wide the label of a button may be, one of so many in its row.
func LabelRoom(inRow int) int { return labelRoom[inRow] }

// columns is how wide a label is: an emoji and a wide letter take two.
func columns(label string) (n int) {
	for _, r := range label {
		switch {
		case r == '\u200d', r == '\ufe0f', unicode.Is(unicode.Mn, r):
		case r >= 0x1100 && !unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Punct, unicode.Sm), strings.ContainsRune("ЖШЩЮжшщюWM", r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// arrange puts buttons into rows of at most so many, and of fewer where their labels are long: no label is cut by a phone.
func arrange(most int, actions []action) keyboard {
	var rows keyboard
	for _, a := range actions {
		last := len(rows) - 1
		if last >= 0 && fitsBeside(rows[last], a, most) {
			rows[last] = append(rows[last], a)
			continue
		}
		rows = append(rows, []action{a})
	}
	return rows
}

// fitsBeside reports whether a row has room for one more button.
func fitsBeside(row []action, a action, most int) bool {
	n := len(row) + 1
	if n > most || n >= len(labelRoom) {
		return false
	}
	return !slices.ContainsFunc(append(slices.Clone(row), a), func(b action) bool { return columns(b.label) > labelRoom[n] })
}

// shortNames are names as labels with that much room: what all of them begin or end with goes first, then the middle. Those that would be the
// same then get a number in front, so that no button is taken for another one.
func shortNames(names []string, room int) []string {
	short := cutNames(names, room)
	seen := map[string]int{}
	for i := range short {
		seen[short[i]]++
	}
	for i := range short {
		if seen[short[i]] > 1 {
			number := strconv.Itoa(i+1) + " "
			short[i] = number + withoutMiddle(names[i], room-len(number))
		}
	}
	return short
}

// cutNames are shortNames of things that have a number in their label anyway.
func cutNames(names []string, room int) []string {
	if len(names) == 0 {
		return nil
	}
	short := slices.Clone(names)
	if tooWide(short, room) {
		short = withoutEnd(short)
	}
	if tooWide(short, room) {
		short = withoutStart(short)
	}
	for i := range short {
		short[i] = withoutMiddle(short[i], room)
	}
	return short
}

func tooWide(names []string, room int) bool {
	return slices.ContainsFunc(names, func(name string) bool { return columns(name) > room })
}

// withoutEnd cuts a domain that all names share.
func withoutEnd(names []string) []string {
	end := names[0]
	for _, name := range names {
		for !strings.HasSuffix(name, end) {
			_, after, more := strings.Cut(end[1:], ".")
			if !more {
				return names
			}
			end = "." + after
		}
	}
	if len(names) < 2 || !strings.HasPrefix(end, ".") {
		return names
	}
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strings.TrimSuffix(name, end)
	}
	return out
}

// withoutStart cuts what all names begin with, up to a separator.
func withoutStart(names []string) []string {
	start := names[0]
	for _, name := range names {
		for !strings.HasPrefix(name, start) || start == name {
			cut := strings.LastIndexAny(strings.TrimRight(start, "-._/ "), "-._/ ")
			if cut < 0 {
				return names
			}
			start = start[:cut+1]
		}
	}
	if len(names) < 2 {
		return names
	}
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = "…" + strings.TrimPrefix(name, start)
	}
	return out
}

// withoutMiddle keeps both ends of a name that is too wide: hosts of one kind differ at one of them.
func withoutMiddle(name string, room int) string {
	all := []rune(strings.Map(model.HarmlessRune, name))
	for cut := 0; columns(string(all)) > room && len(all) > 3; cut++ {
		middle := len(all)/2 - 1
		if cut == 0 {
			all = slices.Concat(all[:middle], []rune("…"), all[middle+1:])
			continue
		}
		at := slices.Index(all, '…')
		if at > len(all)-at-1 {
			all = slices.Delete(all, at-1, at)
		} else {
			all = slices.Delete(all, at+1, at+2)
		}
	}
	return string(all)
}
