package bot_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// reportedFleet is fleet with promises, and acme's own address.
func reportedFleet() *model.Inventory {
	inv := fleet()
	clients, services := inv.Clients(), inv.Services()
	for i := range clients {
		if clients[i].Name == "acme" {
			clients[i].ReportTo, clients[i].ReportLanguage = []string{"it@acme.example"}, "ru"
		}
	}
	for i := range services {
		services[i].SLA = 99.9
	}
	return model.NewInventory(clients, services, inv.Hosts(), inv.Checks())
}

// past is how the fleet was: every store was down for three hours of what is known, and a fifth of the time nobody measured.
type past struct{}

// ServicePasts implements ops.Past.
func (past) ServicePasts(_ context.Context, inv *model.Inventory, keys []model.ServiceKey, span model.Span) ([]model.ServicePast, error) {
	var all []model.ServicePast
	for _, key := range keys {
		down := time.Duration(0)
		if key.Service == "store" {
			down = 3 * time.Hour
		}
		s := model.ServicePast{
			ServiceKey: key, Down: down, Unmeasured: span.Length() / 5, Excused: 2 * time.Hour, Counts: model.Counts{OK: 1000, Failed: int(down / time.Minute)},
			Latency: model.Latency{P50: 80 * time.Millisecond, P95: 240 * time.Millisecond, P99: time.Second, Max: 4 * time.Second},
		}
		s.Up = span.Length() - s.Down - s.Unmeasured - s.Excused
		for _, c := range inv.ChecksOfService(key) {
			s.Endpoints = append(s.Endpoints, model.EndpointPast{
				Check: c.ID, Host: c.Endpoint.Host, Up: s.Up, Down: s.Down, Unmeasured: s.Unmeasured, Excused: s.Excused, Counts: s.Counts, Latency: s.Latency,
			})
		}
		all = append(all, s)
	}
	return all, nil
}

// Removed implements ops.Past.
func (past) Removed(*model.Inventory, string) []model.ServiceKey { return nil }

// Series implements ops.Past.
func (past) Series(_ context.Context, _ []model.CheckID, span model.Span, step time.Duration) (model.Series, error) {
	return model.Series{Span: span, Step: step}, nil
}

// notified is a report for the ops chat, with a document, a table, a picture and logs.
func notified(text string) model.Notification {
	return model.Notification{
		ID: 7, Kind: model.NotifyReport, To: model.Destination{Channel: "telegram", Chat: opsChat}, Created: epoch, Severity: model.SeverityCritical,
		Snapshot: model.Snapshot{Report: &model.Report{Title: "title", Text: text, Parts: &model.ReportParts{
			Text: text, HTML: `<body>` + model.ReportNote + `<img src="cid:c.png"></body>`, Name: "webtest-1", Files: []model.ReportFile{
				{Name: "webtest-1.csv", Data: []byte("a,b")}, {Name: "c.png", Type: "image/png", Data: []byte("png"), Inline: true}, {Name: "webtest-1-logs.txt", Data: []byte("log")},
			},
		}}},
	}
}

// files are what the ops chat got as documents, with their captions.
func (w *world) files() (all []string) {
	for _, m := range w.server.Messages(opsChat) {
		if m.File != nil {
			all = append(all, m.File.Name+": "+m.Text)
		}
	}
	return all
}

