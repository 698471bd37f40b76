package web

import (
	"bytes"
	"context"
	"encoding/xml"
	"html/template"
	"io"
	"net/http"
	"strings"

	"opsbot/model"
	"opsbot/ops"
)

// AckPrefix begins the paths of links that acknowledge: AckPrefix and a token, or AckNone.
const (
	AckPrefix = "/ack/"
	AckNone   = "none" // in place of a token: the link of a message that is about no open incident
)

// maxAckBody bounds what a phone service posts to a link, in bytes.
const maxAckBody = 64 << 10

// AckLinks answers links that acknowledge an incident. model.ErrNoLink says that a token is none.
type AckLinks interface {
	AckPage(ctx context.Context, token string) (ops.AckPage, error)
	AckByLink(ctx context.Context, token string) (ops.AckPage, error)
}

// AckRenderer renders the page of a link.
type AckRenderer interface {
	AckPage(language string, page *ops.AckPage, err error) ops.AckText
	AckUnknown(language string) ops.AckText
	AckNone(language string) ops.AckText
	AckSaid(language string, acked bool) string
}

// ackLinks is the handler of AckPrefix. GET shows, POST acknowledges: whatever opens links to preview them changes nothing. Nothing of an incident
// is said without its token, and the address is in no log: the token is in it.
type ackLinks struct {
	links AckLinks
	say   AckRenderer
}

// ServeHTTP implements http.Handler.
func (a *ackLinks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	if token == AckNone {
		a.answer(w, http.StatusOK, a.say.AckNone(readerLanguage(r)))
		return
	}
	if r.Method != http.MethodPost {
		page, err := a.links.AckPage(r.Context(), token)
		a.page(w, r, &page, err)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxAckBody)
	digits := pressed(r)
	if digits == "" {
		page, err := a.links.AckByLink(r.Context(), token)
		a.page(w, r, &page, err)
		return
	}
	a.voice(w, r, digits)
}

// pressed are the keys that were pressed on a phone, as services for calls post them; "" of a form of the page, which has none.
func pressed(r *http.Request) string {
	if err := r.ParseForm(); err != nil {
		return ""
	}
	for _, name := range []string{"Digits", "digits", "dtmf"} {
		if digits, sent := r.PostForm[name]; sent {
			return strings.Join(digits, "") + " " // that a key is asked for says that this is a call
		}
	}
	return ""
}

// voice answers a call: 1 acknowledges, anything else changes nothing. The answer is read aloud.
func (a *ackLinks) voice(w http.ResponseWriter, r *http.Request, digits string) {
	do := a.links.AckPage
	if strings.TrimSpace(digits) == "1" {
		do = a.links.AckByLink
	}
	page, err := do(r.Context(), r.PathValue("token"))
	if model.CodeOf(err) == model.ErrNoLink {
		a.answer(w, http.StatusNotFound, a.say.AckUnknown(readerLanguage(r)))
		return
	}
	acked := err == nil && page.By != "" && strings.TrimSpace(digits) == "1"
	var text bytes.Buffer
	_ = xml.EscapeText(&text, []byte(a.say.AckSaid(page.Who.Language, acked))) // a Buffer takes all
	locale := "en-US"
	if page.Who.Language == "ru" {
		locale = "ru-RU"
	}
	secured(w, "text/xml; charset=utf-8")
	w.WriteHeader(http.StatusOK) // a service reads nothing else aloud
	_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><Response><Say language="`+locale+`">`+text.String()+`</Say></Response>`)
}

// page answers with the page of a link.
func (a *ackLinks) page(w http.ResponseWriter, r *http.Request, page *ops.AckPage, err error) {
	language := page.Who.Language
	if language == "" {
		language = readerLanguage(r)
	}
	switch model.CodeOf(err) {
	case model.ErrNoLink:
		a.answer(w, http.StatusNotFound, a.say.AckUnknown(language))
	case model.ErrForbidden:
		a.answer(w, http.StatusForbidden, a.say.AckPage(language, page, err))
	default:
		code := http.StatusOK
		if err != nil {
			w.Header().Set("Retry-After", "2")
			code = http.StatusServiceUnavailable
		}
		a.answer(w, code, a.say.AckPage(language, page, err))
	}
}

// readerLanguage is the language of a browser, of those that opsbot speaks.
func readerLanguage(r *http.Request) string {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		switch tag, _, _ := strings.Cut(strings.TrimSpace(part), ";"); strings.ToLower(strings.SplitN(tag, "-", 2)[0]) {
		case "ru":
			return "ru"
		case "en":
			return "en"
		}
	}
	return "en"
}

// secured sets the headers of an answer that belongs to a token: nobody keeps it, frames it, or learns its address.
func secured(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
}

func (a *ackLinks) answer(w http.ResponseWriter, code int, text ops.AckText) {
	var page bytes.Buffer
	if err := ackTemplate.Execute(&page, text); err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	secured(w, "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(page.Bytes()) // it only fails if the phone is gone
}

// ackTemplate is the page: it fits the narrowest phone, and its button a thumb. The form has no address: it posts to its own.
var ackTemplate = template.Must(template.New("ack").Parse(`<!DOCTYPE html>
<html lang="{{.Language}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>opsbot</title><style>
body{font:18px/1.4 system-ui,sans-serif;margin:0 auto;padding:24px 16px;max-width:480px;color:#1c1c1e;background:#fff;overflow-wrap:anywhere}
h1{font-size:22px;margin:0 0 12px}p{margin:0 0 12px}
button{font:inherit;font-weight:600;width:100%;min-height:64px;border:0;border-radius:12px;color:#fff;background:#0a66c2}
@media (prefers-color-scheme:dark){body{color:#f2f2f7;background:#1c1c1e}}
</style></head><body><h1>{{.Title}}</h1>
{{range .Lines}}<p dir="auto">{{.}}</p>
{{end}}{{if .Button}}<form method="post"><button type="submit">{{.Button}}</button></form>
{{end}}</body></html>
`))
