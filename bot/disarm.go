package bot

import (
	"context"
	"crypto/rand"
	"math/big"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"opsbot/bot/telegram"
	"opsbot/model"
)

// Telegram makes mentions and links of plain words: "@name" makes a person's phone ring, "t.me/…" opens a chat. What sources, pages and
// strangers call themselves or say must not do that. So nothing does, unless it is marked as written by whoever runs the bot.

// joiner keeps Telegram from reading two letters as parts of one word. It has no width.
const joiner = "\u2060"

// trust marks what may mention and link. Nobody else can write it: it is drawn anew each time the program starts.
var trust = newTrust()

func newTrust() string {
	const first, count = 0xE000, 0x1900 // private use: no text has them
	var b strings.Builder
	for range 5 {
		n, _ := rand.Int(rand.Reader, big.NewInt(count)) // crypto/rand.Read never errs
		b.WriteRune(first + rune(n.Int64()))
	}
	return b.String()
}

// linked are the beginnings of Telegram's own links, at the place where they are broken.
var linked = regexp.MustCompile(`(?i)\b(t|telegram|telesco)(\.)(me|dog|pe)\b|\b(tg)(:)(//)`)

// trusted marks a text of the configuration: contacts, templates, links of ours.
func trusted(text string) string {
	text = linked.ReplaceAllString(text, "${1}${4}"+trust+"${2}${3}${5}${6}")
	return strings.ReplaceAll(text, "@", trust+"@")
}

// code is what Telegram shows as it is: it makes neither mentions nor links of it, and people copy it.
var code = regexp.MustCompile(`(?s)<(code|pre)>.*?</(code|pre)>`)

// disarm is a message without mentions and links of Telegram's, but for trusted ones.
func disarm(html string) string {
	var b strings.Builder
	from := 0
	for _, at := range code.FindAllStringIndex(html, -1) {
		b.WriteString(disarmWords(html[from:at[0]]))
		b.WriteString(html[at[0]:at[1]])
		from = at[1]
	}
	b.WriteString(disarmWords(html[from:]))
	return untrusted(b.String())
}

func disarmWords(html string) string {
	if strings.Contains(html, "@") {
		html = disarmMentions(html)
	}
	return linked.ReplaceAllString(html, "${1}${4}"+joiner+"${2}${3}${5}${6}")
}

// untrusted takes the marks away.
func untrusted(text string) string { return strings.ReplaceAll(text, trust, "") }

// disarmMentions breaks each "@name" that begins a word: in an address of mail it does not.
func disarmMentions(html string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(html, '@')
		if at < 0 {
			b.WriteString(html)
			return b.String()
		}
		before, after := html[:at], html[at+1:]
		b.WriteString(before + "@")
		last, _ := utf8.DecodeLastRuneInString(before)
		next, _ := utf8.DecodeRuneInString(after)
		if isWord(next) && !isWord(last) && !strings.HasSuffix(before, trust) {
			b.WriteString(joiner)
		}
		html = after
	}
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// harmless is a Sender of messages that mention nobody by themselves.
type harmless struct{ Sender }

// Send implements Sender.
func (h harmless) Send(ctx context.Context, o telegram.Outgoing) (model.Receipt, error) {
	return h.Sender.Send(ctx, disarmed(o))
}

// Edit implements Sender.
func (h harmless) Edit(ctx context.Context, message int, o telegram.Outgoing) error {
	return h.Sender.Edit(ctx, message, disarmed(o))
}

// SendDocument implements Sender.
func (h harmless) SendDocument(ctx context.Context, o telegram.Outgoing, f telegram.File) (model.Receipt, error) {
	return h.Sender.SendDocument(ctx, disarmed(o), f)
}

// SendPhoto implements Sender.
func (h harmless) SendPhoto(ctx context.Context, o telegram.Outgoing, f telegram.File) (model.Receipt, error) {
	return h.Sender.SendPhoto(ctx, disarmed(o), f)
}

func disarmed(o telegram.Outgoing) telegram.Outgoing {
	o.HTML, o.Plain = disarm(o.HTML), disarm(o.Plain)
	return o
}
