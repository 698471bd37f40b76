package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdStatus shows a summary of everything in ten lines, or the state of what the words select.
func (r *request) cmdStatus(ctx context.Context, args string) error {
	if strings.EqualFold(strings.TrimSpace(args), "sources") {
		return r.cmdSources(ctx, "")
	}
	ws, err := r.orSubject(ctx, words(args), wholeOf)
	if err != nil {
		return err
	}
	st, err := r.b.d.Actions.Status(ctx, r.actor, ws)
	if err != nil {
		return err
	}
	if st.Words == "" {
		r.show(ctx, message{head: blocks{block(r.renderer().fleet(st))}}, r.fleetKeys(st))
		return nil
	}
	r.showSelection(ctx, st)
	return nil
}

// shownIncidents limits the incidents and health issues of the summary.
const shownIncidents = 3

// fleet is the summary of everything, counts first.
func (s *renderer) fleet(st *ops.Status) string {
	lines := blocks{s.headline(st), s.otherClients(st), s.checksLine(st)}
	lines = append(lines, s.issueLines(st)...)
	if !st.Leader.IsZero() {
		lines = append(lines, escaped(s.p.Reason(st.Leader)))
	}
	lines = append(lines, s.incidentLines(st)...)
	if n := len(st.Mutes); n > 0 {
		lines = append(lines, block(s.p.HTMLN("status.mutes", n, texts.Args{"until": s.moment(st.Mutes[0].Until)})))
	}
	return message{rows: lines, tail: blocks{s.zoneLine()}}.fit(2*mostRows, s.more)
}

// headline is the worst state in one line, with its mark.
func (s *renderer) headline(st *ops.Status) block {
	clients, worst := clientsIn(st)
	all, down := 0, st.Broken()
	for _, n := range st.Checks {
		all += n
	}
	what := s.p.N("count.clients", clients)
	if clients == 0 {
		what = s.p.N("count.checks", all)
	}
	args := texts.Args{"total": what, "mark": s.worstMark(st), "clients": s.p.ClientsAre(worst, st.Clients[worst], clients)}
	switch {
	case all == 0:
		return marked(texts.LevelUnknown, s.p.HTML("status.nothing", texts.Args{"limited": st.Limited}))
	case worst == model.VerdictDown:
		return marked(texts.LevelCritical, s.p.HTML("status.down", args))
	case worst != model.VerdictOK && st.Alone > 0:
		return block(s.p.HTMLN("status.not_well_alone", st.Alone, args))
	case worst != model.VerdictOK:
		return block(s.p.HTML("status.not_well", args))
	case st.Alone > 0 && clients > 0:
		return block(s.p.HTMLN("status.alone", st.Alone, args))
	case down > 0:
		return block(s.p.HTMLN("status.some_fail", down, args))
	case st.NeverRun == all:
		return marked(texts.LevelUnknown, s.p.HTML("status.not_run", args))
	case st.NeverRun+st.Unknown > 0:
		return block(s.p.HTML("status.not_known", args))
	case st.Checks[model.PhaseFailing] > 0:
		return marked(texts.LevelWarning, s.p.HTMLN("status.well_failing", st.Checks[model.PhaseFailing], args))
	case loud(st.Incidents) > 0: // e.g. of a disconnected source
		return block(s.p.HTMLN("status.well_but", loud(st.Incidents), args))
	case model.CountIncidents(st.Incidents).Working > 0:
		return marked(texts.LevelWarning, s.p.HTMLN("status.well_waiting", model.CountIncidents(st.Incidents).Working, args))
	default:
		return marked(texts.LevelOK, s.p.HTML("status.well", args))
	}
}

// loud counts open incidents above info.
func loud(all []model.Incident) int {
	return model.CountIncidents(slices.DeleteFunc(slices.Clone(all), func(in model.Incident) bool { return in.Severity <= model.SeverityInfo })).Open
}

