package bot

import (
	"context"
	"strconv"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

func (r *request) showSelection(ctx context.Context, st *ops.Status, page int) {
	message, pages := r.renderer().selection(st, page)
	r.reply(ctx, message, r.selectionButtons(ctx, st, min(page, pages), pages))
}

// selection renders one page of a selection: incidents, services worst first, then failing checks and why; for hosts all checks.
func (s *renderer) selection(st *ops.Status, page int) (text string, pages int) {
	head := append(blocks{bold(model.Clip(plainWords(st.Words), 64)), s.checksLine(st)}, s.incidentLines(st)...)
	rows := s.selectionRows(st)
	pages = pagesOfRows(len(rows), mostRows)
	rows = rows[(min(page, pages)-1)*mostRows:]
	var tail blocks
	if c := st.Client; c != nil {
		tail = s.clientLines(c)
	}
	return message{head: head, rows: rows, tail: tail}.fit(mostRows, s.more), pages
}

func (s *renderer) selectionRows(st *ops.Status) blocks {
	var rows blocks
	all := len(st.Rows) == 1 || len(st.Selector.Hosts) > 0
	for _, g := range groupEqual(st.Services) {
		if !all || g.Verdict != model.VerdictOK {
			rows = append(rows, g.line(s.p))
		}
	}
	if len(st.Rows) == 1 {
		row := &st.Rows[0]
		rows = append(append(rows, s.checkLine(row)), s.measuredLine(row.State.Measured, row.State.Expires)...)
		if !row.State.At.IsZero() {
			rows = append(rows, block(s.p.HTML("check.last", texts.Args{"at": s.moment(row.State.At)})))
		}
		return append(rows, s.scheduleLine(row.Check, row.Next)...)
	}
	return append(rows, s.checkRows(st, all)...)
}

// equality is what checks of a host in one line have in common.
type equality struct {
	host, mark, reason string
	unknown            bool
}

// checkGroup is checks of a host with the same state.
type checkGroup struct {
	equality
	state model.CheckState // of the one with the oldest state
	names []string
}

// checkGroups are groups in the order of their first.
type checkGroups struct {
	at   map[equality]int
	list []checkGroup
}

// checkRows lists checks, those of a host grouped by state. If all is false, only those that are not ok.
func (s *renderer) checkRows(st *ops.Status, all bool) blocks {
	var rows blocks
	groups := checkGroups{at: map[equality]int{}}
	for i := range st.Rows {
		row := &st.Rows[i]
		switch e := row.Check.Endpoint; {
		case !all && !notFine(row.State):
		case e == nil:
			rows = append(rows, s.checkLine(row))
		case st.Client != nil:
			groups.add(s, row, e.Service)
		default:
			groups.add(s, row, e.String())
		}
	}
	for i := range groups.list {
		g := &groups.list[i]
		rows = append(rows, block(s.p.HTML("status.row", texts.Args{
			"mark": g.mark, "host": model.Clip(g.host, 64), "services": model.Clip(s.p.Names(g.names, mostServices), 250),
			"state": s.stateWords(g.state, g.reason),
		})))
	}
	return rows
}

func (g *checkGroups) add(s *renderer, row *ops.CheckRow, name string) {
	how := equality{host: row.Check.Endpoint.Host, mark: texts.OfCheck(&row.State).Mark(), unknown: row.State.Status == model.StatusUnknown}
	if row.State.Status != model.StatusOK {
		how.reason = s.common(row.State.Reason)
	}
	i, there := g.at[how]
	if !there {
		i = len(g.list)
		g.at[how] = i
		g.list = append(g.list, checkGroup{equality: how, state: row.State})
	}
	group := &g.list[i]
	group.names = append(group.names, name)
	if row.State.Since.Before(group.state.Since) {
		group.state = row.State
	}
}

// notFine reports whether a check is listed if not all are.
func notFine(st model.CheckState) bool {
	return st.Phase != model.PhaseOK || st.Status == model.StatusUnknown && !st.At.IsZero()
}

// checkLine is a check by itself: "🔴 main-db — down since 12:00: connection refused (10.0.0.9:5432)".
func (s *renderer) checkLine(row *ops.CheckRow) block {
	return escaped(texts.OfCheck(&row.State).Mark() + " " + model.Clip(string(row.Check.ID), 140) + " — " + s.stateWords(row.State, s.p.Reason(row.State.Reason)))
}

// stateWords is the state of a check, since when, and why.
func (s *renderer) stateWords(st model.CheckState, reason string) string {
	if st.At.IsZero() {
		return s.p.T("status.not_yet")
	}
	if st.Condition() == model.ConditionLatched {
		return s.p.Latched(st.WorksSince, s.now)
	}
	words, since := s.p.T("phase."+st.Phase.String()), st.Since
	if st.Status == model.StatusUnknown && st.Phase != model.PhaseDown {
		words, since = s.p.T("status.unknown"), st.UnknownSince
	}
	if !since.IsZero() {
		words += " " + s.p.T("since", texts.Args{"at": s.moment(since)})
	}
	if st.Status != model.StatusOK {
		words += ": " + model.Clip(reason, 200)
	}
	return words
}

func (s *renderer) clientLines(c *model.Client) blocks {
	var lines blocks
	for _, contact := range c.Contacts[:min(mostContacts, len(c.Contacts))] {
		if line := s.contact(contact); line != "" {
			lines = append(lines, line)
		}
	}
	if c.Runbook != "" {
		lines = append(lines, "📖 "+escaped(trusted(model.Clip(c.Runbook, 200))))
	}
	return lines
}

func (r *request) selectionButtons(ctx context.Context, st *ops.Status, page, pages int) [][]telegram.Button {
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
	if r.actor.Role >= model.RoleOperator {
		actions = append(actions, action{label: r.p.T("button.mute_1h"), name: actRun, args: map[string]string{"line": "/mute 1h " + again}})
	}
	arrows := pageArrows(page, pages, func(page int) string { return "/more " + strconv.Itoa(page) + " " + again })
	return append(r.buttons(ctx, 3, actions...), r.buttons(ctx, 2, arrows...)...)
}
