package bot

import (
	"context"
	"strings"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

func (r *request) showSelection(ctx context.Context, st *ops.Status) {
	m := r.renderer().selection(st)
	r.about = st.Words
	for i := range m.links {
		if line := m.links[i].args["line"]; len(line) > longestLine || line == r.here {
			m.links[i] = action{}
		}
	}
	r.show(ctx, m, r.selectionKeys(st))
}

// selection renders what was selected: incidents, services worst first, then failing checks and why; for hosts all checks.
func (s *renderer) selection(st *ops.Status) (out message) {
	out.head = append(blocks{bold(model.Clip(plainWords(st.Words), 64)), s.checksLine(st)}, s.incidentLines(st)...)
	s.selectionRows(st, &out)
	if c := st.Client; c != nil {
		out.tail = s.clientLines(c)
	}
	return out
}

// selectionRows adds a row for each service and check that is not ok, or all; each leads to what it is about.
func (s *renderer) selectionRows(st *ops.Status, out *message) {
	all := len(st.Rows) == 1 || len(st.Selector.Hosts) > 0
	for _, g := range groupEqual(st.Services) {
		if !all || g.Verdict != model.VerdictOK {
			out.rows, out.links = append(out.rows, g.line(s.p)), append(out.links, serviceLink(&g))
		}
	}
	if len(st.Rows) == 1 {
		row := &st.Rows[0]
		out.rows = append(append(out.rows, s.checkLine(row)), s.measuredLine(row.State.Measured, row.State.Expires)...)
		if !row.State.At.IsZero() {
			out.rows = append(out.rows, block(s.p.HTML("check.last", texts.Args{"at": s.moment(row.State.At)})))
		}
		out.rows, out.links = append(out.rows, s.scheduleLine(row.Check, row.Next)...), nil
		return
	}
	s.checkRows(st, all, out)
	shortLinks(out.links)
}

// serviceLink leads to a service, or of several that are equal to the client's.
func serviceLink(g *serviceGroup) action {
	line, label := "/status client:"+g.Client, g.Client
	if len(g.names) == 1 {
		line, label = line+" service:"+g.names[0], g.String()
	}
	return action{label: texts.OfVerdict(g.Verdict).Mark() + " " + label, name: actShow, args: map[string]string{"line": line}}
}

// shortLinks makes the labels of links fit, and leaves of those that lead to the same place the first.
func shortLinks(links []action) {
	var names []string
	seen := map[string]bool{}
	for i := range links {
		if line := links[i].args["line"]; seen[line] {
			links[i] = action{}
		} else {
			seen[line] = true
		}
		_, name, _ := strings.Cut(links[i].label, " ")
		names = append(names, name)
	}
	for i, name := range shortNames(names, labelRoom[1]-3) {
		if mark, _, there := strings.Cut(links[i].label, " "); there {
			links[i].label = mark + " " + name
		}
	}
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
func (s *renderer) checkRows(st *ops.Status, all bool, out *message) {
	groups := checkGroups{at: map[equality]int{}}
	for i := range st.Rows {
		row := &st.Rows[i]
		switch e := row.Check.Endpoint; {
		case !all && !notFine(row.State):
		case e == nil:
			out.rows = append(out.rows, s.checkLine(row))
			out.links = append(out.links, checkLink(&row.State, string(row.Check.ID), exactly(row.Check)))
		case st.Client != nil:
			groups.add(s, row, e.Service)
		default:
			groups.add(s, row, e.String())
		}
	}
	for i := range groups.list {
		g := &groups.list[i]
		out.rows = append(out.rows, block(s.p.HTML("status.row", texts.Args{
			"mark": g.mark, "host": model.Clip(g.host, 64), "services": model.Clip(s.p.Names(g.names, mostServices), 250),
			"state": s.stateWords(g.state, g.reason),
		})))
		out.links = append(out.links, checkLink(&g.state, g.host, "host:"+g.host))
	}
}

// checkLink leads to a check, or to a host.
func checkLink(state *model.CheckState, name, word string) action {
	return action{label: texts.OfCheck(state).Mark() + " " + name, name: actShow, args: map[string]string{"line": "/status " + word}}
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

// selectionKeys are what can be done about what was selected.
func (r *request) selectionKeys(st *ops.Status) keyboard {
	again := st.Words
	if len(again) > longestLine-len("/webtest ") {
		return nil
	}
	act := func(label, line string) action {
		return action{label: r.p.T(label), name: actRun, args: map[string]string{"line": line + " " + again}}
	}
	actions := []action{r.refresh()}
	switch {
	case len(st.Services) > 0:
		actions = append(actions, act("button.webtest", "/webtest"))
	case len(st.Rows) == 1:
		actions = append(actions, act("button.check", "/check"))
	}
	if st.Broken()+st.Checks[model.PhaseFailing] > 0 {
		actions = append(actions, act("button.why", "/why"))
	}
	if hosts := st.Selector.Hosts; len(hosts) == 1 && r.b.d.Actions.HasLogs(hosts) && r.actor.Role >= model.RoleOperator {
		actions = append(actions, act("button.logs", "/logs"))
	}
	actions = append(actions, act("button.chart", "/chart"))
	if r.actor.Role >= ops.RoleFor(ops.ActionMute) {
		actions = append(actions, action{label: r.p.T("button.mute"), name: actMute, args: map[string]string{"words": again, "for": "0s"}})
	}
	return arrange(cardColumns, actions)
}
