package cli

import (
	"time"

	"opsbot/model"
)

type routeCmd struct {
	Test routeTestCmd `cmd:""`
}

type routeTestCmd struct {
	ConfigFlag
	Name     string `arg:""`
	Severity string `arg:"" optional:"" default:"critical"`
	Service  string
	Label    map[string]string

	severity model.Severity
}

// Validate is called by kong.
func (c *routeTestCmd) Validate() error { return c.severity.UnmarshalText([]byte(c.Severity)) }

// Run prints where an incident would be sent.
func (c *routeTestCmd) Run(con *Console) error {
	text, err := explainRoutes(&routeOptions{
		config: c.Config, name: c.Name, severity: c.severity, service: c.Service, labels: c.Label, p: con.printer(), now: time.Now(),
	})
	if err != nil {
		return err
	}
	return con.printLine(text)
}
