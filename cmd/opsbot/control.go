package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"opsbot/app"
)

// socketFlag is where the running bot listens, for every command that asks it.
type socketFlag struct {
	Socket string `help:"Control socket of the running bot." default:"/run/opsbot/opsbot.sock" env:"OPSBOT_SOCKET" type:"path"`
}

func (s socketFlag) client(con *console) *app.ControlClient {
	return app.NewControlClient(s.Socket, con.language)
}

type statusCmd struct {
	socketFlag
	Words []string `arg:"" optional:"" name:"selector" help:"Clients, services, hosts, checks, labels."`
	JSON  bool     `help:"Print JSON." name:"json"`
}

// Run prints how things stand. The exit code is 1 when something is down.
func (c *statusCmd) Run(con *console) error {
	st, err := c.client(con).Status(con.ctx, c.Words)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(con, st.JSON())
	} else {
		_, err = fmt.Fprintln(con.out, st.Text())
	}
	if err == nil && st.Down() {
		return exitError{exitProblems}
	}
	return err
}

func printJSON(con *console, v any) error {
	enc := json.NewEncoder(con.out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

type muteCmd struct {
	socketFlag
	Words []string `arg:"" passthrough:"partial" name:"duration-selector-reason" help:"How long, what, and after -- why: 2h clientA reports -- update."`
}

// Run mutes.
func (c *muteCmd) Run(con *console) error {
	said, err := c.client(con).Mute(con.ctx, strings.Join(c.Words, " "))
	return printLine(con, said, err)
}

type unmuteCmd struct {
	socketFlag
	Words []string `arg:"" name:"mute" help:"A number of opsbot mutes, a selector, or all."`
}

// Run lifts mutes.
func (c *unmuteCmd) Run(con *console) error {
	said, err := c.client(con).Unmute(con.ctx, c.Words)
	return printLine(con, said, err)
}

type mutesCmd struct{ socketFlag }

// Run lists mutes.
func (c *mutesCmd) Run(con *console) error {
	said, err := c.client(con).Mutes(con.ctx)
	return printLine(con, said, err)
}

type reloadCmd struct{ socketFlag }

// Run has the configuration read again.
func (c *reloadCmd) Run(con *console) error {
	return c.client(con).Reload(con.ctx)
}

func printLine(con *console, said string, err error) error {
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(con.out, said)
	return err
}
