package cli

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// leftOut stands in place of a secret.
const leftOut = "<secret>"

// shortestValue is how long a secret must be to be looked for by its value: shorter ones are in many words, and are left out by their kind alone.
const shortestValue = 4

// shortestHinted is the same for what a name alone says to be a secret: it may be a word such as "none".
const shortestHinted = 8

// replacer replaces the values of secrets, in every form in which they may be written.
func (b *bundle) replacer() *strings.Replacer {
	forms := map[string]bool{}
	for _, secret := range b.secrets {
		for _, part := range append(strings.Split(secret, "\n"), secret) {
			part = strings.TrimSpace(part)
			if len(part) < shortestValue {
				continue
			}
			for _, form := range formsOf(part) {
				forms[form] = true
			}
		}
	}
	var sorted []string
	for form := range forms {
		sorted = append(sorted, form)
	}
	slices.SortFunc(sorted, func(a, b string) int { return len(b) - len(a) }) // the longest wins, where one is part of another
	var pairs []string
	for _, form := range sorted {
		pairs = append(pairs, form, leftOut)
	}
	return strings.NewReplacer(pairs...)
}

// formsOf are the ways in which a text is written in logs, addresses and JSON, and in JSON within JSON.
func formsOf(secret string) []string {
	forms := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), hex.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)),
	}
	for _, html := range []bool{true, false} {
		once := inJSON(secret, html)
		forms = append(forms, once, inJSON(once, true))
	}
	return forms
}

// inJSON is a text as JSON writes it between quotes, with the characters of HTML escaped or not.
func inJSON(text string, html bool) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(html)
	_ = enc.Encode(text) // a text always encodes
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(out.String(), "\n"), `"`), `"`)
}

// hint is a name whose value is a secret, whatever its type: of a label, a variable, or a flag of a program.
var hint = regexp.MustCompile(`(?i)pass|secret|token|credential|private|community|api.?key|auth|^-+p$|^-C$|^-a$`)

// fileHint is a name whose value is only where a secret is.
var fileHint = regexp.MustCompile(`(?i)file$`)

// withoutHints replaces in a tree what a name says to be a secret, whose value is looked for in the other files too, and what the rules of logs
// take for one.
func (b *bundle) withoutHints(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, is := range v {
			v[key] = b.hinted(hint.MatchString(key) && !fileHint.MatchString(key), is)
		}
		return v
	case []any:
		for i := len(v) - 1; i >= 0; i-- {
			flag := ""
			if i > 0 {
				flag, _ = v[i-1].(string)
			}
			v[i] = b.hinted(strings.HasPrefix(flag, "-") && hint.MatchString(flag), v[i])
		}
		return v
	case string:
		return redactLines(v)
	default:
		return v
	}
}

// hinted is a value behind a name that says to be a secret, or not.
func (b *bundle) hinted(is bool, v any) any {
	text, ok := v.(string)
	if !is || !ok || text == "" {
		return b.withoutHints(v)
	}
	if len(text) >= shortestHinted {
		b.secrets = append(b.secrets, text)
	}
	return leftOut
}

// redactLines applies the rules of logs to each line.
func redactLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = redact(lines[i])
	}
	return strings.Join(lines, "\n")
}
