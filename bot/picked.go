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

// picked is one page of what a selector picks: services worst first, then what does not work and why; of hosts all that
// is on them.
func (s *sheet) picked(st *ops.Status, page int) (message string, pages int) {
	head := blocks{bold(clipped(spoken(st.Words), 64)), s.checksLine(st)}
	rows := s.pickedRows(st)
	pages = pagesOf(len(rows), mostRows)
	rows = rows[(min(page, pages)-1)*mostRows:]
	tail := s.incidentLines(st)
	if c := st.Client; c != nil {
		tail = append(tail, s.clientLines(c)...)
	}
	message = fit(head, rows, tail, mostRows, s.more)
	return message, pages
}

// spoken are the words of a selector without the kinds that buttons put before names.
func spoken(selector string) string {
	all := words(selector)
	for i, word := range all {
		for _, kind := range []string{"client:", "service:", "host:", "check:"} {
			if name, found := strings.CutPrefix(word, kind); found && name != "" {
				all[i] = name
			}
		}
	}
	return strings.Join(all, " ")
}

func (s *sheet) pickedRows(st *ops.Status) blocks {
	var rows blocks
	all := len(st.Rows) == 1 || len(st.Selector.Hosts) > 0
	for i := range st.Services {
		if sv := &st.Services[i]; !all || sv.Verdict != opsbot.VerdictOK {
			rows = append(rows, (&serviceGroup{*sv, []string{sv.Service}}).line(s.p))
		}
	}
	for i := range st.Rows {
		if row := &st.Rows[i]; all || notFine(row.State) {
			rows = append(rows, s.checkLine(row))
		}
	}
	return rows
}

// notFine reports whether a check has a line of its own among many.
func notFine(st opsbot.CheckState) bool {
	return st.Phase != opsbot.PhaseOK || st.Status == opsbot.StatusUnknown && !st.At.IsZero()
}

func (s *sheet) checkLine(row *ops.CheckRow) block {
	line := markOfPhase(row.State) + " " + clipped(string(row.Check.ID), 140)
	if row.State.At.IsZero() {
		return escaped(line + " — " + s.p.T("status.not_yet"))
	}
	state, since := s.p.T("phase."+row.State.Phase.String()), row.State.Since
	if row.State.Status == opsbot.StatusUnknown && row.State.Phase != opsbot.PhaseDown {
		state, since = s.p.T("status.unknown"), row.State.UnknownSince
	}
	line += " — " + state
	if !since.IsZero() {
		line += " " + s.p.T("since", texts.Args{"at": s.moment(since)})
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

func (r *request) pickedButtons(ctx context.Context, st *ops.Status, page, pages int) [][]telegram.Button {
	again := st.Words
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
	arrows := pageArrows(page, pages, func(page int) string { return "/more " + strconv.Itoa(page) + " " + again })
	return append(r.buttons(ctx, 3, actions...), r.buttons(ctx, 2, arrows...)...)
}
