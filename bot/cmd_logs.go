package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdLogs shows logs of hosts.
func (r *request) cmdLogs(ctx context.Context, args string) error {
	req, err := ops.ParseLogs(args, r.zoned())
	if err != nil {
		return err
	}
	if len(req.Words) == 0 {
		id, err := r.cardMeant(ctx)
		if err != nil {
			return err
		}
		if id != 0 && req.Since == 0 && req.Last == 0 && req.Grep == "" {
			return r.logsOfIncident(ctx, id)
		}
		about, _, err := r.subject(ctx)
		if err != nil {
			return err
		}
		req.Words = about.HostNames()
		if len(req.Words) == 0 && r.may("logs") {
			return r.pick(ctx, "logs")
		}
	}
	r.about = strings.Join(hostWords(req.Words[:min(len(req.Words), 1)]), " ")
	return r.logs(ctx, req.Words, func() (*ops.LogsAnswer, error) { return r.b.d.Actions.Logs(ctx, r.actor, req) })
}

// logs shows progress while logs are read, then the answer.
func (r *request) logs(ctx context.Context, what []string, read func() (*ops.LogsAnswer, error)) error {
	r.in.Yield()
	live := &liveRun{r: r}
	defer live.stop()
	if len(what) > 0 {
		live.progress(ctx, func() string { return r.p.HTML("logs.reading", texts.Args{"hosts": model.Clip(joined(what), 100)}) })
	}
	a, err := read()
	live.stop()
	r.shown = live.message()
	if err != nil {
		return err
	}
	s := r.renderer()
	message, whole := s.logs(a)
	r.reply(ctx, message, r.logButtons(ctx, a))
	if !whole {
		name := "logs-" + a.At.In(r.zone()).Format("20060102-1504") + ".txt"
		r.file(ctx, r.outgoing(r.p.HTML(documentOf(a)), nil), telegram.File{Name: name, Data: []byte(s.logText(a))})
	}
	return nil
}

func (r *request) logButtons(ctx context.Context, a *ops.LogsAnswer) [][]telegram.Button {
	if a.Line == "" || len(a.Line) > longestLine {
		return r.buttons(ctx, mostLogButtons, hostLogs(a)...)
	}
	actions := []action{{label: r.p.T("button.again"), name: actRun, args: map[string]string{"line": "/logs " + a.Line}}}
	if req, err := ops.ParseLogs(a.Line, a.At); err == nil && req.Since == 0 && req.Last == 0 && req.Grep == "" {
		actions = append(actions, action{label: r.p.T("button.hour"), name: actRun, args: map[string]string{"line": "/logs " + a.Line + " since 1h"}})
	}
	return r.buttons(ctx, 2, actions...)
}

// mostLogButtons limits the hosts with a button that reads their logs again.
const mostLogButtons = 3

func hostLogs(a *ops.LogsAnswer) []action {
	var actions []action
	for i := range a.Excerpts {
		line := "/logs " + a.Excerpts[i].Host
		known := slices.ContainsFunc(actions, func(b action) bool { return b.args["line"] == line })
		if !known && len(actions) < mostLogButtons && a.Excerpts[i].Source != "" {
			actions = append(actions, action{label: line, name: actRun, args: map[string]string{"line": line}})
		}
	}
	return actions
}

// logsOfIncident shows the logs of an incident's hosts.
func (r *request) logsOfIncident(ctx context.Context, id model.IncidentID) error {
	r.about = incidentPlace + strconv.FormatInt(int64(id), 10)
	number := "#" + strconv.FormatInt(int64(r.b.d.Actions.IncidentNumber(ctx, r.actor, id)), 10)
	return r.logs(ctx, []string{number}, func() (*ops.LogsAnswer, error) { return r.b.d.Actions.LogsOfIncident(ctx, r.actor, id) })
}

// hostWords are hosts as words of a selector.
func hostWords(names []string) []string {
	ws := make([]string, len(names))
	for i, name := range names {
		ws[i] = "host:" + name
	}
	return ws
}

// pressLogs shows the logs of an incident or a web test.
func (r *request) pressLogs(ctx context.Context, args map[string]string) error {
	if id, err := strconv.ParseInt(args["incident"], 10, 64); err == nil {
		if r.actor.Role < model.RoleOperator {
			_, err := r.b.d.Actions.LogsOfIncident(ctx, r.actor, model.IncidentID(id)) // is refused and audited
			return err
		}
		r.answer(ctx, "", false)
		return r.failing(ctx, r.logsOfIncident(ctx, model.IncidentID(id)))
	}
	t, err := r.keptTest(args["test"])
	if err != nil {
		return err
	}
	read := func() (*ops.LogsAnswer, error) { return r.b.d.Actions.LogsOfTest(ctx, r.actor, t) }
	if r.actor.Role < model.RoleOperator {
		_, err := read()
		return err
	}
	r.answer(ctx, "", false)
	hosts := ops.FailedHosts(t)
	return r.failing(ctx, r.logs(ctx, hosts[:min(len(hosts), mostNamed)], read))
}

// failing shows an error in a message, since the press was answered already.
func (r *request) failing(ctx context.Context, err error) error {
	if err != nil {
		r.fail(ctx, err)
	}
	return nil
}
