package mailbox_test

import (
	"context"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"opsbot/sandbox/mailbox"
)

func start(t *testing.T) (*mailbox.Box, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	b, err := mailbox.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b, ctx
}

const letter = "Subject: =?utf-8?q?=F0=9F=94=B4_down?=\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" +
	"--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=D0=B4=D0=B0\r\n..dot\r\n" +
	"--b\r\nContent-Type: text/html\r\n\r\n<img src=\"cid:c.png\">\r\n--b--\r\n" +
	"--a\r\nContent-Type: image/png\r\nContent-ID: <c.png>\r\nContent-Disposition: inline; filename=c.png\r\nContent-Transfer-Encoding: base64\r\n\r\ncG5n\r\n" +
	"--a\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=\"a.csv\"\r\nContent-Transfer-Encoding: base64\r\n\r\nYSxi\r\n--a--\r\n"

func TestTakesMail(t *testing.T) {
	b, ctx := start(t)
	if err := smtp.SendMail(b.Addr(), nil, "ops@example.com", []string{"a@example.com", "b@example.com"}, []byte(letter)); err != nil {
		t.Fatal(err)
	}
	m, err := b.Wait(ctx, func(m *mailbox.Mail) bool { return strings.Contains(m.Subject, "down") })
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "🔴 down" || m.From != "ops@example.com" || strings.Join(m.To, " ") != "a@example.com b@example.com" || m.ID != 1 {
		t.Errorf("%+v", m)
	}
	if !strings.HasPrefix(m.Text, "да\n.dot") && !strings.HasPrefix(m.Text, "да\n..dot") {
		t.Errorf("%q", m.Text)
	}
	if !strings.Contains(m.HTML, "data:image/png;base64,cG5n") || len(m.Files) != 1 || m.Files[0].Name != "a.csv" || string(m.Files[0].Data) != "a,b" {
		t.Errorf("%q %+v", m.HTML, m.Files)
	}
}

func TestRefusesAndForgets(t *testing.T) {
	b, _ := start(t)
	b.Answer("mail", "451 come again")
	if err := smtp.SendMail(b.Addr(), nil, "a@b.c", []string{"a@b.c"}, []byte("Subject: x\r\n\r\ny")); err == nil || !strings.Contains(err.Error(), "451") {
		t.Error(err)
	}
	b.Answer("mail", "")
	for range 60 {
		if err := smtp.SendMail(b.Addr(), nil, "a@b.c", []string{"a@b.c"}, []byte("no header at all")); err != nil {
			t.Fatal(err)
		}
	}
	if all := b.Mails(); len(all) != 50 || all[49].ID != 60 {
		t.Errorf("%d mails", len(all))
	}
}

func FuzzParse(f *testing.F) {
	f.Add(letter)
	f.Add("Content-Type: multipart/mixed; boundary=\r\n\r\n--")
	f.Fuzz(func(t *testing.T, text string) {
		if m := mailbox.Parse([]byte(text)); len(m.Text)+len(m.HTML) > 100*len(text)+1000 {
			t.Errorf("%d bytes became %d", len(text), len(m.Text)+len(m.HTML))
		}
	})
}
