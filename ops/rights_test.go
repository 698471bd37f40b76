package ops_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// useCases are all actions, with the required role and the audit entry they leave.
var useCases = []struct {
	name  string
	need  model.Role
	audit string // "" leaves none if it is allowed
	do    func(b *bench, who model.Actor) error
}{
	{"status", model.RoleViewer, "", func(b *bench, who model.Actor) error { return second(b.actions.Status(b.Context(), who, nil)) }},
	{"check", model.RoleViewer, "check main-db", func(b *bench, who model.Actor) error {
		return second(b.actions.CheckNow(b.Context(), who, []string{"main-db"}))
	}},
	{"web test", model.RoleViewer, "webtest acme", func(b *bench, who model.Actor) error {
		return second(b.actions.WebTest(b.Context(), who, ops.WebTestRequest{Words: []string{"acme"}}))
	}},
	{"web test of all", model.RoleOperator, "webtest all", func(b *bench, who model.Actor) error {
		return second(b.actions.WebTest(b.Context(), who, ops.WebTestRequest{Words: []string{"all"}}))
	}},
	{"web test of all by other words", model.RoleOperator, "webtest all", func(b *bench, who model.Actor) error {
		return second(b.actions.WebTest(b.Context(), who, ops.WebTestRequest{Words: []string{"reports", "store", "support"}}))
	}},
	{"web test with logs", model.RoleOperator, "webtest beta", func(b *bench, who model.Actor) error {
		return second(b.actions.WebTest(b.Context(), who, ops.WebTestRequest{Words: []string{"beta"}, Logs: true}))
	}},
	{"logs", model.RoleOperator, "logs web1 error last 5", func(b *bench, who model.Actor) error {
		return second(b.actions.Logs(b.Context(), who, ops.LogsRequest{Words: []string{"web1", "error"}, Last: 5}))
	}},
	{"logs of an incident", model.RoleOperator, "logs #1", func(b *bench, who model.Actor) error {
		return second(b.actions.LogsOfIncident(b.Context(), who, 1))
	}},
	{"logs of a web test", model.RoleOperator, "logs webtest acme", func(b *bench, who model.Actor) error {
		return second(b.actions.LogsOfTest(b.Context(), who, failedTest("web1")))
	}},
	{"recheck", model.RoleViewer, "recheck #1", func(b *bench, who model.Actor) error { return second(b.actions.Recheck(b.Context(), who, 1)) }},
	{"mutes", model.RoleViewer, "", func(b *bench, who model.Actor) error { return second(b.actions.Mutes(b.Context(), who)) }},
	{"mute", model.RoleOperator, "mute acme", func(b *bench, who model.Actor) error {
		return second(b.actions.Mute(b.Context(), who, muteOf("acme")))
	}},
	{"extend", model.RoleOperator, "extend #1 acme", func(b *bench, who model.Actor) error {
		return second(b.withMute().actions.Extend(b.Context(), who, ops.Extension{Mute: 1, By: time.Hour}))
	}},
	{"unmute", model.RoleOperator, "unmute #1 acme", func(b *bench, who model.Actor) error {
		return second(b.withMute().actions.Unmute(b.Context(), who, []string{"#1"}, false))
	}},
	{"ack", model.RoleOperator, "ack #1", func(b *bench, who model.Actor) error { return second(b.actions.Ack(b.Context(), who, 1)) }},
	{"unack", model.RoleOperator, "unack #1", func(b *bench, who model.Actor) error {
		b.open[0].Acks = []model.Ack{{Name: "Ada"}}
		return second(b.actions.Unack(b.Context(), who, 1))
	}},
	{"note", model.RoleOperator, "note #1", func(b *bench, who model.Actor) error {
		return second(b.actions.Note(b.Context(), who, ops.NoteRequest{Incident: 1, Text: "cable replaced"}))
	}},
	{"maintenance", model.RoleViewer, "", func(b *bench, who model.Actor) error { return second(b.actions.Maintenance(b.Context(), who)) }},
	{"incidents", model.RoleViewer, "", func(b *bench, who model.Actor) error { return second(b.actions.Incidents(b.Context(), who)) }},
	{"what if", model.RoleViewer, "", func(b *bench, who model.Actor) error {
		return second(b.actions.WhatIf(b.Context(), who, []string{"acme"}))
	}},
	{"names", model.RoleViewer, "", func(b *bench, who model.Actor) error { return second(b.actions.Names(b.Context(), who)) }},
	{"impact", model.RoleViewer, "", func(b *bench, who model.Actor) error {
		return second(b.actions.Impact(b.Context(), who, ops.ImpactRequest{}))
	}},
	{"impact live", model.RoleViewer, "impact icinga", func(b *bench, who model.Actor) error {
		b.sources = []model.SourceState{{Name: "icinga"}}
		return second(b.actions.Impact(b.Context(), who, ops.ImpactRequest{Sources: []string{"icinga"}, Live: true}))
	}},
	{"why", model.RoleViewer, "", func(b *bench, who model.Actor) error {
		return second(b.actions.Why(b.Context(), who, []string{"acme"}))
	}},
	{"unmapped", model.RoleViewer, "", func(b *bench, who model.Actor) error { return second(b.actions.Unmapped(b.Context(), who)) }},
	{"events", model.RoleViewer, "", func(b *bench, who model.Actor) error {
		return second(b.actions.OpenEvents(b.Context(), who, nil))
	}},
	{"close an event", model.RoleOperator, "close icinga/db9", func(b *bench, who model.Actor) error {
		b.events = []model.Event{event("db9", "")}
		return second(b.actions.CloseEvents(b.Context(), who, []string{"icinga/db9"}))
	}},
	{"on call", model.RoleViewer, "", func(b *bench, who model.Actor) error { return second(b.actions.OnCall(b.Context(), who, nil)) }},
	{"take over", model.RoleOperator, "takeover primary boris", func(b *bench, who model.Actor) error {
		b.roster = twoWeeks()
		return second(b.actions.Takeover(b.Context(), who, ops.MuteRequest{Words: []string{"primary", "boris"}}))
	}},
	{"cover", model.RoleOperator, "cover primary anna", func(b *bench, who model.Actor) error {
		b.roster = twoWeeks()
		return second(b.actions.Cover(b.Context(), who, ops.CoverRequest{Words: []string{"anna", "boris"}}))
	}},
	{"take a cover", model.RoleOperator, "cover_take #1 boris", func(b *bench, who model.Actor) error { return b.answer(who, model.CoverTake) }},
	{"refuse a cover", model.RoleOperator, "cover_refuse #1 boris", func(b *bench, who model.Actor) error { return b.answer(who, model.CoverRefuse) }},
	{"withdraw a cover", model.RoleOperator, "cover_withdraw #1 anna", func(b *bench, who model.Actor) error { return b.answer(who, model.CoverWithdraw) }},
	{"a calendar's address", model.RoleViewer, "calendar anna", func(b *bench, who model.Actor) error {
		b.roster, b.public = twoWeeks(), "https://ops.example.com"
		b.roster.People[0].Telegram = who.User
		return second(b.actions.Calendar(b.Context(), who, nil))
	}},
	{"hours on call", model.RoleViewer, "", func(b *bench, who model.Actor) error {
		return second(b.actions.DutyReport(b.Context(), who, []string{"oncall"}, b.now()))
	}},
	{"hand back", model.RoleOperator, "handback #1", func(b *bench, who model.Actor) error {
		b.roster = twoWeeks()
		if _, err := b.actions.Takeover(b.Context(), actor(model.RoleAdmin), ops.MuteRequest{Words: []string{"boris"}}); err != nil {
			return err
		}
		b.audit = nil
		return second(b.actions.Handback(b.Context(), who, []string{"#1"}))
	}},
	{"page", model.RoleOperator, "page anna", func(b *bench, who model.Actor) error {
		b.roster = twoWeeks()
		return second(b.actions.Page(b.Context(), who, ops.PageLine{Who: "anna", Text: "the shop is slow", Sure: true}))
	}},
	{"escalate", model.RoleOperator, "escalate #1", func(b *bench, who model.Actor) error {
		return second(b.actions.Escalate(b.Context(), who, 1, false))
	}},
	{"sources", model.RoleViewer, "", func(b *bench, who model.Actor) error { return second(b.actions.Sources(b.Context(), who)) }},
	{"history", model.RoleViewer, "", func(b *bench, who model.Actor) error {
		return second(b.actions.History(b.Context(), who, nil, epoch))
	}},
	{"chart", model.RoleViewer, "", func(b *bench, who model.Actor) error {
		return second(b.actions.Chart(b.Context(), who, []string{"acme"}, time.Hour))
	}},
	{"report", model.RoleViewer, "report acme 2026-02", func(b *bench, who model.Actor) error {
		return second(b.actions.ClientPast(b.Context(), who, reportOf("acme")))
	}},
	{"mail a report", model.RoleOperator, "report acme", func(b *bench, who model.Actor) error {
		return second(b.actions.MailTest(b.Context(), who, testOf("acme", "beta").Within(b.inv, model.ScopeOf([]string{"acme"})), "email:oncall"))
	}},
	{"see the recipients of a report", model.RoleOperator, "", func(b *bench, who model.Actor) error {
		return second(b.actions.ClientMail(b.Context(), who, reportOf("acme")))
	}},
	{"send a report", model.RoleOperator, "report acme 2026-02", func(b *bench, who model.Actor) error {
		return second(b.actions.MailClient(b.Context(), who, reportOf("acme")))
	}},
	{"outbox", model.RoleAdmin, "", func(b *bench, who model.Actor) error { return second(b.actions.Outbox(b.Context(), who, false)) }},
	{"retry", model.RoleAdmin, "outbox retry all", func(b *bench, who model.Actor) error {
		return second(b.actions.RetryOutbox(b.Context(), who, []string{"all"}))
	}},
	{"drop", model.RoleAdmin, "outbox drop #4 5", func(b *bench, who model.Actor) error {
		return second(b.actions.DropOutbox(b.Context(), who, []string{"#4", "5"}))
	}},
	{"set aside", model.RoleAdmin, "", func(b *bench, who model.Actor) error { return second(b.actions.SetAside(b.Context(), who)) }},
	{"drop what was set aside", model.RoleAdmin, "set-aside drop 4", func(b *bench, who model.Actor) error {
		b.aside = []model.SetAsideRow{{ID: 4}}
		return second(b.actions.DropSetAside(b.Context(), who, []string{"4"}))
	}},
	{"reset", model.RoleAdmin, "reset main-db", func(b *bench, who model.Actor) error {
		return b.latched("main-db").actions.Reset(b.Context(), who, "main-db")
	}},
	{"reset by words", model.RoleAdmin, "reset main-db", func(b *bench, who model.Actor) error {
		return second(b.latched("main-db").actions.ResetNamed(b.Context(), who, []string{"main-db"}))
	}},
}

