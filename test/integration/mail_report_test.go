//go:build integration

package integration_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"os"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/notify/email"
)

// TestIntegrationMailReport sends the report of a web test to a real mail server, with STARTTLS and a login and with neither, and reads
// the attachment from the mailbox.
func TestIntegrationMailReport(t *testing.T) {
	page, err := os.ReadFile("../../report/testdata/webtest-one.ru.html")
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("../../report/testdata/webtest-one.ru.csv")
	if err != nil {
		t.Fatal(err)
	}
	sent := model.Notification{ID: 1, Kind: model.NotifyReport, Created: time.Now(), Severity: model.SeverityCritical, Snapshot: model.Snapshot{Report: &model.Report{
		Title: "🟠 customer1: под угрозой", Text: "short", Parts: &model.ReportParts{Text: "весь текст\n.точка", HTML: string(page), Files: []model.ReportFile{{Name: "webtest.csv", Type: "text/csv; charset=utf-8", Data: table}}},
	}}}
	for _, password := range []string{"s3cret", ""} {
		port, ca, box := mailServer(t, password)
		options := func(to string) email.Options {
			o := email.Options{
				Server: "127.0.0.1:" + port, TLS: email.None, From: "opsbot дежурный <ops@example.com>", To: []string{to}, CC: []string{"lead@example.com"}, Language: "ru", Now: time.Now,
				Render: func(t model.Notification) email.Content {
					r := t.Snapshot.Report
					return email.Content{Subject: r.Title, Plain: r.Parts.Text, Page: r.Parts.Noted(""), Files: r.Parts.Files}
				},
			}
			if password != "" {
				o.TLS, o.Roots, o.User, o.Password = email.StartTLS, pool(t, ca), "opsbot", model.NewSecret(password)
			}
			return o
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if _, err := email.New(options("oncall@example.com")).Deliver(ctx, sent, model.Card{}); err != nil {
			t.Fatal(err)
		}
		m := mails(t, box, 1)[0]
		if received := m.Header.Get("Received"); strings.Contains(received, "esmtpsa") != (password != "") {
			t.Errorf("received %q", received)
		}
		attached(t, m, page, table)
		o := options("later@example.com")
		o.CC = nil
		_, err := email.New(o).Deliver(ctx, sent, model.Card{})
		if send, ok := errors.AsType[*model.SendError](err); !ok || send.Failure != model.SendNotSent || !strings.Contains(err.Error(), "greylisted") {
			t.Errorf("greylisted: %v", err)
		}
		cancel()
	}
}

// attached finds a page and a table in a mail, as they were sent.
func attached(t *testing.T, m *mail.Message, page, table []byte) {
	t.Helper()
	found := map[string]string{}
	var take func(header textproto.MIMEHeader, body io.Reader)
	take = func(header textproto.MIMEHeader, body io.Reader) {
		kind, args, err := mime.ParseMediaType(header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(kind, "multipart/") {
			if strings.EqualFold(header.Get("Content-Transfer-Encoding"), "base64") {
				body = base64.NewDecoder(base64.StdEncoding, body)
			}
			data, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			found[kind] = strings.ReplaceAll(string(data), "\r\n", "\n")
			return
		}
		for r := multipart.NewReader(body, args["boundary"]); ; {
			p, err := r.NextPart() // reads quoted-printable by itself
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			take(p.Header, p)
		}
	}
	take(textproto.MIMEHeader(m.Header), m.Body)
	if found["text/csv"] != strings.ReplaceAll(string(table), "\r\n", "\n") || found["text/html"] != string(page) || !strings.HasPrefix(found["text/plain"], "весь текст\n.точка") {
		t.Errorf("%d bytes of the table, %d of the page, %q", len(found["text/csv"]), len(found["text/html"]), found["text/plain"])
	}
}
