package email

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"opsbot/model"
	"opsbot/texts"
)

// maxSubject is what mail programs show of a subject on a large screen, more than phones do.
const maxSubject = 120 // characters

// message builds the mail of a notification. A retry of the same notification has the same Message-ID, by which servers
// and programs drop duplicates.
func (e *Email) message(t *model.Notification, c Content) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := e.address(m); err != nil {
		return nil, err
	}
	m.Subject(subject(c))
	m.SetDateWithValue(e.o.Now())
	m.SetMessageIDWithValue(e.id("notification", t.ID, t.Created))
	if in := t.Snapshot.Incident; in != nil {
		// Mails of an incident refer to a mail that was never sent: programs group those with a common reference.
		root := "<" + e.id("incident", int64(in.ID), in.OpenedAt) + ">"
		m.SetGenHeader(gomail.HeaderInReplyTo, root)
		m.SetGenHeader(gomail.HeaderReferences, root)
	}
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: absence notes do not answer
	m.SetGenHeader("X-Auto-Response-Suppress", "All")  // the same for Exchange
	m.SetGenHeader("Content-Language", e.o.Language)
	if t.Severity == model.SeverityCritical && !t.Silent {
		m.SetImportance(gomail.ImportanceHigh)
	}
	m.SetBodyString(gomail.TypeTextPlain, c.Plain+"\n")
	if c.Page == "" {
		c.Page = e.page(t, c.HTML)
	}
	m.AddAlternativeString(gomail.TypeTextHTML, c.Page)
	return m, attach(m, c.Files)
}

func subject(c Content) string {
	text, _, _ := strings.Cut(strings.TrimSpace(cmp.Or(c.Subject, c.Plain)), "\n")
	return model.Clip(strings.Join(strings.Fields(text), " "), maxSubject)
}

// attach adds files: images that the page refers to inline, the others as attachments.
func attach(m *gomail.Msg, files []model.ReportFile) error {
	for i := range files {
		f := &files[i]
		add, o := m.AttachReader, []gomail.FileOption{gomail.WithFileContentType(gomail.ContentType(f.Type))}
		if f.Inline {
			add, o = m.EmbedReader, append(o, gomail.WithFileContentID("<"+f.Name+">"))
		}
		if err := add(f.Name, bytes.NewReader(f.Data), o...); err != nil {
			return fmt.Errorf("attach %s: %w", f.Name, err)
		}
	}
	return nil
}

func (e *Email) address(m *gomail.Msg) error {
	if err := m.From(e.o.From); err != nil {
		return fmt.Errorf("write the sender: %w", err)
	}
	if err := m.To(e.o.To...); err != nil {
		return fmt.Errorf("write the recipients: %w", err)
	}
	if err := m.Cc(e.o.CC...); err != nil {
		return fmt.Errorf("write the recipients of copies: %w", err)
	}
	if e.o.ReplyTo == "" {
		return nil
	}
	if err := m.ReplyTo(e.o.ReplyTo); err != nil {
		return fmt.Errorf("write the reply address: %w", err)
	}
	return nil
}

// id is a permanently unique name. It contains the time because numbers restart with a new database, and the instance
// because several opsbots may write to one mailbox.
func (e *Email) id(kind string, number int64, at time.Time) string {
	domain := "opsbot.invalid"
	if from, err := mail.ParseAddress(e.o.From); err == nil {
		domain = from.Address[strings.LastIndex(from.Address, "@")+1:]
	}
	instance := sha256.Sum256([]byte(e.o.Instance))
	return fmt.Sprintf("%s-%d.%x.%s@%s", kind, number, at.UnixMilli(), hex.EncodeToString(instance[:4]), domain)
}

// page is the HTML of a mail: one narrow column in a size that is readable on a phone. Styles are inline, since programs
// drop those in the head.
func (e *Email) page(t *model.Notification, text string) string {
	return fmt.Sprintf(`<!DOCTYPE html>
<html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="margin:0;padding:12px">
<div style="max-width:600px;border-left:4px solid %s;padding:4px 12px;overflow-wrap:anywhere;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Arial,sans-serif">%s</div>
</body></html>
`, html.EscapeString(e.o.Language), texts.OfNotification(t).Color(), strings.ReplaceAll(strings.TrimSpace(text), "\n", "<br>"))
}
