package ops

import (
	"context"
	"slices"
	"time"

	"opsbot/model"
)

// Reports writes reports, and knows to whom they can be mailed.
type Reports interface {
	// Mails are all to whom reports can be mailed, by their name.
	Mails() []ReportTarget
	// WebTest writes the report of a web test.
	WebTest(language string, t *model.WebTest) (model.Report, error)
	// Client writes the report of a client's past.
	Client(ctx context.Context, language string, p *model.ClientPast) (model.Report, error)
	// ClientTarget is to whom the reports of a client go; ok is false when they go nowhere.
	ClientTarget(c model.Client) (to ReportTarget, ok bool)
	// Made is the due moment that a report was last made for; zero when that is not known.
	Made(ctx context.Context, name string) (time.Time, error)
	// Post puts reports into the outbox, together with their audit lines and what they were made for, in one transaction.
	Post(ctx context.Context, c model.Change) error
}

// ReportTarget is somebody to whom reports can be sent.
type ReportTarget struct {
	Name      string // "email:oncall"
	To        model.Destination
	Language  string
	Addresses []string    // of a mail
	Scope     model.Scope // what a chat may see
}

// Mails are those to whom the asker can have reports mailed.
func (k *Actions) Mails(who model.Actor) []ReportTarget {
	if who.Role < model.RoleOperator || k.d.Reports == nil {
		return nil
	}
	return k.d.Reports.Mails()
}

// MailTest has the report of a web test mailed to somebody of Mails, by name: what the asker may see of it.
func (k *Actions) MailTest(ctx context.Context, who model.Actor, t *model.WebTest, name string) (ReportTarget, error) {
	if err := k.need(ctx, who, model.RoleOperator, "report", name); err != nil {
		return ReportTarget{}, err
	}
	to, err := k.mail(who, name)
	if err != nil {
		return to, err
	}
	seen := t.Within(k.d.Inventory.Current(), who.Scope)
	if seen == nil {
		return to, &model.Error{Code: model.ErrNothingSelected, Args: map[string]string{"words": shorten(t.Selector.String())}}
	}
	r, err := k.d.Reports.WebTest(to.Language, seen)
	if err != nil {
		return to, err
	}
	entry := k.entry(who, "report", seen.Selector.String())
	entry.After = to.Name
	return to, k.d.Reports.Post(ctx, model.Change{
		Notifications: []model.Notification{k.reportTo(to.To, &r, seen.Severity())}, Audit: []model.AuditEntry{entry},
	})
}

// mail finds somebody by name.
func (k *Actions) mail(who model.Actor, name string) (ReportTarget, error) {
	all := k.Mails(who)
	at := slices.IndexFunc(all, func(m ReportTarget) bool { return m.Name == name })
	if at < 0 {
		return ReportTarget{}, &model.Error{Code: model.ErrNoMail, Args: map[string]string{"word": shorten(name)}}
	}
	return all[at], nil
}

// reportTo is a report on its way. One that found nothing makes no sound.
func (k *Actions) reportTo(to model.Destination, r *model.Report, s model.Severity) model.Notification {
	return model.Notification{
		Kind: model.NotifyReport, To: to, Severity: s, Silent: s == model.SeverityInfo, Created: k.d.Now(), Snapshot: model.Snapshot{Report: r},
	}
}
