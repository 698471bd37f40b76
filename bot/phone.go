package bot

import (
	"strconv"
	"strings"
	"unicode"

	"opsbot/model"
	"opsbot/texts"
)

// PhoneText is a notification as a phone gets it: short, without marks and markup, to be read on a lock screen or aloud.
type PhoneText struct {
	Title    string // one line
	Text     string // a few lines
	Say      string // to be read aloud
	Press    string // how to acknowledge by the keys of a phone, to be read aloud
	Incident string // its number; "": none
}

// The limits of what a phone gets, in UTF-16 units: the longest text is two messages in Russian, and is read aloud in 20 seconds.
const (
	maxPhoneTitle = 100
	maxPhoneText  = 130
	maxPhoneLines = 3
)

// Phone renders a notification for a phone.
func (c *Cards) Phone(t model.Notification) PhoneText {
	s := c.renderer(t)
	lines := phoneLines(plain(c.html(t)))
	if len(lines) == 0 {
		return PhoneText{}
	}
	p := PhoneText{
		Title: clipPhone(lines[0], maxPhoneTitle), Press: s.p.T("phone.press"),
		Text: clipPhone(strings.Join(lines[:min(len(lines), maxPhoneLines)], "\n"), maxPhoneText),
	}
	args := texts.Args{"instance": "opsbot", "severity": s.p.T("severity." + t.Severity.String()), "title": aloud(p.Title)}
	if c.Template != nil {
		args["instance"] = aloud(c.Template.Instance().Name)
	}
	id := "phone.say"
	if in := t.Snapshot.Incident; in != nil {
		p.Incident = strconv.FormatInt(int64(in.ID), 10)
		if in.Open() {
			id = "phone.say_open"
		}
	} else if isSeveral(&t) {
		id = "phone.say_open"
	}
	p.Say = s.p.T(id, args)
	return p
}

// clipPhone cuts a text to most UTF-16 units, with an ellipsis of dots.
func clipPhone(text string, most int) string {
	cut := model.ClipLines(text, most-2)
	if most-2 >= size(text) {
		return cut
	}
	return strings.TrimSpace(strings.TrimSuffix(cut, "…")) + "..."
}

// phoneLines are the lines of a text without marks: what a message of a phone cannot hold costs most of its room.
func phoneLines(text string) (lines []string) {
	for line := range strings.Lines(phoneSigns.Replace(text)) {
		line = strings.Join(strings.Fields(strings.Map(phoneRune, line)), " ")
		if line = strings.TrimLeft(line, ",:;. "); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// phoneSigns has letters of the short alphabet of text messages in place of others: one other letter halves what a message holds.
var phoneSigns = strings.NewReplacer(" · ", ", ", "• ", "", "·", " ", "…", "...", "–", "-", "—", "-", "“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "’", "'", "→", "-", "≥", ">=", "≤", "<=", "\u00a0", " ")

// phoneRune drops emoji and what belongs to them, and what a line must not hold.
func phoneRune(r rune) rune {
	if unicode.In(r, unicode.So, unicode.Sk) && r != '^' && r != '`' || r == '\ufe0f' || r == '\u200d' || r == '\u20e3' {
		return -1
	}
	return model.HarmlessRune(r)
}

// aloud is a text as a voice reads it: signs that would be spelled out are pauses.
func aloud(text string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\_#|*<>[]{}()"=@`, r) {
			return ' '
		}
		return r
	}, text)), " ")
}
