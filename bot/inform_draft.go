package bot

import (
	"cmp"
	"context"
	"html"
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// soonest is how far ahead a client hears again at least, unless somebody says otherwise: then it is the next full half hour.
const soonest = 30 * time.Minute

// nextWord takes from the words when the client hears again: "next 15:00", "next 2h".
func (r *request) nextWord(ws []string) (rest []string, next time.Time, err error) {
	now := r.zoned()
	at := slices.IndexFunc(ws, func(w string) bool { return slices.Contains([]string{"next", "далее"}, strings.ToLower(w)) })
	if at < 0 {
		return ws, now.Add(soonest).Add(soonest - time.Nanosecond).Truncate(soonest), nil
	}
	said := ws[at+1:]
	if d, n := model.LeadingLength(said); n > 0 && d > 0 {
		return append(slices.Clone(ws[:at]), said[n:]...), now.Add(time.Duration(d)).Truncate(time.Minute), nil
	}
	if m, n := model.LeadingMoment(said); n > 0 {
		if next, ok := m.At(now); ok {
			return append(slices.Clone(ws[:at]), said[n:]...), next, nil
		}
	}
	return nil, next, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": model.Clip(strings.Join(said, " "), 64)}}
}

// pickInformed offers the clients that have something to be told.
func (r *request) pickInformed(ctx context.Context, all []ops.ClientNews) {
	if len(all) == 0 {
		r.reply(ctx, r.p.HTML("inform.well"), nil)
		return
	}
	var rows blocks
	var pick []action
	for i := range all {
		n := &all[i]
		rows = append(rows, bold(model.Clip(n.Name, 70))+": "+escaped(model.Clip(r.p.Names(slices.Concat(n.Down, n.Less), mostServices), 200)))
		pick = append(pick, action{label: n.Name, name: actRun, args: map[string]string{"line": "/inform client:" + n.Name}})
	}
	m := message{head: blocks{block(r.p.HTML("inform.pick"))}, rows: rows}
	r.reply(ctx, m.fit(mostRows, r.renderer().more), r.buttons(ctx, 2, pick[:min(len(pick), mostRows)]...))
}

// clientWords is a printer of the words for a client: in its language, on the clock of all.
func (r *request) clientWords(n *ops.ClientNews) *texts.Printer {
	return r.b.d.Texts.For(cmp.Or(n.Language, r.actor.Language)).In(r.b.d.Zone())
}

// draft sends the message for a client by itself, so that it can be forwarded, and below it what can be done with it.
func (r *request) draft(ctx context.Context, n *ops.ClientNews, next time.Time) {
	if n.Well() {
		r.reply(ctx, r.p.HTML("inform.client_well", texts.Args{"client": model.Clip(n.Name, 70)}), nil)
		return
	}
	title, lines := informText(r.clientWords(n), n, r.b.d.Now(), next)
	shown := blocks{bold(title)}
	for _, line := range lines {
		shown = append(shown, escaped(line))
	}
	r.reply(ctx, shown.join(), nil)
	r.send(ctx, r.outgoing(r.draftNote(n), r.buttons(ctx, 3, r.draftActions(n, title, lines)...)), nil)
}

// draftNote says what the message above is for, and whom to call.
func (r *request) draftNote(n *ops.ClientNews) string {
	lines := blocks{block(r.p.HTML("inform.draft", texts.Args{"client": model.Clip(n.Name, 70)}))}
	for _, contact := range n.Contacts[:min(len(n.Contacts), mostContacts)] {
		lines = append(lines, "📞 "+escaped(trusted(model.Clip(contact, 120))))
	}
	if len(n.Contacts) == 0 {
		lines = append(lines, block(r.p.HTML("inform.no_contact")))
	}
	return lines.join()
}

// draftActions are another time at which the client hears again, and a mail of what is shown.
func (r *request) draftActions(n *ops.ClientNews, title string, lines []string) (all []action) {
	for _, length := range []string{"1h", "2h", "4h"} {
		d, _ := model.ParseDuration(length)
		all = append(all, action{
			label: r.p.T("button.next_word", texts.Args{"in": time.Duration(d)}), name: actRun, args: map[string]string{"line": "/inform client:" + n.Name + " next " + length},
		})
	}
	if n.Mail && r.actor.Role >= model.RoleOperator {
		all = append(all, action{
			label: r.p.T("button.mail_client"), name: actInform, args: map[string]string{"client": n.Name, "title": title, "text": strings.Join(lines, "\n")},
		})
	}
	return all
}

// informText is what a client may read: what does not work, since when, and when there is more to know. It names no host and nobody else.
func informText(p *texts.Printer, n *ops.ClientNews, now, next time.Time) (title string, lines []string) {
	title = p.T("inform.text.title", texts.Args{"services": model.Clip(p.Names(slices.Concat(n.Down, n.Less), mostServices), 100)})
	for _, part := range []struct {
		id       string
		services []string
	}{{"inform.text.down", n.Down}, {"inform.text.less", n.Less}} {
		if len(part.services) > 0 {
			lines = append(lines, p.T(part.id, texts.Args{"services": model.Clip(joined(part.services), 1000)}))
		}
	}
	if !n.Since.IsZero() {
		lines = append(lines, p.T("inform.text.since", texts.Args{"at": p.Moment(n.Since, now)}))
	}
	return title, append(lines, p.T("inform.text.next", texts.Args{"at": p.Moment(next, now)}))
}

// pressInform mails a client what the draft says, after asking.
func (r *request) pressInform(ctx context.Context, args map[string]string) error {
	if args["sure"] == "" {
		to, err := r.b.d.Actions.InformTarget(ctx, r.actor, args["client"])
		if err != nil {
			return err
		}
		r.answer(ctx, "", false)
		sure := map[string]string{"sure": "yes"}
		for name, value := range args {
			sure[name] = value
		}
		question := r.p.HTML("inform.ask", texts.Args{"client": model.Clip(args["client"], 70), "to": r.p.Names(to.Addresses, mostNamed)})
		text := blocks{block(question), "<blockquote>" + bold(args["title"]) + "\n" + escaped(args["text"]) + "</blockquote>"}
		r.reply(ctx, text.join(), r.buttons(ctx, 2,
			action{label: r.p.T("button.send"), name: actInform, args: sure, own: true}, action{label: r.p.T("button.cancel"), name: actCancel, own: true},
		))
		return nil
	}
	to, err := r.b.d.Actions.MailInform(ctx, r.actor, args["client"], informMail(args["title"], args["text"]))
	if err != nil {
		return err
	}
	r.answer(ctx, "", false)
	r.shown = r.in.Message
	r.reply(ctx, r.p.HTML("inform.mailed", texts.Args{"to": recipients(r.p, to)}), nil)
	return nil
}

// informMail is a message to a client as a mail.
func informMail(title, text string) model.Report {
	page := "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body style=\"font:16px/1.5 sans-serif\">" + model.ReportNote
	for line := range strings.Lines(text) {
		page += "<p>" + html.EscapeString(strings.TrimSpace(line)) + "</p>\n"
	}
	return model.Report{
		Title: title, Text: title, Parts: &model.ReportParts{Text: text, HTML: page + "</body></html>\n", Name: "message"},
	}
}
