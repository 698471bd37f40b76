package cli

// Commands are the commands of the command line but for run; each is a struct with a Run method.
type Commands struct {
	Sandbox     sandboxCmd     `cmd:"" help:"Try it: a simulated fleet and a chat page in the browser, no account needed."`
	Webtest     webtestCmd     `cmd:"" help:"Test web services now, by itself. Exit code 0: all well, 1: problems found, 2: could not run."`
	Before      beforeCmd      `cmd:"" help:"Measure web services in several rounds, before an update, by itself: opsbot before FILE clientA."`
	After       afterCmd       `cmd:"" help:"Say what an update broke, mended, made slower. Exit code 0: nothing got worse, 1: something did, 2: could not run."`
	Status      statusCmd      `cmd:"" help:"Ask the running bot how things stand."`
	Mute        muteCmd        `cmd:"" help:"Silence alerts for a while: opsbot mute 2h clientA -- update."`
	Unmute      unmuteCmd      `cmd:"" help:"End mutes early: a number, a selector, or all."`
	Mutes       mutesCmd       `cmd:"" help:"List the mutes that hold."`
	Impact      impactCmd      `cmd:"" help:"Say what the events of Icinga, Zabbix, Prometheus mean for clients."`
	Why         whyCmd         `cmd:"" help:"Say why something is not well."`
	Unmapped    unmappedCmd    `cmd:"" help:"List hosts that sources of events speak of and that are not in the inventory."`
	Sources     sourcesCmd     `cmd:"" help:"Say how the sources of events are heard."`
	Logs        logsCmd        `cmd:"" help:"Say what the logs of hosts say: opsbot logs web1 access --since 1h."`
	Incidents   incidentsCmd   `cmd:"" help:"List what is wrong now."`
	Ack         ackCmd         `cmd:"" help:"Take an incident on: nobody is reminded of it any more."`
	History     historyCmd     `cmd:"" help:"List what went wrong: opsbot history clientA 7d."`
	Chart       chartCmd       `cmd:"" help:"Draw how something was: opsbot chart clientA reports 7d --out chart.png."`
	Report      reportCmd      `cmd:"" help:"Say how a client's services were over a time, or send that to the client: opsbot report clientA 2026-10."`
	Maintenance maintenanceCmd `cmd:"" help:"Plan a mute, or list what is planned: opsbot maintenance 23:00 2h clientA -- update."`
	Outbox      outboxCmd      `cmd:"" help:"Look at the messages that are not delivered, and send them again."`
	Route       routeCmd       `cmd:"" help:"See where alerts go."`
	Import      importCmd      `cmd:"" help:"Bring hosts that Icinga, Zabbix, Ansible or a CSV knows into an inventory file. Exit code 0: written, or nothing to do; 1: not agreed to; 2: could not; 3: too much would be taken out."`
	Reload      reloadCmd      `cmd:"" help:"Have the running bot read its configuration again."`
	Config      configCmd      `cmd:"" help:"Look at a configuration."`
	Init        initCmd        `cmd:"" help:"Write a commented starter configuration."`
}
