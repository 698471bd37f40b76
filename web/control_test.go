package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// house is the backend of the control socket: one client, one check, and mutes that are only counted.
type house struct {
	paged  []string
	events []model.Event
	ops.Alerts
	ops.Muter
	inv      *model.Inventory
	mutes    []model.Mute
	open     []model.Incident
	revived  [][]int64
	audit    []model.AuditEntry
	reloaded error
	forced   bool
	posted   []model.Change
}

func newHouse() *house {
	key := model.ServiceKey{Client: "acme", Service: "reports"}
	check := &model.Check{ID: "acme/reports@web1", Endpoint: &model.Endpoint{ServiceKey: key, Host: "web1"}}
	return &house{inv: model.NewInventory(
		[]model.Client{{Name: "acme"}}, []model.Service{{ServiceKey: key}}, []model.Host{{Name: "web1"}}, []*model.Check{check},
	)}
}

func (h *house) Current() *model.Inventory { return h.inv }

func (h *house) Resolve(_ *model.Inventory, words []string, _ model.Scope) (model.Selector, error) {
	if slices.Contains(words, "ac") {
		return model.Selector{}, &model.Error{Code: model.ErrAmbiguousWord, Args: map[string]string{"word": "ac"}, Choices: []string{"acme", "acorn"}}
	}
	return model.Selector{Clients: words}, nil
}

func (h *house) Warnings(model.Scope) []model.Reason        { return nil }
func (h *house) Beyond(model.Scope) []ops.UnmappedHost      { return nil }
func (h *house) States() map[model.CheckID]model.CheckState { return nil }
func (h *house) Overview(scope model.Scope) model.Overview {
	now := h.StateOf(scope, h.inv.Checks())
	o := model.Overview{Services: now.Services, Incidents: now.Incidents}
	for i, c := range h.inv.Checks() {
		o.Add(c, &now.Checks[i])
	}
	return o
}

func (h *house) StateOf(_ model.Scope, checks []*model.Check) model.SelectionState {
	down := []model.ServiceState{{ServiceKey: model.ServiceKey{Client: "acme", Service: "reports"}, Verdict: model.VerdictDown}}
	return model.SelectionState{Checks: make([]model.CheckState, len(checks)), Services: down, Incidents: h.open}
}
func (h *house) OpenIncidents(model.Scope) []model.Incident { return h.open }
func (h *house) Preview(model.Mute) model.Hidden            { return model.Hidden{Checks: 100, Clients: 50} }
func (h *house) Mutes() []model.Mute                        { return h.mutes }
func (h *house) Audit(_ context.Context, e model.AuditEntry) error {
	h.audit = append(h.audit, e)
	return nil
}

func (h *house) Mute(_ context.Context, m model.Mute, audit model.AuditEntry) (model.Mute, model.Hidden, error) {
	m.ID = model.MuteID(len(h.mutes) + 1)
	h.mutes, h.audit = append(h.mutes, m), append(h.audit, audit)
	return m, model.Hidden{Checks: 100}, nil
}

func (h *house) ExtendMute(_ context.Context, id model.MuteID, until time.Time, audit model.AuditEntry) (model.Mute, error) {
	h.mutes[id-1].Until, h.audit = until, append(h.audit, audit)
	return h.mutes[id-1], nil
}

func (h *house) EndMutes(_ context.Context, ends []model.MuteEnd, _ bool) (ended []model.Mute, err error) {
	for _, e := range ends {
		h.mutes[e.ID-1].EndedAt, h.audit = time.Now(), append(h.audit, e.Audit)
		ended = append(ended, h.mutes[e.ID-1])
	}
	return ended, nil
}

// words renders answers in few words.
type words struct{}

func (words) Status(language string, st *ops.Status) string {
	return "status " + language + " " + st.Words
}
func (words) Muted(string, ops.MuteAnswer) string     { return "muted" }
func (words) Mutes(_ string, all []model.Mute) string { return strings.Repeat("mute ", len(all)) }
func (words) Unmuted(string, []ops.Unmuted) string    { return "unmuted" }
func (words) Extended(_ string, m *model.Mute) string {
	return "until " + m.Until.Format(time.TimeOnly)
}

