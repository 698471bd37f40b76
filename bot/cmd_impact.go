package bot

import (
	"context"
	"strconv"
	"strings"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdImpact shows which clients the open events affect, verified live, for all or the named sources. "/impact csv" sends the
// affected services as a table, by their last known state.
func (r *request) cmdImpact(ctx context.Context, args string) error {
	ws := words(args)
	if len(ws) > 0 && strings.EqualFold(ws[0], "csv") {
		return r.impactTable(ctx, ws[1:])
	}
	r.in.Yield()
	live := &liveRun{r: r}
	defer live.stop()
	found, err := r.b.d.Actions.Impact(ctx, r.actor, ops.ImpactRequest{
		Sources: ws, Live: true,
		Progress: func(done, all int) {
			live.progress(ctx, func() string { return r.p.HTML("impact.progress", texts.Args{"done": done, "total": all}) })
		},
	})
	live.stop()
	r.shown = live.message()
	if err != nil {
		return err
	}
	r.reply(ctx, r.renderer().impactText(found), r.buttons(ctx, 3, impactActions(r.p, found, ws)...))
	return nil
}

func impactActions(p *texts.Printer, found *ops.Impact, ws []string) []action {
	line := strings.TrimSpace("/impact " + strings.Join(ws, " "))
	actions := []action{{label: p.T("button.again"), name: actShow, args: map[string]string{"line": line}}}
	if found.Found.Total > 0 {
		actions = append(actions, action{label: p.T("button.csv"), name: actRun, args: map[string]string{"line": strings.TrimSpace("/impact csv " + strings.Join(ws, " "))}})
	}
	if len(found.Unmapped) > 0 {
		actions = append(actions, action{label: p.T("button.unmapped"), name: actRun, args: map[string]string{"line": "/unmapped"}})
	}
	return actions
}

// impactText is the answer to /impact with all rows that fit.
func (s *renderer) impactText(found *ops.Impact) string {
	m := s.impact(found)
	return m.fit(len(m.rows), s.rest)
}

// impact renders the answer to /impact like a card.
func (s *renderer) impact(found *ops.Impact) (out message) {
	disconnected := s.disconnected(found.Disconnected)
	switch {
	case len(found.Events) == 0 && found.NoSources:
		return message{head: blocks{block(s.p.HTML("sources.none"))}}
	case len(found.Events) == 0 && len(disconnected) > 0: // without a connection, no events mean nothing
		return message{head: append(blocks{marked(texts.LevelWarning, s.p.HTML("impact.none_disconnected"))}, disconnected...)}
	case len(found.Events) == 0:
		return message{head: blocks{marked(texts.LevelOK, s.p.HTML("impact.none"))}}
	}
	in := impactCard(found)
	level := texts.OfSeverity(in.Severity)
	switch {
	case in.EventGroup.Clients == 0 && in.EventGroup.UnmappedAll+in.EventGroup.NoHostAll > 0:
		level = texts.LevelWarning
	case in.Severity == model.SeverityInfo: // no client is affected
		level = texts.LevelOK
	}
	out.head = append(blocks{marked(level, s.groupTitle(in, true)), s.reported(in.EventGroup)}, disconnected...)
	out.rows, out.tail = s.group(in), blocks{block(s.p.HTML("impact.since", texts.Args{"at": s.moment(found.Since), "took": found.Took}))}
	return out
}

// disconnected lists the disconnected sources.
func (s *renderer) disconnected(all []model.SourceState) blocks {
	rows := rowsOf(all, func(one *model.SourceState) block {
		return block(s.p.HTML("impact.disconnected", texts.Args{"source": model.Clip(one.Name, 70), "since": s.moment(one.Since)}))
	})
	return s.first(rows, limit{mostReplies, len(all), "more"})
}

// impactCard converts an answer to an incident, to be rendered as a card.
func impactCard(found *ops.Impact) *model.Incident {
	f := &found.Found
	b := &model.EventGroup{
		Sources: found.Sources, Since: found.Since, Events: len(found.Events), Open: len(found.Events),
		Unmapped: found.Unmapped, UnmappedAll: len(found.Unmapped), NoHost: found.NoHost, NoHostAll: len(found.NoHost), About: model.NameList{Names: found.About, All: len(found.About)}, Done: f.Done, Total: f.Total, Clients: f.Clients, Down: f.Down,
		Services: len(f.Services), Spared: f.Spared, BeforeAll: len(f.Before), Cause: f.Cause, Guides: found.Guides, HostsAll: len(f.Hosts),
	}
	if found.Live {
		b.Checked = found.At
	}
	for _, h := range f.Hosts {
		b.Hosts = append(b.Hosts, h.Host)
		b.Verifications.Add(h.Verification)
		if h.Verification == model.VerifyRefuted {
			b.Refuted = append(b.Refuted, h.Host)
			b.ActiveUp.All++
		}
	}
	b.ActiveUp.Names = b.Refuted
	in := &model.Incident{Kind: model.IncidentEventGroup, Severity: f.Severity(), EventGroup: b}
	for i := range f.Services {
		in.Affected = append(in.Affected, f.Services[i].ServiceState)
	}
	for i := range f.Before {
		b.Before = append(b.Before, f.Before[i].ServiceState)
	}
	return in
}

// impactTable sends the affected services as a table.
func (r *request) impactTable(ctx context.Context, ws []string) error {
	found, err := r.b.d.Actions.Impact(ctx, r.actor, ops.ImpactRequest{Sources: ws})
	if err != nil {
		return err
	}
	if len(found.Found.Services)+len(found.Found.Before) == 0 {
		r.reply(ctx, r.renderer().impactText(found), nil)
		return nil
	}
	file := telegram.File{Name: "impact-" + found.At.In(r.zone()).Format("20060102-1504") + ".csv", Data: impactCSV(found)}
	r.file(ctx, r.outgoing(r.p.HTML("impact.table"), nil), file)
	return nil
}

// impactCSV has a row for each service that is not ok: first those affected by the events, then those that failed before.
func impactCSV(found *ops.Impact) []byte {
	rows := [][]string{{"client", "service", "tier", "verdict", "without_it", "up", "failed", "unknown", "need", "failed_since", "failed_before", "at"}}
	for _, some := range [][]model.ServiceImpact{found.Found.Services, found.Found.Before} {
		for i := range some {
			s := &some[i]
			rows = append(rows, []string{
				s.Client, s.Service, s.Tier, s.Verdict.String(), s.Without.String(), strconv.Itoa(s.Up), strconv.Itoa(s.Failed),
				strconv.Itoa(s.Unknown), strconv.Itoa(s.Need), strconv.Itoa(s.Since), strconv.Itoa(s.Earlier), found.At.UTC().Format(time.RFC3339),
			})
		}
	}
	return model.CSV(rows)
}
