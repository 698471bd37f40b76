package setup

import (
	"cmp"
	"time"

	"opsbot/config"
	"opsbot/model"
	"opsbot/ops"
)

// ReportPlan is a report of the configuration as the use case takes it. Recipients without a language of their own get that
// of the environment.
func (l *Loaded) ReportPlan(r *config.Report, due time.Time, getenv func(string) string) *ops.ReportPlan {
	plan := &ops.ReportPlan{
		Name: r.Name, Words: r.Select, Due: due, Threshold: r.Threshold, Logs: r.Logs, MinSeverity: r.MinSeverity,
		ToErrors: l.recipients(r, r.ToErrors, getenv), ToFine: l.recipients(r, r.ToFine, getenv),
		Way: func(c model.Client) (ops.ReportTarget, bool) { return ClientTarget(l.Config, r.Via.Channel, &c) },
	}
	plan.Span, plan.Asked = ops.LastWhole(string(r.Period), due.In(l.Config.Alerts.Timezone.Location()))
	return plan
}

// recipients are the recipients of a report with their languages, and the clients that a chat may see.
func (l *Loaded) recipients(r *config.Report, all []config.Target, getenv func(string) string) []ops.ReportTarget {
	var out []ops.ReportTarget
	for _, t := range all {
		to, ok := l.Config.Telegram.Destination(t)
		if !ok {
			continue
		}
		target := ops.ReportTarget{Name: t.String(), To: to, Language: string(r.Language)}
		for i := range l.Config.Telegram.Chats {
			if c := &l.Config.Telegram.Chats[i]; t.Chat != "" && c.Name == t.Chat {
				target.Scope = model.ScopeOf(c.Clients)
				target.Language = cmp.Or(target.Language, string(c.Language))
			}
		}
		if t.Chat == "" {
			target.Language = cmp.Or(target.Language, LanguageOf(l.Config, to, getenv))
		}
		out = append(out, target)
	}
	return out
}

// MailTarget is an [[email]] as the recipient of a report.
func MailTarget(e *config.Email) ops.ReportTarget {
	return ops.ReportTarget{
		Name: "email:" + e.Name, To: model.Destination{Channel: "email:" + e.Name}, Language: string(e.Language),
		Addresses: append(plainAddresses(e.To), plainAddresses(e.CC)...),
	}
}

// ClientTarget is a client's own address, sent to through an [[email]]. Each client is a destination of its own: a server
// that refuses one client's mail for now delays nobody else's.
func ClientTarget(cfg *config.Config, via string, c *model.Client) (ops.ReportTarget, bool) {
	e, ok := cfg.Mail(via)
	if !ok || len(c.ReportTo) == 0 {
		return ops.ReportTarget{}, false
	}
	name := via + "/" + c.Name // no name of an [[email]] or of a client has a slash
	return ops.ReportTarget{
		Name: name, To: model.Destination{Channel: name}, Language: cmp.Or(c.ReportLanguage, string(e.Language)), Addresses: c.ReportTo,
	}, true
}
