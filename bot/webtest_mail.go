package bot

import (
	"context"
	"strings"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// mostMails limits the recipients that are offered as buttons.
const mostMails = 12

// pressMail mails the report of a run. If there are several recipients it asks for one.
func (r *request) pressMail(ctx context.Context, test, name string) error {
	t, err := r.keptTest(test)
	if err != nil {
		return err
	}
	mails := r.b.d.Actions.Mails(r.actor)
	if name == "" && len(mails) == 1 {
		name = mails[0].Name
	}
	if name == "" && len(mails) > 1 {
		r.answer(ctx, "", false)
		r.askMail(ctx, mails, func(m *ops.ReportTarget) map[string]string { return map[string]string{"test": test, "to": m.Name} })
		return nil
	}
	to, err := r.b.d.Actions.MailTest(ctx, r.actor, t, name)
	if err != nil {
		return err
	}
	r.answer(ctx, "", false)
	r.mailed(ctx, to)
	return nil
}

func (r *request) askMail(ctx context.Context, mails []ops.ReportTarget, args func(*ops.ReportTarget) map[string]string) {
	var actions []action
	for i := range mails[:min(len(mails), mostMails)] {
		actions = append(actions, action{label: strings.TrimPrefix(mails[i].Name, "email:"), name: actMail, args: args(&mails[i])})
	}
	r.reply(ctx, r.p.HTML("report.where"), r.buttons(ctx, 2, actions...))
}

// mailed says to whom a report is sent.
func (r *request) mailed(ctx context.Context, to ops.ReportTarget) {
	r.reply(ctx, r.p.HTML("report.mailed", texts.Args{"to": recipients(r.p, to)}), nil)
}

// recipients are the name of a target and its addresses.
func recipients(p *texts.Printer, to ops.ReportTarget) string {
	if len(to.Addresses) == 0 {
		return model.Clip(to.Name, 400)
	}
	return model.Clip(p.T("report.mailed_to", texts.Args{"name": to.Name, "addresses": p.Names(to.Addresses, mostNamed)}), 400)
}
