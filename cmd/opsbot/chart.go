package main

type chartCmd struct {
	socketFlag
	jsonFlag
	Out   string   `help:"PNG file to write." type:"path"`
	Words []string `arg:"" name:"selector-how-long" help:"Clients, services, hosts, checks, labels; and how far back, like 7d. Default: 24h."`
}

// Run draws how something was, and prints it in words.
func (c *chartCmd) Run(con *console) error {
	said, err := c.client(con).Chart(con.ctx, c.Words, c.Out)
	return c.print(con, said, err)
}
