package ops

import (
	"context"
	"slices"

	"opsbot"
)

// Reports writes reports, and knows to whom they can be mailed.
type Reports interface {
	// Mails are all to whom reports can be mailed, by their name.
	Mails() []ReportMail
	// WebTest writes the report of a web test.
	WebTest(language string, t *opsbot.WebTest) (opsbot.Report, error)
	// Post puts reports into the outbox, together with the audit line, in one transaction.
	Post(ctx context.Context, tellings []opsbot.Telling, audit opsbot.AuditEntry) error
}

// ReportMail is somebody to whom reports can be mailed.
type ReportMail struct {
	Name      string // "email:oncall"
	To        opsbot.Destination
	Language  string
	Addresses []string
}

// Mails are those to whom the asker can have reports mailed.
func (k *Desk) Mails(who opsbot.Actor) []ReportMail {
	if who.Role < opsbot.RoleOperator || k.d.Reports == nil {
		return nil
	}
	return k.d.Reports.Mails()
}

// MailTest has the report of a web test mailed to somebody of Mails, by name: what the asker may see of it.
func (k *Desk) MailTest(ctx context.Context, who opsbot.Actor, t *opsbot.WebTest, name string) (ReportMail, error) {
	if err := k.need(ctx, who, opsbot.RoleOperator, "report", name); err != nil {
		return ReportMail{}, err
	}
	to, err := k.mail(who, name)
	if err != nil {
		return to, err
	}
	seen := t.Within(who.Scope)
	if seen == nil {
		return to, &opsbot.Error{Code: opsbot.ErrNothingSelected, Args: map[string]string{"words": shorten(t.Selector.String())}}
	}
	r, err := k.d.Reports.WebTest(to.Language, seen)
	if err != nil {
		return to, err
	}
	entry := k.entry(who, "report", seen.Selector.String())
	entry.After = to.Name
	return to, k.d.Reports.Post(ctx, []opsbot.Telling{k.reportTo(to.To, &r, seen.Severity())}, entry)
}

// mail finds somebody by name.
func (k *Desk) mail(who opsbot.Actor, name string) (ReportMail, error) {
	all := k.Mails(who)
	at := slices.IndexFunc(all, func(m ReportMail) bool { return m.Name == name })
	if at < 0 {
		return ReportMail{}, &opsbot.Error{Code: opsbot.ErrNoMail, Args: map[string]string{"word": shorten(name)}}
	}
	return all[at], nil
}

func (k *Desk) reportTo(to opsbot.Destination, r *opsbot.Report, s opsbot.Severity) opsbot.Telling {
	return opsbot.Telling{Kind: opsbot.TellReport, To: to, Severity: s, Created: k.d.Now(), Fact: opsbot.Fact{Report: r}}
}