// clientsIn counts clients and returns their worst verdict.
func clientsIn(st *ops.Status) (total int, worst model.Verdict) {
	for v, n := range st.Clients {
		total += n
		if n > 0 {
			worst = max(worst, v)
		}
	}
	return total, worst
}

// worstMark is the worst mark of what is below the headline, which looks neither better nor worse than that.
func (s *renderer) worstMark(st *ops.Status) string {
	worst, known := texts.LevelOK, false
	for i := range st.Incidents {
		if in := &st.Incidents[i]; !in.Condition().Works() {
			worst, known = texts.Worse(worst, texts.OfIncident(in)), true
		}
	}
	for i := range st.Services {
		worst = texts.Worse(worst, texts.OfVerdict(st.Services[i].Verdict))
	}
	switch {
	case worst != texts.LevelOK && worst != texts.LevelInfo && worst != texts.LevelUnknown:
		return worst.Mark()
	case st.Broken() > 0:
		return texts.LevelWarning.Mark()
	case known:
		return texts.LevelInfo.Mark()
	default:
		return texts.LevelUnknown.Mark()
	}
}

// otherClients counts the clients that the headline does not mention; empty if all of these are ok.
func (s *renderer) otherClients(st *ops.Status) block {
	_, worst := clientsIn(st)
	var parts []string
	for _, v := range []model.Verdict{model.VerdictUnknown, model.VerdictAtRisk, model.VerdictDegraded, model.VerdictOK} {
		if n := st.Clients[v]; n > 0 && v != worst {
			parts = append(parts, texts.OfVerdict(v).Mark()+" "+s.p.Verdict(v)+": "+strconv.Itoa(n))
		}
	}
	if len(parts) == 1 && st.Clients[model.VerdictOK] > 0 {
		return ""
	}
	return escaped(strings.Join(parts, " · "))
}

func (s *renderer) issueLines(st *ops.Status) blocks {
	rows := rowsOf(st.HealthIssues, func(r *model.Reason) block { return "⚠️ " + escaped(model.Clip(s.p.Reason(*r), 200)) })
	return s.first(rows, limit{shownIncidents, len(rows), "status.more_health_issues"})
}

func (s *renderer) checksLine(st *ops.Status) block {
	total := 0
	for _, n := range st.Checks {
		total += n
	}
	parts := []string{s.p.N("count.checks", total)}
	for _, part := range []struct {
		id string
		n  int
	}{
		{"status.checks_down", st.Broken()},
		{"status.checks_latched", st.Latched},
		{"status.checks_failing", st.Checks[model.PhaseFailing]},
		{"status.checks_unknown", st.Unknown},
		{"status.checks_new", st.NeverRun},
	} {
		if part.n > 0 {
			parts = append(parts, s.p.T(part.id, texts.Args{"n": part.n}))
		}
	}
	return escaped(strings.Join(parts, " · "))
}

func (s *renderer) incidentLines(st *ops.Status) blocks {
	rows := rowsOf(st.Incidents, s.incidentLine)
	return s.first(rows, limit{shownIncidents, len(rows), "status.more_incidents"})
}

// fleetKeys lead to the incidents of the summary, and to all that it counts.
func (r *request) fleetKeys(st *ops.Status) keyboard {
	shown := texts.AtMost(len(st.Incidents), shownIncidents)
	links := r.renderer().incidentLinks(st.Incidents[:shown])
	lead := func(label, line string) action {
		return action{label: label, name: actShow, args: map[string]string{"line": line}}
	}
	if left := len(st.Incidents) - shown; left > 0 {
		links = append(links, lead(r.p.N("more", left)+" ›", "/incidents"))
	}
	below := []action{r.refresh(), lead(r.p.T("button.clients"), "/clients")}
	if len(st.Mutes) > 0 {
		below = append(below, lead(r.p.T("button.mutes"), "/mutes"))
	}
	return append(arrange(linkColumns, links), arrange(cardColumns, below)...)
}
