package bot

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf16"

	"opsbot/bot/telegram"
	"opsbot/texts"
)

// block is a piece of a message in Telegram's HTML, its tags closed: a message is cut between blocks, never within one.
type block string

// escaped makes a block of plain text.
func escaped(text string) block { return block(html.EscapeString(text)) }

// bold makes a block of plain text in bold.
func bold(text string) block { return "<b>" + escaped(text) + "</b>" }

// marked makes a block of a text with markup, its mark in front.
func marked(l texts.Level, html string) block { return block(l.Mark() + " " + html) }

// blocks are the pieces of a message, the most important first.
type blocks []block

// join puts the pieces together, each on a line of its own; empty ones are left out.
func (bs blocks) join() string {
	parts := make([]string, 0, len(bs))
	for _, b := range bs {
		if b != "" {
			parts = append(parts, string(b))
		}
	}
	return strings.Join(parts, "\n")
}

// spare is kept free of every message for what is added when it is sent: "late", "repeat".
const spare = 200

// fit joins head, as many of rows as fit, and tail. Head and tail always stand: they are the verdict, the counts and
// what to do, and bounded by whoever makes them. more says that n rows were left out. At most most rows are shown.
func fit(head blocks, rows blocks, tail blocks, most int, more func(n int) block) string {
	return frame{room: telegram.MaxText - spare, most: most, more: more}.fit(head, rows, tail)
}

// frame is what a message has room for.
type frame struct {
	room int // UTF-16 units
	most int // rows
	more func(n int) block
}

func (f frame) fit(head, rows, tail blocks) string {
	room := f.room - size(head.join()) - size(tail.join())
	shown := 0
	for _, row := range rows {
		if shown == f.most || room < size(string(row))+64 { // 64: room for the line that says how many are left out
			break
		}
		room -= size(string(row)) + 1
		shown++
	}
	all := append(append(blocks{}, head...), rows[:shown]...)
	if left := len(rows) - shown; left > 0 {
		all = append(all, f.more(left))
	}
	return append(all, tail...).join()
}

// size is a text's length as Telegram counts, in UTF-16 units; tags count too, which errs on the safe side.
func size(s string) int { return len(utf16.Encode([]rune(s))) }

func plain(message string) string { return html.UnescapeString(tag.ReplaceAllString(message, "")) }

var tag = regexp.MustCompile(`<[^>]*>`)
