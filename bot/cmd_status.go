package bot

import (
	"context"
	"strconv"
	"strings"

	"opsbot"
	"opsbot/bot/telegram"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdStatus says how things stand: the fleet in ten lines, or what the words pick.
func (r *request) cmdStatus(ctx context.Context, args string) error {
	st, err := r.b.d.Desk.Status(ctx, r.actor, words(args))
	if err != nil {
		return err
	}
	if st.Words == "" {
		r.reply(ctx, r.sheet().fleet(st), r.fleetButtons(ctx, st))
		return nil
	}
	r.reply(ctx, r.sheet().picked(st), r.pickedButtons(ctx, st))
	return nil
}

// shownIncidents is how many incidents the fleet's ten lines name.
const shownIncidents = 3

// fleet is everything in ten lines, counts first.
func (s *sheet) fleet(st *ops.Status) string {
	total := 0
	for _, n := range st.Clients {
		total += n
	}
	lines := blocks{s.headline(st, total)}
	var parts []string
	for _, v := range []opsbot.Verdict{opsbot.VerdictUnknown, opsbot.VerdictAtRisk, opsbot.VerdictDegraded, opsbot.VerdictOK} {
		if n := st.Clients[v]; n > 0 {
			parts = append(parts, markOf(v)+" "+s.p.Verdict(v)+": "+strconv.Itoa(n))
		}
	}
	lines = append(lines, escaped(strings.Join(parts, " · ")), s.checksLine(st))
	lines = append(lines, s.incidentLines(st)...)
	if n := len(st.Mutes); n > 0 {
		lines = append(lines, block(s.p.HTMLN("status.mutes", n, texts.Args{"until": s.moment(st.Mutes[0].Until)})))
	}
	for _, t := range st.Troubles {
		lines = append(lines, "⚠️ "+escaped(clipped(s.p.Reason(t), 200)))
	}
	message, _ := fit(nil, lines, nil, 2*mostRows, s.more)
	return message
}

func (s *sheet) headline(st *ops.Status, total int) block {
	down := st.Clients[opsbot.VerdictDown]
	switch {
	case down > 0:
		return block(s.p.HTML("status.down", texts.Args{"down": down, "total": s.p.N("count.of_clients", total)}))
	case st.Clients[opsbot.VerdictOK] == total && st.Checks[opsbot.PhaseDown] == 0:
		return block(s.p.HTML("status.well", texts.Args{"total": s.p.N("count.clients", total)}))
	default:
		return block(s.p.HTML("status.none_down", texts.Args{"total": s.p.N("count.of_clients", total)}))
	}
}

func (s *sheet) checksLine(st *ops.Status) block {
	total := 0
	for _, n := range st.Checks {
		total += n
	}
	parts := []string{s.p.N("count.checks", total)}
	for _, part := range []struct {
		id string
		n  int
	}{
		{"status.checks_down", st.Checks[opsbot.PhaseDown]}, {"status.checks_failing", st.Checks[opsbot.PhaseFailing]},
		{"status.checks_unknown", st.Unknown}, {"status.checks_new", st.NeverRun},
	} {
		if part.n > 0 {
			parts = append(parts, s.p.T(part.id, texts.Args{"n": part.n}))
		}
	}
	return escaped(strings.Join(parts, " · "))
}

func (s *sheet) incidentLines(st *ops.Status) blocks {
	var lines blocks
	for i := range st.Incidents {
		if i == shownIncidents {
			return append(lines, block(s.p.HTMLN("status.more_incidents", len(st.Incidents)-i)))
		}
		lines = append(lines, incidentLine(s.p, &st.Incidents[i], s.now))
	}
	return lines
}

func (r *request) fleetButtons(ctx context.Context, st *ops.Status) [][]telegram.Button {
	actions := []action{
		{label: r.p.T("button.refresh"), name: actShow, args: map[string]string{"line": "/status"}},
		{label: r.p.T("button.clients"), name: actRun, args: map[string]string{"line": "/clients status 1"}},
	}
	if len(st.Mutes) > 0 {
		actions = append(actions, action{label: r.p.T("button.mutes"), name: actRun, args: map[string]string{"line": "/mutes"}})
	}
	return r.buttons(ctx, 3, actions...)
}

// picked is what a selector picks: services worst first, then what does not work and why.
func (s *sheet) picked(st *ops.Status) string {
	head := blocks{bold(clipped(st.Words, 64)), s.checksLine(st)}
	var rows blocks
	for i := range st.Services {
		rows = append(rows, serviceLine(s.p, &st.Services[i]))
	}
	for i := range st.Rows {
		if row := &st.Rows[i]; row.State.Phase != opsbot.PhaseOK || row.State.Status == opsbot.StatusUnknown && !row.State.At.IsZero() || len(st.Rows) == 1 {
			rows = append(rows, s.checkLine(row))
		}
	}
	tail := s.incidentLines(st)
	if c := st.Client; c != nil {
		tail = append(tail, s.clientLines(c)...)
	}
	message, _ := fit(head, rows, tail, mostRows, s.more)
	return message
}

func (s *sheet) checkLine(row *ops.CheckRow) block {
	line := markOfPhase(row.State) + " " + clipped(string(row.Check.ID), 140)
	if row.State.At.IsZero() {
		return escaped(line + " — " + s.p.T("status.not_yet"))
	}
	line += " — " + s.p.T("phase."+row.State.Phase.String())
	if !row.State.Since.IsZero() {
		line += " " + s.p.T("since", texts.Args{"at": s.moment(row.State.Since)})
	}
	if row.State.Status != opsbot.StatusOK {
		line += ": " + clipped(s.p.Reason(row.State.Reason), 200)
	}
	return escaped(line)
}

func (s *sheet) clientLines(c *opsbot.Client) blocks {
	var lines blocks
	for _, contact := range c.Contacts[:min(3, len(c.Contacts))] {
		lines = append(lines, "📞 "+escaped(clipped(contact, 120)))
	}
	if c.Runbook != "" {
		lines = append(lines, "📖 "+escaped(clipped(c.Runbook, 200)))
	}
	return lines
}

func (r *request) pickedButtons(ctx context.Context, st *ops.Status) [][]telegram.Button {
	again := st.Selector.String()
	if len(again) > 200 {
		return nil
	}
	actions := []action{{label: r.p.T("button.refresh"), name: actShow, args: map[string]string{"line": "/status " + again}}}
	if len(st.Services) > 0 {
		actions = append(actions, action{label: r.p.T("button.webtest"), name: actRun, args: map[string]string{"line": "/webtest " + again}})
	} else if len(st.Rows) == 1 {
		actions = append(actions, action{label: r.p.T("button.check"), name: actRun, args: map[string]string{"line": "/check " + again}})
	}
	if r.actor.Role >= opsbot.RoleOperator {
		actions = append(actions, action{label: r.p.T("button.mute_1h"), name: actRun, args: map[string]string{"line": "/mute 1h " + again}})
	}
	return r.buttons(ctx, 3, actions...)
}
