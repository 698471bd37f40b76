package main

import (
	"fmt"

	"opsbot/app"
)

// jsonFlag is for every command whose answer a script may want.
type jsonFlag struct {
	JSON bool `help:"Print JSON." name:"json"`
}

// print writes an answer.
func (f jsonFlag) print(con *console, said app.Answer, err error) error {
	if err != nil {
		return err
	}
	if f.JSON {
		return printJSON(con, said.JSON)
	}
	_, err = fmt.Fprintln(con.out, said.Text)
	return err
}

type incidentsCmd struct {
	socketFlag
	jsonFlag
}

// Run lists what is open.
func (c *incidentsCmd) Run(con *console) error {
	said, err := c.client(con).Incidents(con.ctx)
	return c.print(con, said, err)
}

type ackCmd struct {
	socketFlag
	jsonFlag
	Incident string `arg:"" help:"A number of opsbot incidents."`
}

// Run takes an incident on.
func (c *ackCmd) Run(con *console) error {
	said, err := c.client(con).Ack(con.ctx, c.Incident)
	return c.print(con, said, err)
}

type historyCmd struct {
	socketFlag
	jsonFlag
	Words []string `arg:"" optional:"" name:"selector-how-long" help:"Clients, services, hosts, checks, labels; and how far back, like 7d. Default: all, 1d."`
}

// Run lists what went wrong.
func (c *historyCmd) Run(con *console) error {
	said, err := c.client(con).History(con.ctx, c.Words)
	return c.print(con, said, err)
}

type maintenanceCmd struct {
	socketFlag
	jsonFlag
	Words []string `arg:"" optional:"" passthrough:"partial" name:"when-duration-selector-reason" help:"When, how long, what, and after -- why: 23:00 2h clientA -- update. None: list what is planned."`
}

// Run plans a mute, or lists what is planned.
func (c *maintenanceCmd) Run(con *console) error {
	said, err := c.client(con).Maintenance(con.ctx, c.Words)
	return c.print(con, said, err)
}

type outboxCmd struct {
	List  outboxListCmd  `cmd:"" help:"List the messages that wait, and those that were given up."`
	Retry outboxRetryCmd `cmd:"" help:"Send messages again that were given up."`
	Drop  outboxDropCmd  `cmd:"" help:"Drop messages for good: they are never sent."`
}

type outboxListCmd struct {
	socketFlag
	jsonFlag
	Dead bool `help:"Only those that were given up."`
}

// Run lists messages.
func (c *outboxListCmd) Run(con *console) error {
	said, err := c.client(con).Outbox(con.ctx, c.Dead)
	return c.print(con, said, err)
}

type outboxRetryCmd struct {
	socketFlag
	jsonFlag
	Messages []string `arg:"" help:"Numbers of opsbot outbox list --dead, or all."`
}

// Run sends messages again.
func (c *outboxRetryCmd) Run(con *console) error {
	said, err := c.client(con).RetryOutbox(con.ctx, c.Messages)
	return c.print(con, said, err)
}

type outboxDropCmd struct {
	socketFlag
	jsonFlag
	Messages []string `arg:"" help:"Numbers of opsbot outbox list."`
}

// Run drops messages.
func (c *outboxDropCmd) Run(con *console) error {
	said, err := c.client(con).DropOutbox(con.ctx, c.Messages)
	return c.print(con, said, err)
}
