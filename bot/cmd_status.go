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
		r.reply(ctx, r.fleet(st), r.fleetButtons(ctx, st))
		return nil
	}
	r.reply(ctx, r.picked(st), r.pickedButtons(ctx, st))
	return nil
}

// shownIncidents is how many incidents the fleet's ten lines name.
const shownIncidents = 3

// fleet is everything in ten lines, counts first.
func (r *request) fleet(st *ops.Status) string {
	total := 0
	for _, n := range st.Clients {
		total += n
	}
	lines := blocks{r.headline(st, total)}
	var parts []string
	for _, v := range []opsbot.Verdict{opsbot.VerdictUnknown, opsbot.VerdictAtRisk, opsbot.VerdictDegraded, opsbot.VerdictOK} {
		if n := st.Clients[v]; n > 0 {
			parts = append(parts, markOf(v)+" "+r.p.Verdict(v)+": "+strconv.Itoa(n))
		}
	}
	lines = append(lines, escaped(strings.Join(parts, " · ")), r.checksLine(st))
	lines = append(lines, r.incidentLines(st)...)
	if n := len(st.Mutes); n > 0 {
		lines = append(lines, block(r.p.HTMLN("status.mutes", n, texts.Args{"until": r.moment(st.Mutes[0].Until)})))
	}
	for _, t := range st.Troubles {
		lines = append(lines, "⚠️ "+escaped(clipped(r.p.Reason(t), 200)))
	}
	message, _ := fit(nil, lines, nil, 2*mostRows, r.more)
	return message
}

func (r *request) headline(st *ops.Status, total int) block {
	down := st.Clients[opsbot.VerdictDown]
	switch {
	case down > 0:
		return block(r.p.HTML("status.down", texts.Args{"down": down, "total": r.p.N("count.of_clients", total)}))
	case st.Clients[opsbot.VerdictOK] == total && st.Checks[opsbot.PhaseDown] == 0:
		return block(r.p.HTML("status.well", texts.Args{"total": r.p.N("count.clients", total)}))
	default:
		return block(r.p.HTML("status.none_down", texts.Args{"total": r.p.N("count.of_clients", total)}))
	}
}

func (r *request) checksLine(st *ops.Status) block {
	total := 0
	for _, n := range st.Checks {
		total += n
	}
	parts := []string{r.p.N("count.checks", total)}
	for _, part := range []struct {
		id string
		n  int
	}{
		{"status.checks_down", st.Checks[opsbot.PhaseDown]}, {"status.checks_failing", st.Checks[opsbot.PhaseFailing]},
		{"status.checks_unknown", st.Unknown}, {"status.checks_new", st.NeverRun},
	} {
		if part.n > 0 {
			parts = append(parts, r.p.T(part.id, texts.Args{"n": part.n}))
		}
	}
	return escaped(strings.Join(parts, " · "))
}

func (r *request) incidentLines(st *ops.Status) blocks {
	var lines blocks
	for i := range st.Incidents {
		if i == shownIncidents {
			return append(lines, block(r.p.HTMLN("status.more_incidents", len(st.Incidents)-i)))
		}
		lines = append(lines, incidentLine(r.p, &st.Incidents[i], r.b.d.Now()))
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
func (r *request) picked(st *ops.Status) string {
	head := blocks{bold(clipped(st.Words, 64)), r.checksLine(st)}
	var rows blocks
	for i := range st.Services {
		rows = append(rows, serviceLine(r.p, &st.Services[i]))
	}
	for i := range st.Rows {
		if row := &st.Rows[i]; row.State.Phase != opsbot.PhaseOK || row.State.Status == opsbot.StatusUnknown && !row.State.At.IsZero() || len(st.Rows) == 1 {
			rows = append(rows, r.checkLine(row))
		}
	}
	tail := r.incidentLines(st)
	if c := st.Client; c != nil {
		tail = append(tail, r.clientLines(c)...)
	}
	message, _ := fit(head, rows, tail, mostRows, r.more)
	return message
}

func (r *request) checkLine(row *ops.CheckRow) block {
	line := markOfPhase(row.State) + " " + clipped(string(row.Check.ID), 140)
	if row.State.At.IsZero() {
		return escaped(line + " — " + r.p.T("status.not_yet"))
	}
	line += " — " + r.p.T("phase."+row.State.Phase.String())
	if !row.State.Since.IsZero() {
		line += " " + r.p.T("since", texts.Args{"at": r.moment(row.State.Since)})
	}
	if row.State.Status != opsbot.StatusOK {
		line += ": " + clipped(r.p.Reason(row.State.Reason), 200)
	}
	return escaped(line)
}

func (r *request) clientLines(c *opsbot.Client) blocks {
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
