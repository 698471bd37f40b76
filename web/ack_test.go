package web_test

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"opsbot/bot"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
	"opsbot/web"
)

// ackPages answers one link, "right".
type ackPages struct {
	page    ops.AckPage
	err     error
	pressed int
}

func (d *ackPages) AckPage(_ context.Context, token string) (ops.AckPage, error) {
	if token != "right" {
		return ops.AckPage{}, &model.Error{Code: model.ErrNoLink}
	}
	return d.page, d.err
}

func (d *ackPages) AckByLink(ctx context.Context, token string) (ops.AckPage, error) {
	page, err := d.AckPage(ctx, token)
	if err == nil {
		d.pressed++
		page.By, page.At = "anna", time.Date(2026, 11, 22, 21, 5, 0, 0, time.UTC)
	}
	return page, err
}

func hostDown() model.Incident {
	return model.Incident{ID: 12, Kind: model.IncidentHost, Host: "web<1>", OpenedAt: time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC), Severity: model.SeverityCritical}
}

// ackSite is the listener with links.
func ackSite(t *testing.T, d *ackPages) (http.Handler, *guardBench) {
	t.Helper()
	words, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	guard := newGuard()
	say := &bot.Plain{Texts: words, Zone: func() *time.Location { return time.UTC }, Now: func() time.Time { return time.Date(2026, 11, 22, 21, 6, 0, 0, time.UTC) }}
	return web.Public(web.Parts{
		Guard: guard.Guard, Health: func() web.Health { return web.Health{} }, Metrics: web.NewMetrics("1", func() web.Snapshot { return web.Snapshot{} }),
		API: http.NotFoundHandler(), Hooks: http.NotFoundHandler(), Jobs: jobs(nil), Acks: d, AckSays: say,
	}), guard
}

func ackCall(t *testing.T, h http.Handler, method, path, form string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(form))
	r.RemoteAddr = "192.0.2.7:1234"
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept-Language", "ru-RU,ru;q=0.9,en;q=0.8")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestTheLinkOfAPhone: opening it asks, pressing its button acknowledges, and the page says it in the language of the person, not of the phone.
func TestTheLinkOfAPhone(t *testing.T) {
	d := &ackPages{page: ops.AckPage{Who: model.Actor{Name: "anna", Language: "en"}, Incident: hostDown()}}
	h, guard := ackSite(t, d)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		w := ackCall(t, h, method, "/ack/right", "")
		if w.Code != http.StatusOK || d.pressed > 0 {
			t.Fatalf("%s: %d, pressed %d times", method, w.Code, d.pressed)
		}
		if text := w.Body.String(); !strings.Contains(text, `<form method="post"><button type="submit">Acknowledge</button>`) ||
			!strings.Contains(text, "Incident #12") || !strings.Contains(text, "web&lt;1&gt;") || strings.Contains(text, "web<1>") || !strings.Contains(text, `lang="en"`) {
			t.Errorf("%s: %s", method, text)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Content-Security-Policy": "frame-ancestors 'none'", "Content-Type": "text/html; charset=utf-8"} {
			if !strings.Contains(w.Header().Get(name), want) {
				t.Errorf("%s: %q", name, w.Header().Get(name))
			}
		}
	}
	w := ackCall(t, h, http.MethodPost, "/ack/right", "")
	if text := w.Body.String(); w.Code != http.StatusOK || d.pressed != 1 || !strings.Contains(text, "Acknowledged by anna at 21:05.") || strings.Contains(text, "<button") {
		t.Errorf("%d, pressed %d times: %s", w.Code, d.pressed, text)
	}
	if refused, _ := guard.seen(); len(refused) > 0 {
		t.Errorf("refused: %+v", refused)
	}
}

// TestWhatTheLinkSays: each state of an incident, in both languages.
func TestWhatTheLinkSays(t *testing.T) {
	open := hostDown()
	for name, tt := range map[string]struct {
		page   ops.AckPage
		err    error
		code   int
		says   map[string]string
		button bool
	}{
		"over": {
			page: ops.AckPage{Over: true}, code: http.StatusOK,
			says: map[string]string{"en": "This incident is over.", "ru": "Этот инцидент закрыт."},
		},
		"somebody has it": {
			page: ops.AckPage{Incident: open, By: "boris <b>"}, code: http.StatusOK,
			says: map[string]string{"en": "Acknowledged by boris &lt;b&gt; at", "ru": "В работе: boris &lt;b&gt;, с"},
		},
		"forbidden": {
			err: &model.Error{Code: model.ErrForbidden}, page: ops.AckPage{}, code: http.StatusForbidden,
			says: map[string]string{"en": "anna may not acknowledge this incident", "ru": "anna: нет права"},
		},
		"away": {
			err: errors.New("disk"), page: ops.AckPage{Incident: open}, code: http.StatusServiceUnavailable, button: true,
			says: map[string]string{"en": "Try again in a moment.", "ru": "Повторите через минуту."},
		},
		"away at once": {
			err: errors.New("disk"), code: http.StatusServiceUnavailable, button: true,
			says: map[string]string{"en": "Try again in a moment.", "ru": "Повторите через минуту."},
		},
	} {
		for language, says := range tt.says {
			page := tt.page
			page.Who = model.Actor{Name: "anna", Language: language}
			h, _ := ackSite(t, &ackPages{page: page, err: tt.err})
			w := ackCall(t, h, http.MethodGet, "/ack/right", "")
			if text := w.Body.String(); w.Code != tt.code || !strings.Contains(text, says) || strings.Contains(text, "<button") != tt.button || strings.Contains(text, "disk") {
				t.Errorf("%s, %s: %d %s", name, language, w.Code, text)
			}
		}
	}
}

