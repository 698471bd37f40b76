package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"opsbot/bot"
	"opsbot/config"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/notify/teams"
	"opsbot/notify/webhook"
	"opsbot/ops"
	"opsbot/report"
	"opsbot/texts"
)

// Notes are what a person has to know beside the result.
func (t *TestResult) Notes() []string {
	if t.wanted && len(t.loaded.Config.Logs) == 0 {
		return []string{t.say("webtest.no_logs", "")}
	}
	return nil
}

// HTML is the report as a document that stands by itself.
func (t *TestResult) HTML() ([]byte, error) {
	r, err := t.report(t.lang)
	if err != nil {
		return nil, err
	}
	return r.Parts.Document(), nil
}

// CSV is the table of all that was tested.
func (t *TestResult) CSV() ([]byte, error) {
	r, err := t.report(t.lang)
	if err != nil {
		return nil, err
	}
	return r.Parts.Files[0].Data, nil
}

func (t *TestResult) report(language string) (model.Report, error) {
	w, err := t.writer()
	if err != nil {
		return model.Report{}, err
	}
	return w.WebTest(language, t.test)
}

func (t *TestResult) writer() (*report.Writer, error) {
	return report.New(report.Options{Texts: t.plain.Texts, Zone: t.plain.Zone, Instance: func() string { return t.loaded.Config.Instance.Name }})
}

// Nobody says that nobody gets the report by what was found.
func (t *TestResult) Nobody() string { return t.say("report.nobody", "") }

// Delivery says what became of a report for one recipient.
type Delivery struct {
	To      string // "email:oncall"
	Text    string // a line for people
	Sent    bool   // to all of them
	Skipped bool   // only a running bot reaches it
}

// Mail sends the report, by itself, to those who get it by the findings: of the [[reports]] of that name; without a name of the
// only one for web tests, or, when there is none, to every mail of the configuration.
func (t *TestResult) Mail(ctx context.Context, name string) ([]Delivery, error) {
	plan, err := t.plan(name)
	if err != nil {
		return nil, err
	}
	channels := t.channels()
	var all []Delivery
	for _, to := range plan.Recipients(t.inv, t.test) {
		all = append(all, t.mail(ctx, channels, to))
	}
	return all, nil
}

// plan is the report that says to whom it goes.
func (t *TestResult) plan(name string) (*ops.ReportPlan, error) {
	cfg := t.loaded.Config
	var named []string
	for i := range cfg.Reports {
		if r := &cfg.Reports[i]; r.Kind == config.ReportWebTest {
			named = append(named, r.Name)
		}
	}
	a := &App{o: Options{Getenv: t.getenv}}
	switch {
	case name == "" && len(named) == 0 && len(cfg.Email) == 0:
		return nil, &model.Error{Code: model.ErrNoMails}
	case name == "" && len(named) == 0:
		plan := &ops.ReportPlan{MinSeverity: model.SeverityWarning}
		for i := range cfg.Email {
			if len(cfg.Email[i].To) > 0 {
				plan.ToErrors = append(plan.ToErrors, mailTarget(&cfg.Email[i]))
			}
		}
		plan.ToFine = plan.ToErrors
		return plan, nil
	case name == "" && len(named) == 1:
		name = named[0]
	case name == "":
		return nil, &model.Error{Code: model.ErrWhichReport, Choices: named}
	case !slices.Contains(named, name):
		return nil, noSuch(name, named)
	}
	at := slices.IndexFunc(cfg.Reports, func(r config.Report) bool { return r.Name == name })
	return a.reportPlan(t.loaded, &cfg.Reports[at], t.test.At), nil
}

// channels are those that need no running bot.
func (t *TestResult) channels() map[string]notify.Channel {
	cfg, all := t.loaded.Config, map[string]notify.Channel{}
	cards := &bot.Cards{Texts: t.plain.Texts, Zone: t.plain.Zone, Now: time.Now, Language: func(to model.Destination) string { return languageIn(cfg, to, t.getenv) }}
	for i := range cfg.Email {
		e := &cfg.Email[i]
		all["email:"+e.Name] = mailChannel(cfg.Instance.Name, e, mailExtras{cards: cards, now: time.Now, refused: func(string, error) {}})
	}
	for i := range cfg.Teams {
		all["teams:"+cfg.Teams[i].Name] = teams.New(teams.Options{URL: cfg.Teams[i].URL, Render: cards.Plain, Now: time.Now})
	}
	for i := range cfg.Webhook {
		w := &cfg.Webhook[i]
		all["webhook:"+w.Name] = webhook.New(webhook.Options{
			URL: w.URL, Secret: w.Secret, Headers: w.Headers, Roots: w.Roots, Instance: cfg.Instance.Name, Render: cards.Plain, Now: time.Now,
		})
	}
	return all
}

// mailTime bounds one delivery, as the bot does.
const mailTime = notify.DefaultSendTimeout

func (t *TestResult) mail(ctx context.Context, channels map[string]notify.Channel, to ops.ReportTarget) Delivery {
	d := Delivery{To: to.Name}
	channel, ok := channels[to.Name]
	if !ok {
		d.Skipped, d.Text = true, t.say("report.not_here", to.Name)
		return d
	}
	var receipt model.Receipt
	r, err := t.report(to.Language)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, mailTime)
		defer cancel()
		receipt, err = channel.Deliver(ctx, model.Notification{
			ID: time.Now().UnixNano(), Kind: model.NotifyReport, To: to.To, Severity: t.test.Severity(), Created: time.Now(), Snapshot: model.Snapshot{Report: &r},
		}, model.Card{})
	}
	if err != nil {
		d.Text = t.say("report.not_sent", to.Name, "why", strings.TrimSpace(saidOf(err)))
		return d
	}
	if without := notDelivered(receipt); without != "" {
		d.Text = t.say("report.sent_in_part", to.Name, "without", without)
		return d
	}
	d.Sent, d.Text = true, t.say("report.sent", to.Name)
	return d
}

// notDelivered are the recipients who did not get a mail that others got, each with what the server said.
func notDelivered(r model.Receipt) string {
	var all []string
	for _, n := range slices.Concat(r.Later, r.Never) {
		all = append(all, n.Address+" ("+n.Said+")")
	}
	return strings.Join(all, ", ")
}

// saidOf is what a channel said, without the kind of failure.
func saidOf(err error) string {
	if e, ok := errors.AsType[*model.SendError](err); ok && e.Err != nil {
		return e.Err.Error()
	}
	return err.Error()
}

// say is a text about a recipient, with further arguments in pairs.
func (t *TestResult) say(id, to string, pairs ...string) string {
	args := texts.Args{"to": to}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	return t.plain.Texts.For(t.lang).T(id, args)
}
