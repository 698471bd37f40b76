package bot

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdWebTest runs web endpoints now and shows progress and findings. With before, after or watch at the end it compares.
func (r *request) cmdWebTest(ctx context.Context, args string) error {
	mode, ws, length, err := modeOf(words(args), r.zoned())
	if err != nil {
		return err
	}
	if ws, err = r.orSubject(ctx, ws, wholeOf); err != nil {
		return err
	}
	switch {
	case mode == testBefore && len(ws) > 0:
		return r.testBefore(ctx, ws)
	case mode == testAfter && len(ws) > 0:
		return r.testAfter(ctx, ws)
	case mode == testWatch && len(ws) > 0:
		return r.testWatch(ctx, ws, length)
	case len(ws) == 0:
		return r.cmdClients(ctx, "webtest")
	}
	return r.testOnce(ctx, ws)
}

func (r *request) testOnce(ctx context.Context, ws []string) error {
	r.in.Yield()
	live := &liveRun{r: r}
	defer live.stop()
	test, err := r.b.d.Actions.WebTest(ctx, r.actor, ops.WebTestRequest{
		Words: ws, Progress: func(p ops.WebTestProgress) {
			live.progress(ctx, func() string {
				return r.p.HTML("webtest.progress", texts.Args{"done": p.Done, "total": p.Total, "failed": p.Failed})
			})
		},
	})
	live.stop()
	r.shown = live.message()
	if err != nil {
		return err
	}
	r.showTest(ctx, test)
	return nil
}

// showTest shows the findings and failing rows of one client, or a list of several clients, worst first.
func (r *request) showTest(ctx context.Context, t *model.WebTest) {
	r.reply(ctx, r.renderer().test(t), r.testButtons(ctx, t))
}

func (s *renderer) test(t *model.WebTest) string {
	head := blocks{s.testHeadline(t), escaped(s.p.TestCounts(t))}
	var rows blocks
	if len(t.Clients) == 1 {
		for i := range t.Clients[0].Findings {
			head = append(head, s.findingLine(&t.Clients[0].Findings[i]))
		}
		rows = s.failingRows(t.Clients[0].Rows)
	} else {
		rows = s.clientRows(t.Clients)
	}
	head = append(head, s.cause(t.Cause))
	return message{head: head, rows: rows}.fit(mostRows, s.more)
}

func (s *renderer) testHeadline(t *model.WebTest) block {
	return marked(texts.OfWebTest(t), string(bold(s.p.TestVerdict(t))))
}

// findingLine is one finding with its mark.
func (s *renderer) findingLine(f *model.Finding) block {
	return escaped(texts.OfSeverity(f.Severity).Mark() + " " + s.p.Finding(f))
}

// failingRows groups failures by host and reason: "web1: reports, store — connection refused".
func (s *renderer) failingRows(tests []model.EndpointTest) blocks {
	all := byReason{s: s}
	for i := range tests {
		if e := &tests[i]; e.Result.Status != model.StatusOK {
			all.add(e.Endpoint.Host, e.Endpoint.Service, e.Result.Reason)
		}
	}
	return s.reasonRows(&all)
}

// clientRows lists clients with findings, worst first, and counts the others.
func (s *renderer) clientRows(clients []model.ClientTest) blocks {
	var rows blocks
	fine := 0
	for i := range clients {
		c := &clients[i]
		if len(c.Findings) == 0 && c.Failed == 0 {
			fine++
			continue
		}
		id := "webtest.client"
		if c.Verdict != model.VerdictOK {
			id = "webtest.client.verdict"
		}
		line := s.p.HTML(id, texts.Args{
			"mark": texts.OfTest(c).Mark(), "client": model.Clip(c.Client, 64), "verdict": c.Verdict, "failed": c.Failed, "total": c.Total(),
		})
		if len(c.Findings) > 0 {
			line += "\n   " + string(s.findingLine(&c.Findings[0]))
		}
		rows = append(rows, block(line))
	}
	if fine > 0 {
		rows = append(rows, marked(texts.LevelOK, s.p.HTMLN("webtest.fine", fine)))
	}
	return rows
}

func (r *request) testButtons(ctx context.Context, t *model.WebTest) [][]telegram.Button {
	line := "/webtest " + t.Words
	if t.All {
		line = "/webtest all"
	}
	var actions []action
	if len(line) <= 200 {
		actions = append(actions, action{label: r.p.T("button.rerun"), name: actRun, args: map[string]string{"line": line}})
	}
	if what := strings.TrimPrefix(line, "/webtest "); len(line) <= 190 {
		actions = append(actions, r.compareAction(ctx, what))
	}
	mails := r.b.d.Actions.Mails(r.actor)
	if t.Failed+t.Unknown == 0 && len(mails) == 0 {
		return r.buttons(ctx, 2, actions...)
	}
	kept := strconv.Itoa(r.b.tests.keep(r.in.Chat.ID, t))
	if t.Failed+t.Unknown > 0 {
		actions = append(actions, action{label: r.p.T("button.rows"), name: actRows, args: map[string]string{"test": kept}})
		if r.b.d.Actions.HasLogs(ops.FailedHosts(t)) {
			actions = append(actions, action{label: r.p.T("button.logs"), name: actLogs, args: map[string]string{"test": kept}})
		}
	}
	if len(mails) > 0 {
		actions = append(actions, action{label: r.p.T("button.mail_report"), name: actMail, args: map[string]string{"test": kept}})
	}
	return r.buttons(ctx, 2, actions...)
}

// pressRows sends all results of a run as a table.
func (r *request) pressRows(ctx context.Context, id string) error {
	t, err := r.keptTest(id)
	if err != nil {
		return err
	}
	r.answer(ctx, "", false)
	name := fmt.Sprintf("webtest-%s.csv", t.At.In(r.zone()).Format("20060102-1504"))
	r.file(ctx, r.outgoing(r.p.HTML("webtest.document"), nil), telegram.File{Name: name, Data: model.CSV(r.p.TestTable(t, r.actor.Scope))})
	return nil
}