// TestReportInAChat: the document first, under it what was found; then the tables, without a sound.
func TestReportInAChat(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	_, err := w.channel.Deliver(w.ctx, notified("🔴 acme: down\n2 hosts\n🔴 web1 <b>is</b> off"), model.Card{})
	w.ok(err)
	want := []string{"webtest-1.html: 🔴 acme: down\n2 hosts\n🔴 web1 <b>is</b> off", "webtest-1.csv: ", "webtest-1-logs.txt: "}
	if got := w.files(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	all := w.server.Messages(opsChat)
	if doc := string(all[0].File.Content); doc != `<body><img src="data:image/png;base64,cG5n"></body>` {
		t.Error(doc)
	}
	if all[0].Silent || !all[1].Silent || !all[2].Silent {
		t.Errorf("sounds: %t %t %t", !all[0].Silent, !all[1].Silent, !all[2].Silent)
	}
}

// TestReportIsCutToItsCaption: a caption has a quarter of a message's room; what does not fit is counted.
func TestReportIsCutToItsCaption(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	long := notified("🔴 " + strings.Repeat("шат", 400) + "\n" + strings.Repeat("🔴 <script>&\u202e "+strings.Repeat("w", 90)+"\n", 5000))
	long.Repeat, long.Created = true, epoch.Add(-model.Day)
	_, err := w.channel.Deliver(w.ctx, long, model.Card{})
	w.ok(err)
	caption := w.server.Messages(opsChat)[0].Text
	for _, want := range []string{"1 d late", "(may be a repeat)", "+4995 more"} {
		if !strings.Contains(caption, want) {
			t.Errorf("no %q in %q", want, caption)
		}
	}
	if text, page := w.channel.Cards.ReportMail(long); !strings.Contains(page, "1 d late") || !strings.HasPrefix(text, "⏱ 1 d late (may be a repeat)") || strings.Contains(page, "opsbot:note") {
		t.Errorf("the mail says %.200q, %.300q", text, page)
	}
}

// TestPartOfAReportFails: the kind of a failure stays what it is, and the next try sends what did not arrive, and no more. A file that
// is refused for good is left out, with a word.
func TestPartOfAReportFails(t *testing.T) {
	all := []string{"webtest-1.html", "webtest-1.csv", "webtest-1-logs.txt"}
	behind := func(f botapi.Fault) botapi.Fault {
		f.Method, f.Skip = "sendDocument", 1
		return f
	}
	for _, c := range []struct {
		name  string
		fault botapi.Fault
		want  model.SendFailure
		files []string // that arrived by the first try
		whole []string // by two
	}{
		{"the document is refused for now", botapi.Fault{Kind: botapi.FaultServer, Method: "sendDocument"}, model.SendAmbiguous, nil, all},
		{"a table is refused for now", behind(botapi.Fault{Kind: botapi.FaultServer}), model.SendAmbiguous, all[:1], all},
		{"too much", behind(botapi.Fault{Kind: botapi.FaultFlood, RetryAfter: 300}), model.SendFlood, all[:1], nil},
		{"the bot is thrown out between", behind(botapi.Fault{Kind: botapi.FaultForbidden}), model.SendDenied, all[:1], all},
		{"the bot is thrown out before", botapi.Fault{Kind: botapi.FaultForbidden, Method: "sendDocument"}, model.SendDenied, nil, all},
		{"a table is refused for good", behind(botapi.Fault{Kind: botapi.FaultBadRequest, To: "Bad Request: wrong file"}), "", []string{all[0], all[2], ""}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{language: "en"})
			w.server.Break(c.fault)
			_, err := w.channel.Deliver(w.ctx, notified("🔴 acme"), model.Card{})
			failure, _ := errors.AsType[*model.SendError](err)
			if c.want == "" && err != nil || c.want != "" && (failure == nil || failure.Failure != c.want) || !slices.Equal(w.names(), c.files) {
				t.Errorf("%v, %q", err, w.names())
			}
			if c.want == model.SendFlood && failure != nil && failure.RetryAfter < 200*time.Second {
				t.Errorf("wait %s", failure.RetryAfter)
			}
			if c.whole == nil {
				return
			}
			w.server.Heal()
			again := notified("🔴 acme")
			again.Repeat = true
			receipt, err := w.channel.Deliver(w.ctx, again, model.Card{})
			if err != nil || receipt.Message == 0 || !slices.Equal(w.names(), c.whole) {
				t.Errorf("%v, %v, %q", receipt, err, w.names())
			}
			if rest := w.server.Messages(opsChat)[len(c.files):]; !strings.Contains(rest[0].Text, "(may be a repeat)") {
				t.Errorf("%q does not say that it may be a repeat", rest[0].Text)
			}
		})
	}
}

// TestAPartIsGivenUp: a file that never goes through is given up after some tries and an hour, with a word; its report is not sent
// again.
func TestAPartIsGivenUp(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.server.Break(botapi.Fault{Kind: botapi.FaultServer, Method: "sendDocument", Skip: 1})
	for try := range 6 {
		_, err := w.channel.Deliver(w.ctx, notified("🔴 acme"), model.Card{})
		if err == nil {
			t.Fatalf("delivered at try %d: %q", try, w.names())
		}
		w.server.Break(botapi.Fault{Kind: botapi.FaultServer, Method: "sendDocument"})
	}
	w.clock.Advance(2 * time.Hour)
	_, err := w.channel.Deliver(w.ctx, notified("🔴 acme"), model.Card{})
	w.ok(err)
	if got := w.names(); !slices.Equal(got, []string{"webtest-1.html", "webtest-1-logs.txt", ""}) {
		t.Errorf("%q", got)
	}
	if word := w.server.Messages(opsChat)[2].Text; !strings.Contains(word, "webtest-1.csv") {
		t.Errorf("%q", word)
	}
}

// names are the files that the ops chat got; "" is a message without one.
func (w *world) names() (all []string) {
	for _, m := range w.server.Messages(opsChat) {
		name := ""
		if m.File != nil {
			name = m.File.Name
		}
		all = append(all, name)
	}
	return all
}

// TestReportWithoutParts: of a report whose parts are gone, the word of it arrives.
func TestReportWithoutParts(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	bare := notified("🔴 acme: down\n2 hosts")
	bare.Snapshot.Report.Parts = nil
	_, err := w.channel.Deliver(w.ctx, bare, model.Card{})
	w.ok(err)
	if m := w.ours(opsChat, 1, false); m.Text != "🔴 acme: down\n2 hosts" {
		t.Errorf("%q", m.Text)
	}
	if text, page := w.channel.Cards.ReportMail(bare); page != "" || text != "🔴 acme: down\n2 hosts" {
		t.Errorf("%q %q", text, page)
	}
}