func second[T any](_ T, err error) error { return err }

func muteOf(words ...string) ops.MuteRequest { return ops.MuteRequest{For: time.Hour, Words: words} }

func (b *bench) withMute() *bench {
	b.mutes = []model.Mute{{ID: 1, Selector: model.Selector{Clients: []string{"acme"}}, From: epoch, Until: epoch.Add(time.Hour)}}
	return b
}

func TestRolesAndAudit(t *testing.T) {
	for _, u := range useCases {
		for _, role := range []model.Role{model.RoleNone, model.RoleViewer, model.RoleOperator, model.RoleAdmin} {
			t.Run(u.name+" by "+role.String(), func(t *testing.T) {
				b := newBench(t)
				err := u.do(b, actor(role))
				if role >= u.need {
					b.wantAudit(u.audit, "ok")
					if err != nil {
						t.Error(err)
					}
					return
				}
				if model.CodeOf(err) != model.ErrForbidden {
					t.Errorf("it was not refused: %v", err)
				}
				if len(b.audit) != 1 || b.audit[0].Result != string(model.ErrForbidden) || b.audit[0].Actor.User != 7 || !b.audit[0].At.Equal(epoch) {
					t.Errorf("the refusal is not written down: %+v", b.audit)
				}
				if b.runs > 0 || len(b.rechecks) > 0 || len(b.resets) > 0 || len(b.mutes) > 0 && !b.mutes[0].EndedAt.IsZero() {
					t.Error("it was done anyway")
				}
			})
		}
	}
}

