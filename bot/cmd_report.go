package bot

import (
	"context"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdReport sends the availability report of a client as a document. "/report csv clientA" sends its tables.
func (r *request) cmdReport(ctx context.Context, args string) error {
	ws := words(args)
	tables := len(ws) > 0 && strings.EqualFold(ws[0], "csv")
	if tables {
		ws = ws[1:]
	}
	if ops.IsDutyReport(ws) {
		return r.reportDuty(ctx, ws, tables)
	}
	req, err := ops.ParseReport(ws, r.zoned())
	if model.CodeOf(err) == model.ErrNeedArgument { // no client: that of the card, if it has one
		clients, failed := r.orSubject(ctx, nil, clientsMeant)
		if failed != nil {
			return failed
		}
		if len(clients) != 1 {
			return r.cmdClients(ctx, "report")
		}
		req, err = ops.ParseReport(append(clients, ws...), r.zoned())
	}
	if err != nil {
		return err
	}
	r.in.Yield()
	past, err := r.b.d.Actions.ClientPast(ctx, r.actor, req)
	if err != nil {
		return err
	}
	report, err := r.b.d.Actions.ClientReport(ctx, r.actor.Language, past)
	if err != nil {
		return err
	}
	if tables {
		r.sendTables(ctx, report.Parts.Files)
		return nil
	}
	o := r.outgoing(r.renderer().reportCaption(&report), r.reportButtons(ctx, req, past))
	r.file(ctx, o, telegram.File{Name: report.Parts.Name + ".html", Data: report.Parts.Document()})
	return nil
}

func (r *request) sendTables(ctx context.Context, files []model.ReportFile) {
	caption := r.p.HTML("report.caption.csv")
	for i := range files {
		if files[i].Inline {
			continue
		}
		o := r.outgoing(caption, nil)
		caption = ""
		r.file(ctx, o, telegram.File{Name: files[i].Name, Data: files[i].Data})
	}
}

// reportCaption is the caption of a report.
func (s *renderer) reportCaption(report *model.Report) string {
	return s.captioned(s.report(report))
}

// reportButtons are for the month before, the tables, and sending to the client.
func (r *request) reportButtons(ctx context.Context, req ops.ReportRequest, past *model.ClientPast) [][]telegram.Button {
	client := "client:" + past.Client.Name
	if len(req.Words) > 1 || len(req.Words) == 1 && req.Words[0] != past.Client.Name {
		client = strings.Join(req.Words, " ")
	}
	before := req.Span.From.In(r.zone()).AddDate(0, 0, -1)
	month := before.Format("2006-01")
	suffix := ""
	if req.Internal {
		suffix = " internal"
	}
	actions := []action{
		{label: "‹ " + r.p.T("report.month."+before.Format("1")), name: actRun, args: map[string]string{"line": "/report " + client + " " + month}},
		{label: r.p.T("button.csv"), name: actRun, args: map[string]string{"line": "/report csv " + client + " " + req.Asked + suffix}},
	}
	if r.actor.Role >= model.RoleOperator && r.b.d.Actions.ReportsOf(past.Client) {
		actions = append(actions, action{label: r.p.T("button.send_client"), name: actSend, args: map[string]string{"words": client + " " + req.Asked}})
	}
	if !req.Internal {
		actions = append(actions, action{label: r.p.T("button.internal"), name: actRun, args: map[string]string{"line": "/report " + client + " " + req.Asked + " internal"}})
	}
	return r.buttons(ctx, 2, actions...)
}

// pressSend sends a report to its client, after asking.
func (r *request) pressSend(ctx context.Context, args map[string]string) error {
	req, err := ops.ParseReport(words(args["words"]), r.zoned())
	if err != nil {
		return err
	}
	if args["sure"] == "" {
		return r.askSend(ctx, req, args["words"])
	}
	to, err := r.b.d.Actions.MailClient(ctx, r.actor, req)
	if err != nil {
		return err
	}
	r.answer(ctx, "", false)
	r.shown = r.in.Message
	r.mailed(ctx, to)
	return nil
}

func (r *request) askSend(ctx context.Context, req ops.ReportRequest, line string) error {
	to, err := r.b.d.Actions.ClientMail(ctx, r.actor, req)
	if err != nil {
		return err
	}
	r.answer(ctx, "", false)
	html := r.p.HTML("report.send.ask", texts.Args{"what": model.Clip(plainWords(line), 100), "to": r.p.Names(to.Addresses, mostNamed)})
	r.reply(ctx, html, r.buttons(ctx, 2,
		action{label: r.p.T("button.send"), name: actSend, args: map[string]string{"words": line, "sure": "yes"}, own: true},
		action{label: r.p.T("button.cancel"), name: actCancel, own: true},
	))
	return nil
}
