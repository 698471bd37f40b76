package config

import (
	"net/mail"
	"strings"

	"opsbot/model"
)

// Report is a document, when it is made, and who gets it.
type Report struct {
	Name     string         `toml:"name"`
	Kind     ReportKind     `toml:"kind"`
	Schedule model.Schedule `toml:"schedule"`              // "": only on request
	Grace    model.Duration `toml:"grace" range:"1m..31d"` // how late it may still be made
	Select   []string       `toml:"select"`                // words of a selector; none: everything
	Language Language       `toml:"language"`              // "": that of each recipient

	ToErrors    []Target       `toml:"to_errors"` // get web tests with findings of MinSeverity or worse
	ToFine      []Target       `toml:"to_fine"`   // get the other web tests
	MinSeverity model.Severity `toml:"min_severity"`
	Threshold   int            `toml:"threshold" range:"0..100"` // percent; 0: err_threshold of each service
	Logs        bool           `toml:"logs"`                     // add logs of hosts that fail

	Via    Target       `toml:"via"`    // the mail that sends reports to clients
	Period ReportPeriod `toml:"period"` // of reports to clients
	At     model.Place  `toml:"-"`
}

func (r *Report) setDefaults() {
	*r = Report{Grace: model.Duration(defaultGrace), MinSeverity: model.SeverityWarning, Period: PeriodMonth}
}

// ReportKind is the subject of a report.
type ReportKind string

// The values of ReportKind.
const (
	ReportWebTest ReportKind = "webtest" // results of a live web test
	ReportClient  ReportKind = "client"  // the services of a client over a period; one report per client
)

// UnmarshalText accepts the values above.
func (k *ReportKind) UnmarshalText(text []byte) error {
	switch v := ReportKind(text); v {
	case ReportWebTest, ReportClient:
		*k = v
		return nil
	default:
		return model.OneOf("kind", text, ReportWebTest, ReportClient)
	}
}

// ReportPeriod is the period of a report to a client: the last full one.
type ReportPeriod string

// The values of ReportPeriod.
const (
	PeriodDay   ReportPeriod = "day"
	PeriodWeek  ReportPeriod = "week" // from Monday
	PeriodMonth ReportPeriod = "month"
)

// MarshalText writes it.
func (p ReportPeriod) MarshalText() ([]byte, error) { return []byte(p), nil }

// UnmarshalText accepts the values above.
func (p *ReportPeriod) UnmarshalText(text []byte) error {
	switch v := ReportPeriod(text); v {
	case PeriodDay, PeriodWeek, PeriodMonth:
		*p = v
		return nil
	default:
		return model.OneOf("period", text, PeriodDay, PeriodWeek, PeriodMonth)
	}
}

// reports validates [[reports]]. known are the names of channels.
func (l *loader) reports(root *node, cfg *Config, known map[string]*names) {
	reports := newNames(l, model.Sentence{})
	for i := range cfg.Reports {
		r, n := &cfg.Reports[i], root.child("reports").item(i)
		reports.add(n, r.Name)
		if !n.isTable {
			continue
		}
		if r.Schedule != "" {
			l.schedule(n, r.Schedule)
		}
		l.notEmptyLimit(n, "select")
		switch {
		case n.child("kind") == nil:
			l.wrong(n, "kind", model.Say("config.missing.one_of", "allowed", []string{string(ReportWebTest), string(ReportClient)}))
		case r.Kind == ReportWebTest:
			l.testReport(n, r, known)
		case r.Kind == ReportClient:
			l.clientReport(n, r, known)
		}
	}
}

func (l *loader) testReport(n *node, r *Report, known map[string]*names) {
	l.notOf(n, "webtest", "via", "period")
	if len(r.ToErrors)+len(r.ToFine) == 0 {
		l.wrong(n, "to_errors", model.Say("config.missing.recipients"))
	}
	l.declared(known, n, "to_errors", r.ToErrors)
	l.declared(known, n, "to_fine", r.ToFine)
}

func (l *loader) clientReport(n *node, r *Report, known map[string]*names) {
	l.notOf(n, "client", "to_errors", "to_fine", "min_severity", "threshold", "logs", "language")
	switch via := n.child("via"); {
	case via == nil:
		l.wrong(n, "via", model.Say("config.missing.via"))
	case r.Via == (Target{}): // reported while it was read
	case !strings.HasPrefix(r.Via.Channel, "email:"):
		l.wrong(n, "via", model.Say("config.report.via", "got", r.Via))
	default:
		l.declared(known, n, "via", []Target{r.Via})
	}
}

// notOf reports keys that belong to another kind.
func (l *loader) notOf(n *node, kind string, keys ...string) {
	for _, key := range keys {
		if n.child(key) != nil {
			l.wrong(n, key, model.Say("config.not_for_kind", "kind", kind))
		}
	}
}

// reportedTo checks who gets the reports of a client.
func (l *loader) reportedTo(n *node, c *model.ClientSpec) {
	for _, address := range c.ReportTo {
		if _, err := mail.ParseAddress(address); err != nil {
			l.wrong(n, "report_to", model.Say("config.value.mail", "got", address))
		}
	}
	var known Language
	if err := known.UnmarshalText([]byte(c.ReportLanguage)); c.ReportLanguage != "" && err != nil {
		l.wrong(n, "report_language", sentenceOf(err).With("key", "report_language"))
	}
}

// Mail finds a mail by its target, "email:NAME".
func (c *Config) Mail(target string) (*Email, bool) {
	for i := range c.Email {
		if "email:"+c.Email[i].Name == target {
			return &c.Email[i], true
		}
	}
	return nil, false
}

// onlyVia reports whether a mail only sends reports to clients: it needs no recipients of its own.
func (c *Config) onlyVia(name string) bool {
	via := false
	for i := range c.Reports {
		via = via || c.Reports[i].Via.Channel == "email:"+name
	}
	return via
}
