package page_test

import (
	"net/http"
	"net/smtp"
	"strings"
	"testing"

	"opsbot/sandbox"
)

// TestMailsOfThePage: a mail is listed, looks as in a mail program, and can do nothing; attachments are downloads, never shown.
func TestMailsOfThePage(t *testing.T) {
	s, _ := world(t)
	next := listen(t, s, sandbox.Admin)
	next("ready", "")
	letter := "Subject: down\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>\r\n" +
		"--a\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=\"a.html\"\r\n\r\n<script>\r\n--a--\r\n"
	if err := smtp.SendMail(s.Mailbox.Addr(), nil, "ops@example.com", []string{"it@acme.example"}, []byte(letter)); err != nil {
		t.Fatal(err)
	}
	if got := next("world", `"mails":[`); !strings.Contains(got, `"to":"it@acme.example","subject":"down","files":["a.html"]`) {
		t.Error(got)
	}
	get := func(path string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		_, text := answer(t, r)
		return resp, text
	}
	resp, text := get("api/mails/1")
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox; default-src 'none'") || !strings.Contains(text, "<script>") {
		t.Errorf("%q %q", policy, text)
	}
	if resp, _ := get("api/mails/1/files/0"); resp.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v", resp.Header)
	}
	for _, path := range []string{"api/mails/2", "api/mails/x", "api/mails/1/files/1", "api/mails/1/files/-1"} {
		if resp, _ := get(path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}
