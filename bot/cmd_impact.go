package bot

import (
	"bytes"
	"context"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdImpact says what the events that stand mean for clients: looked at live, of all sources or of those named. "/impact csv"
// gives every endpoint in question as a table, as last seen.
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
	s := r.renderer()
	head, rows, tail := s.impact(found)
	r.reply(ctx, fit(head, rows, tail, len(rows), s.more), r.buttons(ctx, 3, impactActions(r.p, found, ws)...))
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

// impact is the answer to /impact: a card of all that stands.
func (s *renderer) impact(found *ops.Impact) (head, rows, tail blocks) {
	disconnected := s.disconnected(found.Disconnected)
	switch {
	case len(found.Events) == 0 && len(disconnected) > 0: // that nothing is heard is no sign that nothing is wrong
		return append(blocks{block("🟡 " + s.p.HTML("impact.none_disconnected"))}, disconnected...), nil, nil
	case len(found.Events) == 0:
		return blocks{block("🟢 " + s.p.HTML("impact.none"))}, nil, nil
	}
	in := impactCard(found)
	mark := markOfSeverity(in.Severity)
	if in.Severity == model.SeverityInfo {
		mark = "🟢"
	}
	if in.EventGroup.Clients == 0 && in.EventGroup.UnmappedAll+in.EventGroup.NoHostAll > 0 {
		mark = "🟡"
	}
	head = append(blocks{block(mark + " " + s.groupTitle(in, true)), s.reported(in.EventGroup)}, disconnected...)
	return head, s.group(in), blocks{block(s.p.HTML("impact.since", texts.Args{"at": s.moment(found.Since), "took": found.Took}))}
}

// deaf are the sources that are not heard.
func (s *renderer) disconnected(all []model.SourceState) blocks {
	var lines blocks
	for i := range all[:min(len(all), mostReplies)] {
		lines = append(lines, block(s.p.HTML("impact.disconnected", texts.Args{"source": clipped(all[i].Name, 70), "since": s.moment(all[i].Since)})))
	}
	return lines
}

// impactCard is an answer in the shape of a card.
func impactCard(found *ops.Impact) *model.Incident {
	f := &found.Found
	b := &model.EventGroup{
		Sources: found.Sources, Since: found.Since, Events: len(found.Events), Open: len(found.Events),
		Unmapped: found.Unmapped, UnmappedAll: len(found.Unmapped), NoHost: found.NoHost, NoHostAll: len(found.NoHost), Done: f.Done, Total: f.Total, Clients: f.Clients, Down: f.Down,
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
		}
	}
	in := &model.Incident{Kind: model.IncidentEventGroup, Severity: f.Severity(), EventGroup: b}
	for i := range f.Services {
		in.Affected = append(in.Affected, f.Services[i].ServiceState)
	}
	for i := range f.Before {
		b.Before = append(b.Before, f.Before[i].ServiceState)
	}
	return in
}

// impactTable sends the services in question as a table.
func (r *request) impactTable(ctx context.Context, ws []string) error {
	found, err := r.b.d.Actions.Impact(ctx, r.actor, ops.ImpactRequest{Sources: ws})
	if err != nil {
		return err
	}
	if len(found.Found.Services)+len(found.Found.Before) == 0 {
		s := r.renderer()
		head, rows, tail := s.impact(found)
		r.reply(ctx, fit(head, rows, tail, len(rows), s.more), nil)
		return nil
	}
	file := telegram.File{Name: "impact-" + found.At.In(r.b.d.Zone()).Format("20060102-1504") + ".csv", Data: impactCSV(found)}
	_, err = r.b.d.Sender.SendDocument(ctx, r.outgoing(r.p.HTML("impact.table"), nil), file)
	r.logged(err)
	return nil
}

