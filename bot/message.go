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

// block is a piece of a message in Telegram's HTML with its tags closed. Messages are cut between blocks only.
type block string

// escaped creates a block of plain text.
func escaped(text string) block { return block(html.EscapeString(text)) }

// bold creates a block of plain text in bold.
func bold(text string) block { return "<b>" + escaped(text) + "</b>" }

// marked creates a block of a text with markup, with a mark in front.
func marked(l texts.Level, html string) block { return block(l.Mark() + " " + html) }

// blocks are the pieces of a message, the most important first.
type blocks []block

// join joins the pieces that are not empty, one per line.
func (bs blocks) join() string {
	parts := make([]string, 0, len(bs))
	for _, b := range bs {
		if b != "" {
			parts = append(parts, string(b))
		}
	}
	return strings.Join(parts, "\n")
}

// spare is kept free for what is added when a message is sent: "late", "repeat".
const spare = 200

// message is the content of a message: verdict and counts, a list that is cut to fit, and what to do.
type message struct {
	head, rows, tail blocks
	links            []action            // where the rows lead: none, or one for each row; one without a label leads nowhere
	urls             [][]telegram.Button // further buttons, which are links
}

// fit joins the head, as many rows as fit, at most most and one in place of "+1 more", and the tail. Head and tail are never cut, so
// they must be short. more renders the line that n rows were left out.
func (m message) fit(most int, more func(n int) block) string {
	return m.fitInto(telegram.MaxText-spare, most, more)
}

// fitInto is fit with a limit of room UTF-16 units.
func (m message) fitInto(room, most int, more func(n int) block) string {
	room -= size(m.head.join()) + size(m.tail.join())
	shown, most := 0, texts.AtMost(len(m.rows), most)
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

// all returns all pieces, uncut.
func (m message) all() blocks { return slices.Concat(m.head, m.rows, m.tail) }

// plain is all of it without markup.
func (m message) plain() string { return plain(m.all().join()) }

// size is the length of a text as Telegram counts, in UTF-16 units, tags included.
func size(s string) int { return len(utf16.Encode([]rune(s))) }

func plain(message string) string {
	return untrusted(html.UnescapeString(tag.ReplaceAllString(message, "")))
}

var tag = regexp.MustCompile(`<[^>]*>`)
