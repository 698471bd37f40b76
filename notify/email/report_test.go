package email_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"

	"opsbot/notify/email"
)

// leaf is a part of a mail without parts of its own.
type leaf struct {
	within string // the types around it, "mixed related alternative"
	kind   string
	header textproto.MIMEHeader
	data   []byte
}

// leaves splits a mail into its parts, as mail programs do.
func leaves(t *testing.T, header textproto.MIMEHeader, body io.Reader, within string) []leaf {
	t.Helper()
	kind, args, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if name, many := strings.CutPrefix(kind, "multipart/"); many {
		var all []leaf
		for r := multipart.NewReader(body, args["boundary"]); ; {
			p, err := r.NextRawPart()
			if errors.Is(err, io.EOF) {
				return all
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, leaves(t, p.Header, p, strings.TrimSpace(within+" "+name))...)
		}
	}
	switch header.Get("Content-Transfer-Encoding") {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return []leaf{{within, kind, header, data}}
}

// whole compares a mail with reportNotification: text and page as alternatives, the picture beside the page that shows it, the table as
// an attachment.
func whole(t *testing.T, m *mail.Message, repeat bool) {
	t.Helper()
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "🔴 customer1: под угрозой" {
		t.Errorf("subject %q, %v", subject, err)
	}
	all := leaves(t, textproto.MIMEHeader(m.Header), m.Body, "")
	parts := reportNotification().Snapshot.Report.Parts
	if len(all) != 4 {
		t.Fatalf("%d parts", len(all))
	}
	if p := all[0]; p.kind != "text/plain" || !strings.HasSuffix(p.within, "alternative") || !strings.Contains(string(p.data), "all\r\nof it") {
		t.Errorf("%s in %s: %q", p.kind, p.within, p.data)
	}
	if p := all[1]; p.kind != "text/html" || p.within != all[0].within || !strings.Contains(string(p.data), "cid:chart.png") || strings.Contains(string(p.data), "again") != repeat || strings.Contains(string(p.data), "opsbot:note") {
		t.Errorf("%s in %s: %q", p.kind, p.within, p.data)
	}
	if p := all[2]; p.kind != "image/png" || !strings.Contains(p.within, "related") || p.header.Get("Content-Id") != "<chart.png>" || !bytes.Equal(p.data, parts.Files[1].Data) {
		t.Errorf("%s in %s: %v %q", p.kind, p.within, p.header, p.data)
	}
	p := all[3]
	disposition, args, err := mime.ParseMediaType(p.header.Get("Content-Disposition"))
	if name, _ := new(mime.WordDecoder).DecodeHeader(args["filename"]); err != nil || disposition != "attachment" || name != "вебтест.csv" {
		t.Errorf("%s %v, %v", disposition, args, err)
	}
	if p.kind != "text/csv" || p.within != "mixed" || !bytes.Equal(p.data, parts.Files[0].Data) {
		t.Errorf("%s in %s: %d bytes", p.kind, p.within, len(p.data))
	}
}

func TestReportIsAMailOfItsOwn(t *testing.T) {
	for _, private := range []bool{true, false} {
		s := serve(t, false, nil)
		o := options(s)
		o.CC, o.Render = []string{"lead@example.com"}, ofReport
		if !private {
			o.TLS, o.User = email.None, ""
		}
		if err := deliver(t, o, reportNotification()); err != nil {
			t.Fatal(err)
		}
		got, m := one(t, s)
		if got.private != private || len(got.to) != 2 || m.Header.Get("Cc") == "" || m.Header.Get("In-Reply-To") != "" {
			t.Errorf("%+v %v", got.to, m.Header)
		}
		if from, err := m.Header.AddressList("From"); err != nil || from[0].Name != "opsbot дежурный" {
			t.Errorf("the label of the sender is %v, %v", from, err)
		}
		whole(t, m, false)
	}
}

// TestHostileReport: a title cannot inject a header, and a name cannot be a path.
func TestHostileReport(t *testing.T) {
	s := serve(t, false, nil)
	o := options(s)
	o.Render = ofReport
	sent := reportNotification()
	sent.Snapshot.Report.Title = "x\r\nBcc: evil@example.com\r\n\r\nbody"
	sent.Snapshot.Report.Parts.Files[0].Name = "a\r\nX-Evil: 1\r\n.csv"
	if err := deliver(t, o, sent); err != nil {
		t.Fatal(err)
	}
	got, m := one(t, s)
	if len(got.to) != 1 || m.Header.Get("Bcc") != "" || m.Header.Get("Subject") != "x" {
		t.Errorf("%v %v", got.to, m.Header)
	}
	for _, p := range leaves(t, textproto.MIMEHeader(m.Header), m.Body, "") {
		if p.header.Get("X-Evil") != "" {
			t.Errorf("%v", p.header)
		}
	}
}
