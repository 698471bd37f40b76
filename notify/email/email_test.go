package email_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/notify/email"
)

const password = "s3cret-of-the-mail"

var epoch = time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)

func options(s *server) email.Options {
	return email.Options{
		Server: s.addr, TLS: email.StartTLS, Roots: s.roots, User: "opsbot", Password: model.NewSecret(password),
		From: "opsbot дежурный <ops@example.com>", To: []string{"oncall@example.com"}, Language: "ru", Instance: "ops msk",
		Render: func(model.Notification) email.Content {
			return email.Content{Plain: "🔴 main-db is down\n.refused <b> & co", HTML: "🔴 <b>main-db</b> is down\n.refused &lt;b&gt; &amp; co"}
		},
		Now: func() time.Time { return epoch.Add(time.Hour) },
	}
}

func notification(id int64, kind model.NotificationKind) model.Notification {
	in := &model.Incident{ID: 12, Kind: model.IncidentCheck, Check: "main-db", Severity: model.SeverityCritical, OpenedAt: epoch}
	if kind == model.NotifyResolved {
		in.ClosedAt = epoch.Add(time.Minute)
	}
	return model.Notification{ID: id, Kind: kind, Incident: 12, Severity: model.SeverityCritical, Created: epoch, Snapshot: model.Snapshot{Incident: in}}
}

func deliver(t *testing.T, o email.Options, sent model.Notification) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := email.New(o).Deliver(ctx, sent, model.Card{})
	return err
}

// one is the only mail that a server has.
func one(t *testing.T, s *server) (taken, *mail.Message) {
	t.Helper()
	all := s.got()
	if len(all) != 1 {
		t.Fatalf("%d mails", len(all))
	}
	return all[0], read(t, all[0])
}

func read(t *testing.T, m taken) *mail.Message {
	t.Helper()
	parsed, err := mail.ReadMessage(strings.NewReader(m.data))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// parts are the alternatives of a mail by their type.
func parts(t *testing.T, m *mail.Message) map[string]string {
	t.Helper()
	kind, args, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	all, r := map[string]string{}, multipart.NewReader(m.Body, args["boundary"])
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		all[kind] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
}

func TestMail(t *testing.T) {
	s := serve(t, false, nil)
	o := options(s)
	o.CC, o.ReplyTo = []string{"boss@example.com"}, "desk@example.com"
	if err := deliver(t, o, notification(7, model.NotifyOpened)); err != nil {
		t.Fatal(err)
	}
	got, m := one(t, s)
	if !got.private || got.user != "opsbot:"+password || got.from != "<ops@example.com>" || !slices.Equal(got.to, []string{"oncall@example.com", "boss@example.com"}) {
		t.Errorf("%+v", got)
	}
	words := new(mime.WordDecoder)
	subject, err := words.DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "🔴 main-db is down" {
		t.Errorf("subject %q, %v", subject, err)
	}
	if from, err := m.Header.AddressList("From"); err != nil || from[0].Name != "opsbot дежурный" {
		t.Errorf("from %v, %v", from, err)
	}
	for header, want := range map[string]string{
		"Auto-Submitted": "auto-generated", "Importance": "high", "Content-Language": "ru", "Date": "Sun, 22 Nov 2026 22:00:00 +0000",
		"Reply-To": "<desk@example.com>", "References": m.Header.Get("In-Reply-To"),
	} {
		if m.Header.Get(header) != want || want == "" {
			t.Errorf("%s is %q, want %q", header, m.Header.Get(header), want)
		}
	}
	all := parts(t, m)
	if all["text/plain"] != "🔴 main-db is down\n.refused <b> & co\n" {
		t.Errorf("plain %q", all["text/plain"])
	}
	for _, want := range []string{"<b>main-db</b> is down<br>.refused &lt;b&gt; &amp; co</div>", `<html lang="ru">`, "width=device-width", "#c62828"} {
		if !strings.Contains(all["text/html"], want) {
			t.Errorf("no %q in %s", want, all["text/html"])
		}
	}
}

// TestThreads: a retry is the same mail for servers that drop duplicates, mails of one incident form a thread, and
// others do not.
func TestThreads(t *testing.T) {
	s := serve(t, false, nil)
	o := options(s)
	elsewhere := o
	elsewhere.Instance = "ops spb"
	later := notification(7, model.NotifyOpened) // of a new database
	later.Created, later.Snapshot.Incident.OpenedAt = epoch.Add(time.Hour), epoch.Add(time.Hour)
	repeat := notification(7, model.NotifyOpened)
	repeat.Repeat, repeat.Attempts = true, 3
	for _, d := range []struct {
		o    email.Options
		sent model.Notification
	}{{o, notification(7, model.NotifyOpened)}, {o, repeat}, {o, notification(8, model.NotifyResolved)}, {elsewhere, notification(7, model.NotifyOpened)}, {o, later}} {
		if err := deliver(t, d.o, d.sent); err != nil {
			t.Fatal(err)
		}
	}
	var ids, threads []string
	for _, m := range s.got() {
		parsed := read(t, m)
		ids, threads = append(ids, parsed.Header.Get("Message-ID")), append(threads, parsed.Header.Get("References"))
	}
	if ids[0] != ids[1] || ids[0] == ids[2] || ids[0] == ids[3] || ids[0] == ids[4] || !strings.HasSuffix(ids[0], "@example.com>") {
		t.Errorf("ids %q", ids)
	}
	if threads[0] != threads[1] || threads[0] != threads[2] || threads[0] == threads[3] || threads[0] == threads[4] {
		t.Errorf("threads %q", threads)
	}
}

func TestWhatIsNoNewsIsNotSent(t *testing.T) {
	s := serve(t, false, nil)
	o := options(s)
	if err := deliver(t, o, notification(7, model.NotifyUpdated)); err != nil {
		t.Error(err)
	}
	o.Render = func(model.Notification) email.Content { return email.Content{} }
	if err := deliver(t, o, notification(8, model.NotifyOpened)); err != nil {
		t.Error(err)
	}
	if s.received("EHLO") {
		t.Error("the server was asked")
	}
}

// TestWaysOfTLS: the password is sent under TLS or not at all.
func TestWaysOfTLS(t *testing.T) {
	plain := map[string]string{"EHLO": "250-a.test\n250 AUTH PLAIN LOGIN"}
	tests := []struct {
		name     string
		way      email.TLS
		implicit bool
		answers  map[string]string
		user     string
		strange  bool // the certificate is untrusted
		want     model.SendFailure
	}{
		{name: "tls", way: email.Implicit, implicit: true, user: "opsbot"},
		{name: "none", way: email.None, answers: plain},
		{name: "none without a login although STARTTLS is there", way: email.None},
		{name: "starttls is not offered", way: email.StartTLS, answers: plain, user: "opsbot", want: model.SendRefused},
		{name: "starttls is not offered, no login", way: email.StartTLS, answers: plain, want: model.SendRefused},
		{name: "starttls with an untrusted certificate", way: email.StartTLS, user: "opsbot", strange: true, want: model.SendNotSent},
		{name: "tls with an untrusted certificate", way: email.Implicit, implicit: true, user: "opsbot", strange: true, want: model.SendNotSent},
		{name: "starttls where there is only tls", way: email.StartTLS, implicit: true, user: "opsbot", want: model.SendNotSent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.implicit, tt.answers)
			o := options(s)
			o.TLS, o.User = tt.way, tt.user
			if tt.strange {
				o.Roots = nil
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if tt.name == "starttls where there is only tls" { // each waits for the other
				ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
				defer cancel()
			}
			_, err := email.New(o).Deliver(ctx, notification(1, model.NotifyOpened), model.Card{})
			wants(t, err, tt.want)
			if tt.want == "" {
				if m, _ := one(t, s); m.private != (tt.way != email.None) {
					t.Errorf("private %t", m.private)
				}
			} else if s.received("AUTH") || s.received("MAIL") {
				t.Error("the server was contacted")
			}
		})
	}
}

