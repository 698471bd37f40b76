package telegram

import (
	"errors"
	"html"
	"strings"

	"opsbot/model"
)

// Units is the length of a text in HTML as Telegram counts it against MaxText and MaxCaption: UTF-16 units of what is
// read, without tags.
func Units(text string) int {
	n := 0
	for _, r := range plainText(text) {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// plainText takes the tags out and reads the entities. A "<" that opens no tag is text.
func plainText(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "<")
		b.WriteString(before)
		if !found {
			return html.UnescapeString(b.String())
		}
		end := strings.IndexByte(rest, '>')
		if end < 0 || !opensTag(rest) {
			b.WriteByte('<')
			text = rest
			continue
		}
		text = rest[end+1:]
	}
}

func opensTag(s string) bool {
	s = strings.TrimPrefix(s, "/")
	return s != "" && ('a' <= s[0] && s[0] <= 'z' || 'A' <= s[0] && s[0] <= 'Z')
}

// check refuses what Telegram would refuse, before it costs a message. what is "text" or "caption".
func (o Outgoing) check(what string, limit int) error {
	switch {
	case len(o.HTML) > MaxRaw:
		return tooLong("raw text", len(o.HTML), MaxRaw)
	case Units(o.HTML) > limit:
		return tooLong(what, Units(o.HTML), limit)
	case what == "text" && strings.TrimSpace(plainText(o.HTML)) == "":
		return &model.SendError{Failure: model.SendBad, Err: errors.New("the text is empty")}
	}
	for _, row := range o.Buttons {
		for _, b := range row {
			switch {
			case len(b.Data) > MaxData:
				return tooLong("button data", len(b.Data), MaxData)
			case b.Text == "" || (b.Data == "" && b.URL == ""):
				return &model.SendError{Failure: model.SendBad, Err: errors.New("a button needs a text, and data or a url")}
			}
		}
	}
	return nil
}

func tooLong(what string, size, limit int) error {
	return &model.SendError{Failure: model.SendBad, Err: &TooLongError{What: what, Size: size, Limit: limit}}
}

// plain is the message without markup, after Telegram refused it for the given reason. Buttons stay when the markup
// was to blame, and go when they may be.
func (o Outgoing) plain(why error) Outgoing {
	if o.Plain == "" {
		o.Plain = plainText(o.HTML)
	}
	if api, ok := errors.AsType[*apiError](why); !ok || !strings.Contains(api.Description, "parse entities") {
		o.Buttons = nil
	}
	o.HTML = ""
	return o
}