// TestAWrongLinkSaysNothing: whatever is wrong the answer is the same, has nothing of an incident, is counted, and is slowed by address; the token
// is not noted. A right link is never slowed.
func TestAWrongLinkSaysNothing(t *testing.T) {
	d := &ackPages{page: ops.AckPage{Who: model.Actor{Name: "anna", Language: "en"}, Incident: hostDown()}}
	h, guard := ackSite(t, d)
	answers := map[string]bool{}
	for range 12 {
		for _, path := range []string{"/ack/wrong", "/ack/right%20", "/ack/RIGHT", "/ack/%00", "/ack/" + strings.Repeat("x", 2000)} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				w := ackCall(t, h, method, path, "")
				if w.Code != http.StatusNotFound {
					t.Fatalf("%s %s: %d", method, path, w.Code)
				}
				answers[w.Body.String()] = true
			}
		}
	}
	refused, waits := guard.seen()
	if len(answers) != 1 || len(refused) != 120 || len(waits) != 110 || refused[0].Kind != "ack" || refused[0].What != "" || refused[0].From != "192.0.2.7" {
		t.Errorf("%d answers, %d refused, %d slowed, %+v", len(answers), len(refused), len(waits), refused[:1])
	}
	for text := range answers {
		if !strings.Contains(text, "Ссылка не работает") || strings.Contains(text, "12") && strings.Contains(text, "web") || strings.Contains(text, "anna") || strings.Contains(text, "<button") {
			t.Error(text)
		}
	}
	if w := ackCall(t, h, http.MethodGet, "/ack/right", ""); w.Code != http.StatusOK {
		t.Errorf("a right link: %d", w.Code)
	}
	w := ackCall(t, h, http.MethodPost, "/ack/wrong", "Digits=1")
	if w.Code != http.StatusNotFound || d.pressed > 0 {
		t.Errorf("by a key: %d", w.Code)
	}
	if w := ackCall(t, h, http.MethodGet, "/ack/none", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Брать в работу нечего") {
		t.Errorf("the link of a message about nothing: %d %s", w.Code, w.Body)
	}
	for _, path := range []string{"/ack", "/ack/", "/ack/right/more"} {
		if w := ackCall(t, h, http.MethodGet, path, ""); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "12") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete} {
		if w := ackCall(t, h, method, "/ack/right", ""); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

// TestTheKeysOfAPhone: 1 acknowledges, no other key does, nor does a call in which none was pressed; the answer is read aloud.
func TestTheKeysOfAPhone(t *testing.T) {
	for _, tt := range []struct {
		form, language, says string
		pressed              int
	}{
		{"Digits=1&CallSid=CA1", "en", "Acknowledged. Thank you.", 1},
		{"Digits=1", "ru", "Взято в работу. Спасибо.", 1},
		{"dtmf=1", "en", "Acknowledged. Thank you.", 1},
		{"Digits=2", "en", "Not acknowledged.", 0},
		{"Digits=", "en", "Not acknowledged.", 0},
		{"Digits=11", "ru", "В работу не взято.", 0},
		{"digits=%31%00", "en", "Not acknowledged.", 0},
	} {
		d := &ackPages{page: ops.AckPage{Who: model.Actor{Name: "anna", Language: tt.language}, Incident: hostDown()}}
		h, _ := ackSite(t, d)
		w := ackCall(t, h, http.MethodPost, "/ack/right", tt.form)
		var answer struct {
			XMLName xml.Name `xml:"Response"`
			Say     struct {
				Language string `xml:"language,attr"`
				Text     string `xml:",chardata"`
			}
		}
		if err := xml.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s: %v", w.Body, err)
		}
		if w.Code != http.StatusOK || answer.Say.Text != tt.says || !strings.HasPrefix(answer.Say.Language, tt.language+"-") || d.pressed != tt.pressed {
			t.Errorf("%s: %d, pressed %d times, %s", tt.form, w.Code, d.pressed, w.Body)
		}
	}
}
