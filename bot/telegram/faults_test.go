package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/sandbox/botapi"
)

func picture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// everyFault is each kind, and what a sender must make of it.
func everyFault() map[botapi.FaultKind]model.SendFailure {
	return map[botapi.FaultKind]model.SendFailure{
		botapi.FaultFlood: model.SendFlood, botapi.FaultFloodString: model.SendFlood, botapi.FaultFloodMissing: model.SendFlood,
		botapi.FaultServer: model.SendAmbiguous, botapi.FaultHTML502: model.SendAmbiguous, botapi.FaultHTML200: model.SendAmbiguous,
		botapi.FaultEmpty: model.SendAmbiguous, botapi.FaultCut: model.SendAmbiguous, botapi.FaultNull: model.SendAmbiguous,
		botapi.FaultHang: model.SendAmbiguous, botapi.FaultReset: model.SendAmbiguous, botapi.FaultRedirect: model.SendAmbiguous,
		botapi.FaultEndless: model.SendAmbiguous, botapi.FaultGzipBomb: model.SendAmbiguous,
		botapi.FaultUnauthorized: model.SendRefused, botapi.FaultUnauthorized0: model.SendAmbiguous,
		botapi.FaultForbidden: model.SendDenied, botapi.FaultConflict: model.SendAmbiguous, botapi.FaultMigrated: model.SendMigrated,
		botapi.FaultBadRequest: model.SendDenied, botapi.FaultSlow: "",
	}
}

// short are timeouts for tests that wait for them: long enough for a busy machine to get its request out.
var short = telegram.Timeouts{Text: 400 * time.Millisecond, Upload: 400 * time.Millisecond}

func faultOf(kind botapi.FaultKind) botapi.Fault {
	return botapi.Fault{
		Kind: kind, RetryAfter: 3600, MigrateTo: -100999, To: "https://telegram.invalid/elsewhere", Delay: time.Millisecond, Times: -1,
	}
}

// operations are all that a sender does.
func operations(ctx context.Context, t testing.TB, s *telegram.Sender) map[string]func() error {
	one := func(_ model.Receipt, err error) error { return err }
	file := telegram.File{Name: "x.txt", Data: []byte("x")}
	return map[string]func() error{
		"Send":         func() error { return one(s.Send(ctx, text(group, "x"))) },
		"Edit":         func() error { return s.Edit(ctx, 1, text(group, "changed")) },
		"SendDocument": func() error { return one(s.SendDocument(ctx, text(group, ""), file)) },
		"SendPhoto":    func() error { return one(s.SendPhoto(ctx, text(group, ""), telegram.File{Data: picture(t)})) },
		"Delete":       func() error { return s.Delete(ctx, group, 2) },
		"Answer":       func() error { return s.Answer(ctx, "1", "x", false) },
		"ChatAction":   func() error { return s.ChatAction(ctx, group, 0, "typing") },
		"SetCommands": func() error {
			return s.SetCommands(ctx, telegram.CommandScope{}, "", []telegram.BotCommand{{Name: "a", Description: "a"}})
		},
	}
}

// Every operation, under every fault: the right kind of failure, never success, and the secret nowhere.
func TestEveryFaultInEveryOperation(t *testing.T) {
	for kind, want := range everyFault() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			log := newLog(b.client)
			if kind == botapi.FaultHang {
				b.client = b.newClient(telegram.Options{Timeouts: short})
			}
			f := faultOf(kind)
			if kind == botapi.FaultBadRequest {
				f.To = "Bad Request: chat not found"
			}
			s := telegram.NewSender(b.client, telegram.SenderOptions{Limits: freely(), Patience: time.Second})
			for name, run := range operations(b.ctx, t, s) {
				b.server.Heal()
				if want != "" {
					b.server.Break(f)
				}
				err := run()
				log.note(err)
				if want != "" && failure(err) != want {
					t.Errorf("%s: got %v, want %s", name, err, want)
				}
			}
			log.check(t)
		})
	}
}

// An answer that is lost after the message was taken must be ambiguous: never "not sent", and not sent again.
func TestLostAnswersAreAmbiguousAndNotRepeated(t *testing.T) {
	for _, kind := range []botapi.FaultKind{
		botapi.FaultReset, botapi.FaultHang, botapi.FaultHTML502, botapi.FaultCut, botapi.FaultEmpty, botapi.FaultNull, botapi.FaultServer,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.client = b.newClient(telegram.Options{
				APIURLs: []string{b.server.URL(), b.server.URL()}, // a second route must not be taken either
			})
			if kind == botapi.FaultHang {
				b.client = b.newClient(telegram.Options{Timeouts: short})
			}
			b.server.Break(botapi.Fault{Kind: kind, After: true})
			if _, err := b.free().Send(b.ctx, text(group, "x")); failure(err) != model.SendAmbiguous {
				t.Errorf("got %v, want ambiguous", err)
			}
			if got := b.texts(group); len(got) != 1 {
				t.Errorf("the chat shows %q", got)
			}
		})
	}
}