func (words) GatewayTested(_ string, t *ops.GatewayTest) string { return t.Person + " by " + t.Gateway }
func (words) Rechecked(_ string, n int) string                  { return fmt.Sprint("again ", n) }
func (words) Unacked(_ string, in *model.Incident) string {
	return fmt.Sprint(len(in.Acks), " acks")
}

func (words) Incidents(_ string, all []model.Incident) string {
	return strings.Repeat("incident ", len(all))
}

func (words) Noted(_ string, in *model.Incident) string {
	return in.Notes[0].Name + " notes " + in.Notes[0].Text
}
func (words) Acked(_ string, in *model.Incident) string { return "acked by " + in.Acks[0].Name }
func (words) History(_ string, past *ops.History) string {
	return fmt.Sprintf("%d since %s", len(past.Incidents), past.Since.Format(time.DateOnly))
}

func (words) Maintenance(_ string, all []ops.Planned) string {
	return strings.Repeat("plan ", len(all))
}

func (words) Outbox(_ string, list model.OutboxList, dead bool) string {
	return fmt.Sprint(len(list.Waiting), len(list.Dead), dead)
}

func (words) SetAside(_ string, rows []model.SetAsideRow) string {
	return fmt.Sprint(len(rows), " aside")
}
func (words) DroppedAside(_ string, n int) string { return fmt.Sprint("dropped ", n) }
func (words) Report(r *model.Report) string       { return r.Text }
func (words) Sent(language string, to ops.ReportTarget) string {
	return "sent " + language + " " + to.Name
}

func (h *house) IncidentsOf(context.Context, model.Span, []string, int) ([]model.Incident, error) {
	return nil, nil
}

func (words) Logs(_ string, a *ops.LogsAnswer) string {
	return fmt.Sprintf("logs %s: %d", a.Line, len(a.Excerpts))
}
func (words) Retried(_ string, n int) string { return fmt.Sprint("again ", n) }
func (words) Dropped(_ string, n int) string { return fmt.Sprint("gone ", n) }

// serve runs the control socket until the test ends and returns its path.
func serve(t *testing.T, h *house) string { return serveDeps(t, h.deps()) }

func serveDeps(t *testing.T, d web.ControlDeps) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := web.ListenControl(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	serving(t, l, web.Control(d))
	return path
}

func (h *house) deps() web.ControlDeps {
	actions := ops.New(ops.Deps{
		Inventory: h, Alerts: h, Muter: h, Audit: h, Archive: h, Past: h, Outbox: h, SetAside: h, Events: h, Closer: h, Pager: h, Sources: h, Reports: reports{&h.posted}, Windows: func() []model.MaintenanceWindow { return nil }, Now: clock, HealthIssues: func() []model.Reason { return nil },
	})
	return web.ControlDeps{
		Actions: actions, Renderer: words{}, States: func() []byte { return []byte(`{"acme/reports@web1":false}`) },
		Reload: func(_ context.Context, forced bool) (model.Problems, error) {
			h.forced = forced
			return nil, h.reloaded
		}, Now: clock,
		Paired:      func() []model.Chat { return []model.Chat{{ID: -100, Name: "ops"}} },
		OpenPairing: func() (string, time.Time, bool) { return "K7WQ2MZP", clock().Add(15 * time.Minute), true },
	}
}

