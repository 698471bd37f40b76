package page

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"opsbot/sandbox/mailbox"
)

// mailView is a mail in the list.
type mailView struct {
	ID      int      `json:"id"`
	At      int64    `json:"at"` // Unix milliseconds
	To      string   `json:"to"`
	Subject string   `json:"subject"`
	Files   []string `json:"files,omitempty"`
}

// showMails is how many mails are listed.
const showMails = 12

func (p *page) mailViews() []mailView {
	if p.Mails == nil {
		return nil
	}
	var all []mailView
	for _, m := range slices.Backward(p.Mails()) {
		if len(all) == showMails {
			break
		}
		v := mailView{ID: m.ID, At: m.At.UnixMilli(), To: strings.Join(m.To, ", "), Subject: m.Subject}
		for _, f := range m.Files {
			v.Files = append(v.Files, f.Name)
		}
		all = append(all, v)
	}
	return all
}

func (p *page) mailOf(r *http.Request) (mailbox.Mail, bool) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || p.Mails == nil {
		return mailbox.Mail{}, false
	}
	all := p.Mails()
	at := slices.IndexFunc(all, func(m mailbox.Mail) bool { return m.ID == id })
	if at < 0 {
		return mailbox.Mail{}, false
	}
	return all[at], true
}

// mailPolicy lets a mail look as in a mail program, without scripts or requests.
const mailPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"

// mail shows a mail as a mail program would.
func (p *page) mail(w http.ResponseWriter, r *http.Request) {
	m, ok := p.mailOf(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	text := m.HTML
	if text == "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		text = m.Text
	}
	_, _ = w.Write([]byte(text)) // a reader who has gone needs no answer
}

// mailFile serves an attachment as a download.
func (p *page) mailFile(w http.ResponseWriter, r *http.Request) {
	m, ok := p.mailOf(r)
	n, err := strconv.Atoi(r.PathValue("n"))
	if !ok || err != nil || n < 0 || n >= len(m.Files) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": m.Files[n].Name}))
	_, _ = w.Write(m.Files[n].Data) // as above
}