// wants checks which failure an error is; "" is none.
func wants(t *testing.T, err error, want model.SendFailure) {
	t.Helper()
	send, ok := errors.AsType[*model.SendError](err)
	if (want == "") != (err == nil) || (err != nil && (!ok || send.Failure != want)) {
		t.Errorf("%v, want %q", err, want)
	}
}

// TestFailures goes through the stages of a delivery: each refusal has its consequence.
func TestFailures(t *testing.T) {
	tests := []struct {
		name    string
		answers map[string]string
		want    model.SendFailure
		said    string
	}{
		{"no greeting", map[string]string{"greeting": "hang"}, model.SendNotSent, "greeting"},
		{"busy", map[string]string{"greeting": "421 too many"}, model.SendNotSent, "too many"},
		{"closed to us", map[string]string{"greeting": "554 go away"}, model.SendNotSent, "go away"},
		{"starttls breaks", map[string]string{"STARTTLS": "454 not now"}, model.SendNotSent, "not now"},
		{"wrong password", map[string]string{"AUTH": "535 5.7.8 bad credentials"}, model.SendRefused, "bad credentials"},
		{"login is away", map[string]string{"AUTH": "454 4.7.0 later"}, model.SendNotSent, "later"},
		{"sender", map[string]string{"MAIL": "550 not yours"}, model.SendRefused, "not yours"},
		{"sender for now", map[string]string{"MAIL": "451 later"}, model.SendNotSent, "later"},
		{"greylisted", map[string]string{"RCPT oncall@example.com": "450 4.2.0 come again"}, model.SendNotSent, "come again"},
		{"no mailbox", map[string]string{"RCPT oncall@example.com": "550 5.1.1 no such user"}, model.SendChatDead, "no such user"},
		{"data", map[string]string{"DATA": "451 disk full"}, model.SendNotSent, "disk full"},
		{"data for good", map[string]string{"DATA": "554 no"}, model.SendBad, "no"},
		{"content", map[string]string{"body": "554 5.7.1 spam"}, model.SendBad, "spam"},
		{"content for now", map[string]string{"body": "452 4.3.1 full"}, model.SendNotSent, "full"},
		{"the answer is lost", map[string]string{"body": "drop"}, model.SendAmbiguous, "mail"},
		{"the answer hangs", map[string]string{"body": "hang"}, model.SendAmbiguous, "mail"},
		{"goodbye is lost", map[string]string{"QUIT": "drop"}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, false, tt.answers)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, err := email.New(options(s)).Deliver(ctx, notification(1, model.NotifyOpened), model.Card{})
			wants(t, err, tt.want)
			if err != nil && !strings.Contains(err.Error(), tt.said) {
				t.Errorf("%v does not say %q", err, tt.said)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	o := options(serve(t, false, nil))
	o.Server = "127.0.0.1:1"
	wants(t, deliver(t, o, notification(1, model.NotifyOpened)), model.SendNotSent)
}

// TestWhoeverStopsDoesNotWait: a hanging server is left at once.
func TestWhoeverStopsDoesNotWait(t *testing.T) {
	s := serve(t, false, map[string]string{"AUTH": "hang"})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := email.New(options(s)).Deliver(ctx, notification(1, model.NotifyOpened), model.Card{})
		done <- err
	}()
	for !s.received("AUTH") {
		runtime.Gosched()
	}
	cancel()
	wants(t, <-done, model.SendNotSent)
}

// TestOneRecipientOfSeveral: an unknown recipient does not keep the others from being notified.
func TestOneRecipientOfSeveral(t *testing.T) {
	for _, answer := range []string{"550 gone", "450 later"} {
		never := answer[0] == '5'
		s := serve(t, false, map[string]string{"RCPT gone@example.com": answer})
		o := options(s)
		o.To = []string{"gone@example.com", "oncall@example.com"}
		var refused []string
		o.Refused = func(address string, err error) { refused = append(refused, address+": "+err.Error()) }
		receipt, err := email.New(o).Deliver(t.Context(), notification(1, model.NotifyOpened), model.Card{})
		if err != nil {
			t.Fatal(err)
		}
		said := answer[:3] + ` "` + answer[4:] + `"`
		not := []model.NotDelivered{{Address: "gone@example.com", Said: said}}
		want, logged := model.Receipt{Later: not}, []string(nil)
		if never {
			want, logged = model.Receipt{Never: not}, []string{"gone@example.com: " + said}
		}
		if m, _ := one(t, s); !slices.Equal(m.to, []string{"oncall@example.com"}) || !slices.Equal(refused, logged) || !reflect.DeepEqual(receipt, want) {
			t.Errorf("to %q, refused %q, %+v", m.to, refused, receipt)
		}
	}
	s := serve(t, false, map[string]string{"RCPT a@example.com": "550 gone", "RCPT b@example.com": "450 later"})
	o := options(s)
	o.To = []string{"a@example.com", "b@example.com"}
	wants(t, deliver(t, o, notification(1, model.NotifyOpened)), model.SendNotSent)
}

// TestOnlyWhoIsStillToGetIt: a retry goes to those whom the first did not reach; the header still names all.
func TestOnlyWhoIsStillToGetIt(t *testing.T) {
	s := serve(t, false, nil)
	o := options(s)
	o.To = []string{"late@example.com", "oncall@example.com"}
	sent := notification(1, model.NotifyOpened)
	sent.Snapshot.Only = []string{"nobody@example.com"} // the configuration changed
	if err := deliver(t, o, sent); err != nil || len(s.got()) > 0 {
		t.Fatal(err, s.got())
	}
	sent.Snapshot.Only = []string{"late@example.com"}
	if err := deliver(t, o, sent); err != nil {
		t.Fatal(err)
	}
	if got, m := one(t, s); !slices.Equal(got.to, sent.Snapshot.Only) || !s.received("RCPT TO:<late@example.com>") || !strings.Contains(m.Header.Get("To"), "oncall@") {
		t.Errorf("%q %q", got.to, m.Header.Get("To"))
	}
}

// TestNoSecretLeaks: a server that repeats the password does not get it into the log or into a dead letter.
func TestNoSecretLeaks(t *testing.T) {
	for _, said := range []string{password, "AG9wc2JvdABzM2NyZXQtb2YtdGhlLW1haWw="} { // the second is what PLAIN sends
		s := serve(t, false, map[string]string{"AUTH": "535 what is " + said})
		err := deliver(t, options(s), notification(1, model.NotifyOpened))
		wants(t, err, model.SendRefused)
		if strings.Contains(err.Error(), said) || !strings.Contains(err.Error(), "<secret>") {
			t.Errorf("it says %v", err)
		}
	}
	s := serve(t, false, nil)
	if err := deliver(t, options(s), notification(1, model.NotifyOpened)); err != nil {
		t.Fatal(err)
	}
	if m, _ := one(t, s); strings.Contains(m.data, password) {
		t.Error("the mail holds the password")
	}
}
