package cli

import (
	"time"

	"opsbot/model"
)

type routeCmd struct {
	Test routeTestCmd `cmd:"" help:"Say where an incident would be told now, by the configuration alone: opsbot route test clientA warning."`
}

type routeTestCmd struct {
	ConfigFlag
	Name     string            `arg:"" help:"A client, or a standalone check."`
	Severity string            `arg:"" optional:"" help:"info, warning or critical." default:"critical"`
	Service  string            `help:"One service of the client. Default: each of them."`
	Label    map[string]string `help:"Labels of what fails, beside the client's or the check's: --label dc=fra1."`

	severity model.Severity
}

// Validate is called by kong.
func (c *routeTestCmd) Validate() error { return c.severity.UnmarshalText([]byte(c.Severity)) }

// Run prints where an incident would be sent.
func (c *routeTestCmd) Run(con *Console) error {
	text, err := explainRoutes(&routeOptions{
		config: c.Config, name: c.Name, severity: c.severity, service: c.Service, labels: c.Label, language: con.Language, now: time.Now(),
	})
	if err != nil {
		return err
	}
	return con.printLine(text)
}