// impactCSV has a row for each service that is not well: what is blamed on the events first.
func impactCSV(found *ops.Impact) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	rows := [][]string{{"client", "service", "tier", "verdict", "without_it", "up", "failed", "unknown", "need", "failed_since", "failed_before", "at"}}
	for _, some := range [][]model.ServiceImpact{found.Found.Services, found.Found.Before} {
		for i := range some {
			s := &some[i]
			rows = append(rows, []string{
				model.CSVCell(s.Client), model.CSVCell(s.Service), model.CSVCell(s.Tier), s.Verdict.String(), s.Without.String(), strconv.Itoa(s.Up), strconv.Itoa(s.Failed),
				strconv.Itoa(s.Unknown), strconv.Itoa(s.Need), strconv.Itoa(s.Since), strconv.Itoa(s.Earlier), found.At.UTC().Format(time.RFC3339),
			})
		}
	}
	_ = w.WriteAll(rows) // a buffer takes everything
	return out.Bytes()
}

// cmdUnmapped lists what sources speak of and what is not in the inventory.
func (r *request) cmdUnmapped(ctx context.Context, _ string) error {
	all, err := r.b.d.Actions.Unmapped(ctx, r.actor)
	if err != nil {
		return err
	}
	s := r.renderer()
	if len(all) == 0 {
		r.reply(ctx, r.p.HTML("unmapped.none"), nil)
		return nil
	}
	r.list(ctx, blocks{block(r.p.HTMLN("unmapped.head", len(all)))}, s.unmappedRows(all), blocks{block(r.p.HTML("unmapped.do"))})
	return nil
}

func (s *renderer) unmappedRows(all []ops.UnmappedHost) blocks {
	var rows blocks
	for i := range all {
		one := &all[i]
		row := block(markOfSeverity(one.Severity)+" ") + bold(clipped(one.Name, 100)) + " · " + escaped(clipped(one.Source, 40)) + " · " +
			escaped(s.p.T("since", texts.Args{"at": s.moment(one.Since)}))
		switch {
		case !one.Why.IsZero():
			row += "\n   " + escaped(clipped(s.p.Reason(one.Why), 200))
		case len(one.Near) > 0:
			row += "\n   " + block(s.p.HTML("unmapped.near", texts.Args{"names": clipped(joined(one.Near), 150)}))
		}
		rows = append(rows, row)
	}
	return rows
}

// sources are how the systems that send events are heard.
func (s *renderer) sources(all []model.SourceState) (head, rows blocks) {
	if len(all) == 0 {
		return blocks{block(s.p.HTML("sources.none"))}, nil
	}
	head = blocks{block(s.p.HTMLN("sources.head", len(all)))}
	for i := range all {
		rows = append(rows, s.sourceRow(&all[i]))
	}
	return head, rows
}

func (s *renderer) sourceRow(one *model.SourceState) block {
	mark, state := "🟢", s.p.T("sources.connected", texts.Args{"at": s.moment(one.Answered)})
	switch {
	case one.Disconnected:
		mark, state = "🔴", s.p.T("sources.disconnected", texts.Args{"since": s.moment(one.Since)})
	case !one.Failing.IsZero():
		mark, state = "🟡", s.p.T("sources.failing", texts.Args{"since": s.moment(one.Since)})
	case one.Answered.IsZero() && one.LastHook.IsZero():
		mark, state = "⚪", s.p.T("sources.new")
	case one.Answered.IsZero():
		state = s.p.T("sources.connected", texts.Args{"at": s.moment(one.LastHook)})
	case len(one.Missing) > 0:
		mark = "🟡"
	}
	row := block(mark+" ") + bold(clipped(one.Name, 70)) + " · " + escaped(strings.TrimSpace(string(one.Kind)+" "+clipped(one.Version, 40))) +
		"\n   " + escaped(state)
	if one.Active > 0 {
		row += " · " + escaped(s.p.N("sources.active", one.Active))
	}
	if !one.Failing.IsZero() {
		row += "\n   " + escaped(clipped(s.p.Reason(one.Failing), 200))
	}
	if !one.LostAt.IsZero() && one.Failing.IsZero() {
		row += "\n   " + block(s.p.HTML("sources.away", texts.Args{"from": s.moment(one.LostAt), "to": s.moment(one.FoundAt)}))
	}
	for _, m := range one.Missing[:min(len(one.Missing), mostReplies)] {
		row += "\n   ⚠️ " + escaped(clipped(s.p.Reason(m), 200))
	}
	return row
}