func (b *bench) wantAudit(line, result string) {
	b.Helper()
	var got []string
	for _, e := range b.audit {
		got = append(got, e.Action+" "+e.Target+" "+e.Result)
	}
	var want []string
	if line != "" {
		want = []string{line + " " + result}
	}
	if !slices.Equal(got, want) {
		b.Errorf("the audit log reads %q, wanted %q", got, want)
	}
}

// Who only asks how things are gets an answer although the audit log cannot be written, and a refusal stays a refusal.
func TestAuditThatCannotBeWritten(t *testing.T) {
	b := newBench(t)
	b.refuse = errDisk
	if answer, err := b.actions.CheckNow(t.Context(), actor(model.RoleViewer), []string{"main-db"}); err != nil || answer == nil {
		t.Errorf("a check on demand: %v, %v", answer, err)
	}
	if err := b.actions.Reset(t.Context(), actor(model.RoleViewer), "main-db"); model.CodeOf(err) != model.ErrForbidden {
		t.Errorf("the refusal became %v", err)
	}
	long := strings.Repeat("я", 4000)
	b.refuse = nil
	_, _ = b.actions.Unmute(t.Context(), actor(model.RoleViewer), []string{long}, false)
	if n := len(b.audit[0].Target); n > 200 {
		t.Errorf("an audit line of %d bytes", n)
	}
}

