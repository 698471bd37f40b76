package gateway

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"opsbot/model"
)

const (
	leastSecret = 4  // characters of a secret that is looked for: shorter ones are in many texts
	longWord    = 12 // characters of a word in the configured request that is most likely a key
	hidden      = "…"
)

// secrets are what an answer may repeat and nobody must read: what is declared as secret, how the person is reached, links that acknowledge, and
// long words of the address, its query and the headers.
func (g *Gateway) secrets(f *model.FilledRequest, v *model.GatewayFields) []string {
	all := []string{v.To, v.Phone, digitsOf(v.To), digitsOf(v.Phone), v.AckURL, v.Secret}
	for _, s := range g.o.Hidden {
		all = append(all, s.Reveal())
	}
	sent := []string{f.URL}
	if u, err := url.Parse(f.URL); err == nil {
		sent = append(sent, u.Path, u.User.String())
		for _, values := range u.Query() {
			sent = append(sent, values...)
		}
	}
	for name, value := range f.Headers {
		if name != "Content-Type" {
			sent = append(sent, value)
		}
	}
	for _, text := range sent {
		all = append(all, longWords(text)...)
	}
	all = slices.DeleteFunc(all, func(s string) bool { return len(s) < leastSecret })
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) }) // of two, one of which contains the other, all of it
	return slices.Compact(all)
}

// longWords are the words of a text that are most likely keys: long, with a digit or in both cases.
func longWords(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' })
	return slices.DeleteFunc(words, func(w string) bool { return len(w) < longWord || !strings.ContainsFunc(w, unicode.IsDigit) })
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// hide is a text without the secrets.
func hide(text string, secrets []string) string {
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, hidden)
	}
	return text
}
