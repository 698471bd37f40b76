package ops

import (
	"context"
	"slices"
	"time"

	"opsbot/model"
)

// Reports renders reports, and knows their recipients.
type Reports interface {
	// Mails returns everybody to whom reports can be mailed, by name.
	Mails() []ReportTarget
	// WebTest renders the report of a web test.
	WebTest(language string, t *model.WebTest) (model.Report, error)
	// Client renders the report of a client's past.
	Client(ctx context.Context, language string, p *model.ClientPast) (model.Report, error)
	// ClientTarget is the recipient of a client's reports; ok is false if there is none.
	ClientTarget(c model.Client) (to ReportTarget, ok bool)
	// Made is the due time for which a report was last created; zero if unknown.
	Made(ctx context.Context, name string) (time.Time, error)
	// Post adds reports to the outbox, together with their audit entries and due times, in one transaction.
	Post(ctx context.Context, c model.Change) error
}

// ReportTarget is a recipient of reports.
type ReportTarget struct {
	Name      string // "email:oncall"
	To        model.Destination
	Language  string
	Addresses []string    // of a mail
	Scope     model.Scope // what its readers may see
}

// Mails returns those to whom the requester can have reports mailed; to whoever is limited to clients, the recipients that are limited to
// these too.
func (k *Actions) Mails(who model.Actor) []ReportTarget {
	if who.Role < model.RoleOperator || k.d.Reports == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(k.d.Reports.Mails()), func(to ReportTarget) bool { return !who.Scope.Includes(to.Scope) })
}

// MailTest mails the report of a web test to one of Mails, by name: what the requester may see of it.
func (k *Actions) MailTest(ctx context.Context, who model.Actor, t *model.WebTest, name string) (ReportTarget, error) {
	if err := k.need(ctx, who, model.RoleOperator, "report", name); err != nil {
		return ReportTarget{}, err
	}
	to, err := k.mail(who, name)
	if err != nil {
		return to, err
	}
	seen := t.Within(k.d.Inventory.Current(), who.Scope.And(to.Scope))
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

// mail finds a recipient by name.
func (k *Actions) mail(who model.Actor, name string) (ReportTarget, error) {
	all := k.Mails(who)
	at := slices.IndexFunc(all, func(m ReportTarget) bool { return m.Name == name })
	if at < 0 {
		return ReportTarget{}, &model.Error{Code: model.ErrNoMail, Args: map[string]string{"word": shorten(name)}}
	}
	return all[at], nil
}

// reportTo is the notification of a report. Without findings it is silent.
func (k *Actions) reportTo(to model.Destination, r *model.Report, s model.Severity) model.Notification {
	return model.Notification{
		Kind: model.NotifyReport, To: to, Severity: s, Silent: s == model.SeverityInfo, Created: k.d.Now(), Snapshot: model.Snapshot{Report: r},
	}
}
