package cli

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"opsbot/app/setup"
	"opsbot/bot"
	"opsbot/config"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/ops"
	"opsbot/report"
	"opsbot/texts"
)

// notes are remarks beside the result.
func (t *webTest) notes() []string {
	if t.withLogs && len(t.loaded.Config.Logs) == 0 {
		return []string{t.line("webtest.no_logs", "")}
	}
	return nil
}

// html is the report as a document of its own.
func (t *webTest) html() ([]byte, error) {
	r, err := t.report(t.language)
	if err != nil {
		return nil, err
	}
	return r.Parts.Document(), nil
}

// csv is the table of all that was tested.
func (t *webTest) csv() ([]byte, error) {
	r, err := t.report(t.language)
	if err != nil {
		return nil, err
	}
	return r.Parts.Files[0].Data, nil
}

func (t *webTest) report(language string) (model.Report, error) {
	w, err := t.writer()
	if err != nil {
		return model.Report{}, err
	}
	return w.WebTest(language, t.test)
}

func (t *webTest) writer() (*report.Writer, error) {
	return report.New(report.Options{Texts: t.plain.Texts, Zone: t.plain.Zone, Instance: func() string { return t.loaded.Config.Instance.Name }})
}

// nobody says that the report has no recipient for these findings.
func (t *webTest) nobody() string { return t.line("report.nobody", "") }

// delivery is the outcome of sending a report to one recipient.
type delivery struct {
	text    string // a line for people
	sent    bool   // to all of its addresses
	skipped bool   // only a running bot reaches it
}

// mail sends the report to its recipients for these findings: those of the [[reports]] of that name; without a name those of the
// only one for web tests, or, when there is none, every [[email]] of the configuration.
func (t *webTest) mail(ctx context.Context, name string) ([]delivery, error) {
	plan, err := t.plan(name)
	if err != nil {
		return nil, err
	}
	channels := t.channels()
	var all []delivery
	for _, to := range plan.Recipients(t.inv, t.test) {
		all = append(all, t.deliver(ctx, channels, to))
	}
	return all, nil
}

// plan is the report that has the recipients.
func (t *webTest) plan(name string) (*ops.ReportPlan, error) {
	cfg := t.loaded.Config
	var named []string
	for i := range cfg.Reports {
		if r := &cfg.Reports[i]; r.Kind == config.ReportWebTest {
			named = append(named, r.Name)
		}
	}
	switch {
	case name == "" && len(named) == 0 && len(cfg.Email) == 0:
		return nil, &model.Error{Code: model.ErrNoMails}
	case name == "" && len(named) == 0:
		plan := &ops.ReportPlan{MinSeverity: model.SeverityWarning}
		for i := range cfg.Email {
			if len(cfg.Email[i].To) > 0 {
				plan.ToErrors = append(plan.ToErrors, setup.MailTarget(&cfg.Email[i]))
			}
		}
		plan.ToFine = plan.ToErrors
		return plan, nil
	case name == "" && len(named) == 1:
		name = named[0]
	case name == "":
		return nil, &model.Error{Code: model.ErrWhichReport, Choices: named}
	case !slices.Contains(named, name):
		return nil, unknownName(name, named)
	}
	at := slices.IndexFunc(cfg.Reports, func(r config.Report) bool { return r.Name == name })
	return t.loaded.ReportPlan(&cfg.Reports[at], t.test.At, t.getenv), nil
}

// channels are those that need no running bot.
func (t *webTest) channels() map[string]notify.Channel {
	cards := &bot.Cards{Texts: t.plain.Texts, Zone: t.plain.Zone, Now: time.Now, Language: func(to model.Destination) string {
		return setup.LanguageOf(t.loaded.Config, to, t.getenv)
	}}
	channels := setup.Channels{Config: t.loaded.Config, Cards: cards, Now: time.Now}
	return channels.All()
}

// sendTimeout bounds one delivery: the bot has the same.
const sendTimeout = notify.DefaultSendTimeout

func (t *webTest) deliver(ctx context.Context, channels map[string]notify.Channel, to ops.ReportTarget) delivery {
	channel, ok := channels[to.Name]
	if !ok {
		return delivery{skipped: true, text: t.line("report.not_here", to.Name)}
	}
	var receipt model.Receipt
	r, err := t.report(to.Language)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, sendTimeout)
		defer cancel()
		receipt, err = channel.Deliver(ctx, model.Notification{
			ID: time.Now().UnixNano(), Kind: model.NotifyReport, To: to.To, Severity: t.test.Severity(), Created: time.Now(), Snapshot: model.Snapshot{Report: &r},
		}, model.Card{})
	}
	if err != nil {
		return delivery{text: t.line("report.not_sent", to.Name, "why", strings.TrimSpace(answerOf(err)))}
	}
	if without := notDelivered(receipt); without != "" {
		return delivery{text: t.line("report.sent_in_part", to.Name, "without", without)}
	}
	return delivery{sent: true, text: t.line("report.sent", to.Name)}
}

// notDelivered are the recipients who did not get a mail that others got, each with the answer of the server.
func notDelivered(r model.Receipt) string {
	var all []string
	for _, n := range slices.Concat(r.Later, r.Never) {
		all = append(all, n.Address+" ("+n.Said+")")
	}
	return strings.Join(all, ", ")
}

// answerOf is the answer of a channel, without the kind of failure.
func answerOf(err error) string {
	if e, ok := errors.AsType[*model.SendError](err); ok && e.Err != nil {
		return e.Err.Error()
	}
	return err.Error()
}

// line is a text about a recipient, with further arguments in pairs.
func (t *webTest) line(id, to string, pairs ...string) string {
	args := texts.Args{"to": to}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	return t.plain.Texts.For(t.language).T(id, args)
}
