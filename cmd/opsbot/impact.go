package main

type impactCmd struct {
	socketFlag
	jsonFlag
	Live    bool     `help:"Look at every endpoint in question first. Without it what was seen last counts."`
	Sources []string `arg:"" optional:"" help:"Names of [[inbound]]. Default: all."`
}

// Run says what events mean for clients.
func (c *impactCmd) Run(con *console) error {
	said, err := c.client(con).Impact(con.ctx, c.Sources, c.Live)
	return c.print(con, said, err)
}

type whyCmd struct {
	socketFlag
	jsonFlag
	Words []string `arg:"" name:"selector" help:"Clients, services, hosts, checks, labels."`
}

// Run says why something is not well.
func (c *whyCmd) Run(con *console) error {
	said, err := c.client(con).Why(con.ctx, c.Words)
	return c.print(con, said, err)
}

type unmappedCmd struct {
	socketFlag
	jsonFlag
}

// Run lists what sources speak of and what is not in the inventory.
func (c *unmappedCmd) Run(con *console) error {
	said, err := c.client(con).Unmapped(con.ctx)
	return c.print(con, said, err)
}

type sourcesCmd struct {
	socketFlag
	jsonFlag
}

// Run says how the systems that send events are heard.
func (c *sourcesCmd) Run(con *console) error {
	said, err := c.client(con).Sources(con.ctx)
	return c.print(con, said, err)
}
