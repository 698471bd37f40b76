package ops

import (
	"context"
	"slices"
	"time"

	"opsbot"
)

// Reports writes reports, and knows to whom they can be mailed.
type Reports interface {
	// Mails are all to whom reports can be mailed, by their name.
	Mails() []ReportTarget
	// WebTest writes the report of a web test.
	WebTest(language string, t *opsbot.WebTest) (opsbot.Report, error)
	// Client writes the report of a client's past.
	Client(ctx context.Context, language string, p *opsbot.ClientPast) (opsbot.Report, error)
	// ClientTarget is to whom the reports of a client go; ok is false when they go nowhere.
	ClientTarget(c opsbot.Client) (to ReportTarget, ok bool)
	// Made is the due moment that a report was last made for; zero when that is not known.
	Made(ctx context.Context, name string) (time.Time, error)
	// Post puts reports into the outbox, together with their audit lines and what they were made for, in one transaction.
	Post(ctx context.Context, c opsbot.Change) error
}

// ReportTarget is somebody to whom reports can be sent.
type ReportTarget struct {
	Name      string // "email:oncall"
	To        opsbot.Destination
	Language  string
	Addresses []string     // of a mail
	Scope     opsbot.Scope // what a chat may see
}

// Mails are those to whom the asker can have reports mailed.
func (k *Actions) Mails(who opsbot.Actor) []ReportTarget {
	if who.Role < opsbot.RoleOperator || k.d.Reports == nil {
		return nil
	}
	return k.d.Reports.Mails()
}

// MailTest has the report of a web test mailed to somebody of Mails, by name: what the asker may see of it.
func (k *Actions) MailTest(ctx context.Context, who opsbot.Actor, t *opsbot.WebTest, name string) (ReportTarget, error) {
	if err := k.need(ctx, who, opsbot.RoleOperator, "report", name); err != nil {
		return ReportTarget{}, err
	}
	to, err := k.mail(who, name)
	if err != nil {
		return to, err
	}
	seen := t.Within(k.d.Inventory.Current(), who.Scope)
	if seen == nil {
		return to, &opsbot.Error{Code: opsbot.ErrNothingSelected, Args: map[string]string{"words": shorten(t.Selector.String())}}
	}
	r, err := k.d.Reports.WebTest(to.Language, seen)
	if err != nil {
		return to, err
	}
	entry := k.entry(who, "report", seen.Selector.String())
	entry.After = to.Name
	return to, k.d.Reports.Post(ctx, opsbot.Change{
		Notifications: []opsbot.Notification{k.reportTo(to.To, &r, seen.Severity())}, Audit: []opsbot.AuditEntry{entry},
	})
}

// mail finds somebody by name.
func (k *Actions) mail(who opsbot.Actor, name string) (ReportTarget, error) {
	all := k.Mails(who)
	at := slices.IndexFunc(all, func(m ReportTarget) bool { return m.Name == name })
	if at < 0 {
		return ReportTarget{}, &opsbot.Error{Code: opsbot.ErrNoMail, Args: map[string]string{"word": shorten(name)}}
	}
	return all[at], nil
}

// reportTo is a report on its way. One that found nothing makes no sound.
func (k *Actions) reportTo(to opsbot.Destination, r *opsbot.Report, s opsbot.Severity) opsbot.Notification {
	return opsbot.Notification{
		Kind: opsbot.NotifyReport, To: to, Severity: s, Silent: s == opsbot.SeverityInfo, Created: k.d.Now(), Snapshot: opsbot.Snapshot{Report: r},
	}
}