// A user limited to some clients neither sees, runs, mutes nor counts anything else, and learns no name.
func TestLimitedPeopleStayWithinTheirClients(t *testing.T) {
	ctx, anna := context.Background(), actor(model.RoleAdmin, "acme")
	t.Run("status", func(t *testing.T) {
		b := newBench(t)
		b.healthIssues = []model.Reason{model.NewReason(model.IssueReload, "what", `clients[2] "beta": no`), model.NewReason(model.IssueTelegramAway)}
		for _, denial := range []model.Denial{model.DenialRemoved, model.DenialBlocked, model.DenialRights, model.DenialFiles, model.DenialGone, model.DenialTopic, model.DenialUnclear} {
			b.healthIssues = append(b.healthIssues, model.DenialReason(&model.Outage{Denial: denial, Said: "kicked from beta"}, "chat:beta-ops"))
		}
		b.healthIssues = append(b.healthIssues, model.NewReason(model.IssueWait, "to", "chat:beta-ops"), model.NewReason(model.IssueOverdue, "check", "beta/store@web3"))
		for _, words := range [][]string{nil, {"all"}, {"web2"}, {"reports"}} {
			st, err := b.actions.Status(ctx, anna, words)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range st.Rows {
				if row.Check.Client() != "acme" {
					t.Errorf("%v shows %s", words, row.Check.ID)
				}
			}
			if n := st.Checks[model.PhaseOK]; n > 2 {
				t.Errorf("%v counts %d checks", words, n)
			}
			for _, r := range st.HealthIssues {
				if strings.Contains(fmt.Sprint(r.Args), "beta") {
					t.Errorf("a health issue names beta: %v", r)
				}
			}
		}
	})
	t.Run("run", func(t *testing.T) {
		b := newBench(t)
		test, err := b.actions.WebTest(ctx, anna, ops.WebTestRequest{Words: []string{"all"}})
		if err != nil || test.Total() != 2 || len(test.Clients) != 1 {
			t.Errorf("all is %+v, %v", test, err)
		}
		if n, err := b.actions.Recheck(ctx, anna, 1); err != nil || n != 1 || !slices.Equal(b.rechecks, []model.CheckID{"acme/store@web2"}) {
			t.Errorf("%d were looked at again: %v, %v", n, b.rechecks, err)
		}
		if _, err := b.actions.Recheck(ctx, anna, 2); model.CodeOf(err) != model.ErrNoIncident {
			t.Errorf("the incident of another: %v", err)
		}
		if err := b.actions.Reset(ctx, anna, "main-db"); model.CodeOf(err) != model.ErrUnknownWord {
			t.Errorf("resetting the company's check: %v", err)
		}
		viewer := actor(model.RoleViewer, "acme")
		if _, err := b.actions.WebTest(ctx, viewer, ops.WebTestRequest{Words: []string{"acme"}}); err != nil {
			t.Errorf("a viewer of one client may test it: %v", err)
		}
	})
	t.Run("mute", func(t *testing.T) {
		for name, req := range map[string]ops.MuteRequest{
			"all": muteOf("all"), "host": muteOf("web2"), "here": {For: time.Hour, Sure: true}, "shared host's card": {For: time.Hour, Incident: 1},
		} {
			b := newBench(t)
			a, err := b.actions.Mute(ctx, anna, req)
			if err != nil || a.Mute.Incident != 0 || !slices.Equal(a.Mute.Selector.Clients, []string{"acme"}) {
				t.Errorf("%s mutes %+v, %v", name, a.Mute, err)
			}
		}
		b := newBench(t)
		if _, err := b.actions.Mute(ctx, anna, ops.MuteRequest{For: time.Hour, Incident: 2}); model.CodeOf(err) != model.ErrNoIncident {
			t.Errorf("the card of another: %v", err)
		}
		b.mutes = []model.Mute{
			{ID: 1, From: epoch, Until: epoch.Add(time.Hour)},
			{ID: 2, From: epoch, Until: epoch.Add(time.Hour), Selector: model.Selector{Clients: []string{"acme", "beta"}}},
			{ID: 3, From: epoch, Until: epoch.Add(time.Hour), Incident: 1},
		}
		if seen, _ := b.actions.Mutes(ctx, anna); len(seen) != 0 {
			t.Errorf("mutes of others are seen: %+v", seen)
		}
		for _, word := range []string{"1", "2", "3", "all"} {
			if ended, err := b.actions.Unmute(ctx, anna, []string{word}, false); err == nil {
				t.Errorf("%s lifted %+v", word, ended)
			}
		}
	})
}