func TestRefusedConnectionIsNotSentAndRetriedForReplies(t *testing.T) {
	b := newStillBench(t)
	s := b.free()
	b.clock.Advance(time.Second)
	b.server.Unplug()
	o := text(group, "x")
	o.Priority = telegram.PriorityNormal
	_, err := s.Send(b.ctx, o)
	if failure(err) != model.SendNotSent {
		t.Fatalf("got %v, want not_sent", err)
	}
	b.clock.Advance(time.Second)
	ended := make(chan error, 1)
	go func() { _, err := s.Send(b.ctx, text(group, "reply")); ended <- err }()
	if err := b.clock.WaitTimer(b.ctx, 100*time.Millisecond, 300*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := b.server.Plug(); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(time.Second)
	if err := receive(b, ended); err != nil {
		t.Fatal(err)
	}
	if got := b.texts(group); len(got) != 1 || got[0] != "reply" {
		t.Errorf("the chat shows %q", got)
	}
}

// An answer that says "ok" and shows no message is no proof of one.
func TestHollowSuccessIsAmbiguous(t *testing.T) {
	b := newBench(t)
	for _, result := range []string{`{}`, `true`, `[]`, `{"message_id":0}`, `"x"`} {
		gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"ok":true,"result":%s}`, result) // the client may leave
		}))
		s := telegram.NewSender(b.newClient(telegram.Options{APIURLs: []string{gateway.URL}}), telegram.SenderOptions{Limits: freely()})
		if _, err := s.Send(b.ctx, text(group, "x")); failure(err) != model.SendAmbiguous {
			t.Errorf("result %s: got %v, want ambiguous", result, err)
		}
		if _, err := s.SendPhoto(b.ctx, text(group, ""), telegram.File{Data: picture(t)}); failure(err) != model.SendAmbiguous {
			t.Errorf("photo, result %s: got %v, want ambiguous", result, err)
		}
		gateway.Close()
	}
}

// A redirect must not be followed: the token would go along.
func TestRedirectIsNotFollowed(t *testing.T) {
	var got []string
	third := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, r.URL.String()+r.Header.Get("Referer"))
	}))
	defer third.Close()
	b := newBench(t)
	b.server.Break(botapi.Fault{Kind: botapi.FaultRedirect, To: third.URL + "/x"})
	if _, err := b.free().Send(b.ctx, text(group, "x")); failure(err) != model.SendAmbiguous {
		t.Errorf("got %v", err)
	}
	third.Close()
	if len(got) > 0 {
		t.Errorf("a third party was asked: %q", got)
	}
}

// The places where a token could show beside the faults: no server, no name, no route, polling.
func TestTokenIsAbsent(t *testing.T) {
	b := newBench(t)
	b.server.Unplug()
	log := newLog(b.client)
	for _, o := range []telegram.Options{
		{},
		{APIURLs: []string{"https://name.invalid"}},
		{Proxies: []string{"http://user:proxypassword@127.0.0.1:1"}},
		{Proxies: []string{"socks5://user:proxypassword@127.0.0.1:1"}},
	} {
		c := b.newClient(o)
		log.print(c, o)
		_, err := telegram.NewSender(c, telegram.SenderOptions{Limits: freely()}).Send(b.ctx, telegram.Outgoing{Chat: 1, HTML: "x", Priority: telegram.PriorityNormal})
		if err == nil {
			t.Fatal("sent to nobody")
		}
		log.note(err)
		p := telegram.NewPoller(c, telegram.PollerOptions{Handler: handlerFunc(nil), Events: telegram.Events{Health: func(h telegram.Health) {
			log.print(h)
		}}})
		ctx, cancel := context.WithTimeout(b.ctx, 100*time.Millisecond)
		log.note(p.Run(ctx))
		cancel()
		if h := p.Health(); h.Failure != telegram.FailureUnreachable || h.Error == "" {
			t.Errorf("health: %+v", h)
		}
		log.print(p.Health())
	}
	for _, bad := range []telegram.Options{{APIURLs: []string{"ftp://user:proxypassword@x"}}, {Proxies: []string{"gopher://u:proxypassword@x"}}, {APIURLs: []string{":"}}} {
		bad.Token = func() string { return token }
		_, err := telegram.NewClient(bad)
		if err == nil {
			t.Errorf("%v was taken", bad.APIURLs)
		}
		log.note(err)
	}
	log.check(t)
}

func TestHookRedacts(t *testing.T) {
	b := newBench(t)
	var out bytes.Buffer
	l := logrus.New()
	l.SetOutput(&out)
	l.SetLevel(logrus.TraceLevel)
	l.AddHook(b.client.Hook())
	l.WithField("url", "https://api.telegram.org/bot"+token+"/x").Info("asked " + token)
	l.WithError(fmt.Errorf("dial: %s", secretHalf)).WithField("b", []byte(token)).WithField("n", 7).Warn("x")
	l.WithField("old", "654321:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB").WithField("s", struct{ T string }{token}).Trace("y")
	if s := out.String(); strings.Contains(s, secretHalf) || strings.Contains(s, "BBBBBB") || !strings.Contains(s, "n=7") {
		t.Errorf("logged:\n%s", s)
	}
}

// log collects what could be printed, in every way that people print things.
type log struct {
	out    bytes.Buffer
	client *telegram.Client
}

func newLog(c *telegram.Client) *log { return &log{client: c} }

func (l *log) note(err error) {
	for e := err; e != nil; e = errors.Unwrap(e) {
		fmt.Fprintf(&l.out, "%v %+v %#v %q\n", e, e, e, e)
	}
}

func (l *log) print(values ...any) {
	for _, v := range values {
		_, _ = fmt.Fprintf(&l.out, "%v %+v\n", v, v) // into memory
	}
}

func (l *log) check(t *testing.T) {
	t.Helper()
	for _, secret := range []string{secretHalf, "proxypassword"} {
		if i := strings.Index(l.out.String(), secret); i >= 0 {
			t.Errorf("%q leaks: %s", secret, l.out.String()[max(0, i-200):])
		}
	}
}
