package bot

import (
	"html"
	"regexp"
	"slices"
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

// message is what a message shows: the verdict and the counts, a list that is cut where it does not fit, and what to do.
type message struct{ head, rows, tail blocks }

// fit joins the head, as many of the rows as fit, at most most, and the tail. Head and tail are never cut: whoever makes them bounds
// them. more says that n rows were left out.
func (m message) fit(most int, more func(n int) block) string {
	return m.fitInto(telegram.MaxText-spare, most, more)
}

// fitInto is fit for room UTF-16 units.
func (m message) fitInto(room, most int, more func(n int) block) string {
	room -= size(m.head.join()) + size(m.tail.join())
	shown := 0
	for _, row := range m.rows {
		if shown == most || room < size(string(row))+64 { // 64: room for the line that says how many are left out
			break
		}
		room -= size(string(row)) + 1
		shown++
	}
	if left := len(m.rows) - shown; left > 0 {
		return slices.Concat(m.head, m.rows[:shown], blocks{more(left)}, m.tail).join()
	}
	return m.all().join()
}

// all are all pieces, cut or not.
func (m message) all() blocks { return slices.Concat(m.head, m.rows, m.tail) }

// size is a text's length as Telegram counts, in UTF-16 units; tags count too, which errs on the safe side.
func size(s string) int { return len(utf16.Encode([]rune(s))) }

func plain(message string) string { return html.UnescapeString(tag.ReplaceAllString(message, "")) }

var tag = regexp.MustCompile(`<[^>]*>`)