// A scope of no clients (a user of one client in the chat of another) sees nothing and must never mean everything.
func TestEmptyScopePicksNothing(t *testing.T) {
	nobody := actor(model.RoleAdmin)
	nobody.Scope = model.ScopeOf([]string{"acme"}).And(model.ScopeOf([]string{"beta"}))
	b := newBench(t)
	ctx := t.Context()
	for _, req := range []ops.MuteRequest{muteOf("all"), muteOf("web2"), {For: time.Hour, Sure: true}, {For: time.Hour, Incident: 1}, {For: time.Hour, Incident: 2}} {
		if a, err := b.actions.Mute(ctx, nobody, req); err == nil {
			t.Errorf("%+v mutes %+v, hiding %+v", req, a.Mute, a.Hidden)
		}
	}
	for _, words := range [][]string{{"all"}, {"web2"}, {"reports"}} {
		if _, err := b.actions.WebTest(ctx, nobody, ops.WebTestRequest{Words: words}); err == nil || b.runs > 0 {
			t.Errorf("%v was tested", words)
		}
		if st, err := b.actions.Status(ctx, nobody, words); err == nil {
			t.Errorf("%v shows %+v", words, st)
		}
	}
	if st, err := b.actions.Status(ctx, nobody, nil); err != nil || len(st.Services)+len(st.Rows) > 0 || len(st.Checks) > 0 {
		t.Errorf("the fleet of nobody: %+v, %v", st, err)
	}
}