func serving(t *testing.T, l net.Listener, handler http.Handler) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ctx, l, handler, nil) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestAskingARunningOpsbot(t *testing.T) {
	h := newHouse()
	path := serve(t, h)
	call := func(what string, req web.ControlRequest) (a web.Answer) {
		t.Helper()
		if err := web.Call(t.Context(), path, what, req, &a); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return a
	}
	status := call("status", web.ControlRequest{Language: "ru"})
	var view web.StatusView
	if err := json.Unmarshal(status.Data, &view); err != nil {
		t.Fatal(err)
	}
	if status.Text != "status ru " || view.Clients["down"] != 1 || len(view.Services) != 1 || string(view.States) != `{"acme/reports@web1":false}` {
		t.Errorf("status is %q %+v", status.Text, view)
	}
	status = call("status", web.ControlRequest{Words: []string{"acme"}})
	if !strings.Contains(string(status.Data), `"rows":[{"check":"acme/reports@web1"`) || strings.Contains(string(status.Data), "states") {
		t.Errorf("with a selector: %s", status.Data)
	}
	call("mute", web.ControlRequest{For: web.Length(time.Hour), Words: []string{"acme"}, Reason: "update"}) // wide, but without confirmation
	if len(h.mutes) != 1 || h.mutes[0].Reason != "update" || h.mutes[0].Here {
		t.Errorf("muted: %+v", h.mutes)
	}
	if a := call("mutes", web.ControlRequest{}); a.Text != "mute " {
		t.Errorf("mutes: %q", a.Text)
	}
	call("unmute", web.ControlRequest{Words: []string{"1"}})
	if h.mutes[0].EndedAt.IsZero() {
		t.Error("still muted")
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if len(h.audit) != 2 || h.audit[0].Actor.Name != me.Username || h.audit[0].Actor.Via != "cli" {
		t.Errorf("the audit log does not say who: %+v", h.audit)
	}
}

// Every list of incidents says how each is now.
func TestIncidentsSayHowTheyAreNow(t *testing.T) {
	h := newHouse()
	h.open = []model.Incident{
		{ID: 1, Kind: model.IncidentConnectivity},
		{ID: 2, Kind: model.IncidentSource, Flap: &model.Flap{Works: true}},
		{ID: 3, Kind: model.IncidentConnectivity, WorksSince: clock()},
		{ID: 4, Kind: model.IncidentSource, MutedUntil: clock()},
	}
	path := serve(t, h)
	for _, what := range []string{"status", "incidents", "why"} {
		var a web.Answer
		if err := web.Call(t.Context(), path, what, web.ControlRequest{Words: map[string][]string{"why": {"acme"}}[what]}, &a); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		var all []web.IncidentView
		switch what {
		case "incidents":
			must(t, json.Unmarshal(a.Data, &all))
		default:
			var view struct{ Incidents []web.IncidentView }
			must(t, json.Unmarshal(a.Data, &view))
			all = view.Incidents
		}
		want := map[model.IncidentID]model.Condition{1: model.ConditionOpen, 2: model.ConditionResting, 3: model.ConditionLatched, 4: model.ConditionMuted}
		for i := range all {
			if all[i].Now != want[all[i].ID] {
				t.Errorf("%s: #%d is %q, want %q", what, all[i].ID, all[i].Now, want[all[i].ID])
			}
		}
		if n := map[string]int{"status": 4, "incidents": 4, "why": 2}[what]; len(all) != n {
			t.Errorf("%s lists %d incidents, want %d", what, len(all), n)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestErrorsTravelWhole(t *testing.T) {
	h := newHouse()
	path := serve(t, h)
	ask := func(what string, req web.ControlRequest) *model.Error {
		t.Helper()
		err := web.Call(t.Context(), path, what, req, &web.Answer{})
		e, ok := errors.AsType[*model.Error](err)
		if !ok {
			t.Fatalf("%s: %v", what, err)
		}
		return e
	}
	e := ask("status", web.ControlRequest{Words: []string{"ac"}})
	if e.Code != model.ErrAmbiguousWord || e.Args["word"] != "ac" || !slices.Equal(e.Choices, []string{"acme", "acorn"}) {
		t.Errorf("it became %+v", e)
	}
	if e := ask("mute", web.ControlRequest{For: web.Length(time.Hour)}); e.Code != model.ErrNothingNamed || len(h.mutes) > 0 {
		t.Errorf("muting nothing named: %+v", e)
	}
	wrong := model.Problems{{Place: model.Place{File: "opsbot.toml", Line: 41}, What: model.Say("config.both", "key", "url", "other", "urls")}}
	h.reloaded = wrong
	if e := ask("reload", web.ControlRequest{}); e.Code != model.ErrConfig || e.Err.Error() != wrong.Error() {
		t.Errorf("it became %+v", e)
	}
	h.reloaded = errors.New("password=hunter2")
	if e := ask("reload", web.ControlRequest{}); e.Code != model.ErrInternal || strings.Contains(e.Error(), "hunter2") {
		t.Errorf("it became %+v", e)
	}
	if e := ask("status", web.ControlRequest{Words: []string{strings.Repeat("x", 65<<10)}}); e.Code != model.ErrTooLong {
		t.Errorf("too much became %+v", e)
	}
	if e := ask("nonsense", web.ControlRequest{}); e.Code != model.ErrNotRunning {
		t.Errorf("an unknown request became %+v", e)
	}
	err := web.Call(t.Context(), filepath.Join(t.TempDir(), "none.sock"), "status", web.ControlRequest{}, &web.Answer{})
	if model.CodeOf(err) != model.ErrNotRunning {
		t.Errorf("without a listener it became %v", err)
	}
}

func TestControlSocketIsItsOwners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := web.ListenControl(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("its mode is %v", info.Mode())
	}
	if _, err := web.ListenControl(t.Context(), path); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a socket in use was replaced: %v", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // a process that died leaves it behind
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if l, err = web.ListenControl(t.Context(), path); err != nil {
		t.Fatalf("a socket of a dead process: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	precious := filepath.Join(t.TempDir(), "opsbot.db")
	if err := os.WriteFile(precious, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := web.ListenControl(t.Context(), precious); err == nil {
		t.Error("a file was treated as a socket")
	}
	if data, err := os.ReadFile(precious); err != nil || string(data) != "data" {
		t.Errorf("the file is gone: %q, %v", data, err)
	}
}

// TestPaired: the command line learns which chats were paired; whoever asks from elsewhere does not.
func TestPaired(t *testing.T) {
	if code, answer := ask(t, web.Control(newHouse().deps()), "/v1/paired", "", `{}`); code != http.StatusOK || !strings.Contains(answer, `"data":[{"name":"ops","id":-100,`) {
		t.Errorf("%d %s", code, answer)
	}
	if code, answer := ask(t, web.API(newHouse().deps(), admitted), "/api/v1/paired", "Bearer token-of-operator", `{}`); code != http.StatusNotFound {
		t.Errorf("%d %s", code, answer)
	}
}

// TestNamesAndPairing: the command line completes names, and sets up the first admin; whoever asks from elsewhere does neither.
func TestNamesAndPairing(t *testing.T) {
	for path, want := range map[string]string{
		"names":   `"data":{"clients":["acme"],"services":["reports"],"hosts":["web1"],"checks":`,
		"pairing": `"data":{"code":"K7WQ2MZP","ends":"`,
	} {
		if code, answer := ask(t, web.Control(newHouse().deps()), "/v1/"+path, "", `{}`); code != http.StatusOK || !strings.Contains(answer, want) {
			t.Errorf("%s: %d %s", path, code, answer)
		}
		if code, answer := ask(t, web.API(newHouse().deps(), admitted), "/api/v1/"+path, "Bearer token-of-operator", `{}`); code != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, code, answer)
		}
	}
}

// TestMuteUntil: a moment is read where the bot is, not where the request comes from.
func TestMuteUntil(t *testing.T) {
	h := newHouse()
	api := web.API(h.deps(), admitted)
	if _, answer := ask(t, api, "/api/v1/mute", "Bearer token-of-operator", `{"words":["acme"],"until":"tomorrow 9:00"}`); !strings.Contains(answer, `"muted"`) {
		t.Fatal(answer)
	}
	year, month, day := clock().Date()
	if want := time.Date(year, month, day+1, 9, 0, 0, 0, clock().Location()); !h.mutes[0].Until.Equal(want) {
		t.Errorf("until %v, want %v", h.mutes[0].Until, want)
	}
	if _, answer := ask(t, api, "/api/v1/extend", "Bearer token-of-operator", `{"words":["1"],"until":"in 2 moons"}`); !strings.Contains(answer, `"bad_time"`) {
		t.Error(answer)
	}
	until := clock().AddDate(0, 0, 3).Format(time.DateOnly)
	if _, answer := ask(t, api, "/api/v1/extend", "Bearer token-of-operator", `{"words":["1"],"until":"`+until+`"}`); !strings.Contains(answer, "until 00:00:00") {
		t.Error(answer)
	}
	for _, until := range []string{"yesterday", "2000-01-01", "25:00"} {
		if _, answer := ask(t, api, "/api/v1/mute", "Bearer token-of-operator", `{"words":["acme"],"until":"`+until+`"}`); !strings.Contains(answer, `"bad_time"`) || len(h.mutes) != 1 {
			t.Errorf("%s: %s", until, answer)
		}
	}
}
