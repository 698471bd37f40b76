package cli

// Commands are the commands of the command line but for run; each is a struct with a Run method.
type Commands struct {
	Sandbox     sandboxCmd     `cmd:""`
	Webtest     webtestCmd     `cmd:""`
	Before      beforeCmd      `cmd:""`
	After       afterCmd       `cmd:""`
	Status      statusCmd      `cmd:""`
	Mute        muteCmd        `cmd:""`
	Unmute      unmuteCmd      `cmd:""`
	Mutes       mutesCmd       `cmd:""`
	Extend      extendCmd      `cmd:""`
	Impact      impactCmd      `cmd:""`
	Why         whyCmd         `cmd:""`
	Unmapped    unmappedCmd    `cmd:""`
	Events      eventsCmd      `cmd:""`
	Sources     sourcesCmd     `cmd:""`
	Logs        logsCmd        `cmd:""`
	Incidents   incidentsCmd   `cmd:""`
	Ack         ackCmd         `cmd:""`
	Unack       unackCmd       `cmd:""`
	Note        noteCmd        `cmd:""`
	Recheck     recheckCmd     `cmd:""`
	Reset       resetCmd       `cmd:""`
	History     historyCmd     `cmd:""`
	Chart       chartCmd       `cmd:""`
	Report      reportCmd      `cmd:""`
	Maintenance maintenanceCmd `cmd:""`
	OnCall      onCallCmd      `cmd:"" name:"oncall"`
	Takeover    takeoverCmd    `cmd:""`
	Handback    handbackCmd    `cmd:""`
	Gateway     gatewayCmd     `cmd:""`
	Page        pageCmd        `cmd:""`
	Escalate    escalateCmd    `cmd:""`
	Cover       coverCmd       `cmd:""`
	Outbox      outboxCmd      `cmd:""`
	SetAside    setAsideCmd    `cmd:""`
	Health      healthCmd      `cmd:""`
	Doctor      doctorCmd      `cmd:""`
	Support     supportCmd     `cmd:""`
	Store       storeCmd       `cmd:""`
	Backup      backupCmd      `cmd:""`
	Restore     restoreCmd     `cmd:""`
	Route       routeCmd       `cmd:""`
	Import      importCmd      `cmd:""`
	Reload      reloadCmd      `cmd:""`
	Config      configCmd      `cmd:""`
	Init        initCmd        `cmd:""`
	Completion  completionCmd  `cmd:""`
	Man         manCmd         `cmd:""`
}
