package main

import (
	"slices"

	"opsbot/cli"
)

// table is the lines that are tried. Those of one name run one after another, the others beside them.
func table() map[string][]call {
	return map[string][]call{
		"checks":    checkCalls(),
		"chat":      chatCalls(),
		"people":    peopleCalls(),
		"past":      pastCalls(),
		"care":      careCalls(),
		"files":     fileCalls(),
		"hosts":     hostCalls(),
		"moving in": slices.Concat(moveCalls(), dutyCalls()),
		"sandbox": {
			{line: "sandbox --page 127.0.0.1:0", says: "http://127.0.0.1:", goes: true},
			{line: "sandbox --page 192.0.2.1:80", code: cli.ExitFailed, says: "192.0.2.1"},
			{line: "run --config {dir}/none.toml", code: cli.ExitFailed, says: "opsbot init"},
		},
	}
}

// checkCalls measure without the bot; then a host of clientB fails.
func checkCalls() []call {
	const host, file = "web5", "{dir}/before.json"
	return []call{
		{line: "webtest clientB", says: "clientB"},
		{line: "webtest nobody", code: cli.ExitFailed, says: "“nobody”"},
		{line: "before " + file + " clientB", says: "baseline"},
		{line: "before " + file + " nobody", code: cli.ExitFailed, says: "“nobody”"},
		{line: "after " + file, says: "nothing got worse"},
		{line: "after {dir}/none.json", code: cli.ExitFailed, says: "{dir}/none.json"},
		{line: "after " + file, code: cli.ExitProblems, says: host, first: breaks(host)},
		{line: "webtest clientB", code: cli.ExitProblems, says: host},
	}
}

// chatCalls are the status, mutes and incidents.
func chatCalls() []call {
	return []call{
		{line: "status clientC", says: "clientC"},
		{line: "status nobody", code: cli.ExitFailed, says: "“nobody”"},
		{line: "status main-db", code: cli.ExitProblems, says: "main-db", first: func(w *world) {
			w.set("main-db", "killed")
			_ = w.door.Close() // it is closed with the test, too
			w.incident("main-db")
			w.incident("door")
		}},
		{line: "mute 2h clientC -- update 4.2", says: "clientC"},
		{line: "mute clientC", code: cli.ExitFailed, says: "Duration is missing"},
		{line: "mute 2x clientC", code: cli.ExitFailed, says: "“2x” is not a length of time"},
		{line: "mute 2h clientZ", code: cli.ExitFailed, says: "“clientZ”"},
		{line: "mutes", says: "update 4.2"},
		{line: "extend 1 1h", says: "#1"},
		{line: "extend 99 1h", code: cli.ExitFailed, says: "99"},
		{line: "unmute 1", says: "clientC"},
		{line: "unmute 99", code: cli.ExitFailed, says: "99"},
		{line: "maintenance 23:00 2h clientC -- update 4.3", says: "update 4.3"},
		{line: "maintenance soon", code: cli.ExitFailed, says: "soon"},
		{line: "incidents", says: "main-db is down"},
		{line: "ack {db}", says: "{db}"},
		{line: "ack 9999", code: cli.ExitFailed, says: "#9999"},
		{line: "unack {db}", says: "{db}"},
		{line: "unack 9999", code: cli.ExitFailed, says: "#9999"},
		{line: "note {db} cable replaced", says: "cable replaced"},
		{line: "note 9999 cable", code: cli.ExitFailed, says: "#9999"},
		{line: "recheck {db}", says: "1"},
		{line: "recheck 9999", code: cli.ExitFailed, says: "#9999"},
		{line: "why main-db", says: "main-db"},
		{line: "why nobody", code: cli.ExitFailed, says: "“nobody”"},
		{line: "reset door", says: "door"},
		{line: "reset main-db", code: cli.ExitFailed, says: "main-db"},
		{line: "outbox list", says: "telegram:"},
		{line: "outbox retry all", says: "queued again"},
		{line: "outbox retry x", code: cli.ExitFailed, says: "x"},
		{line: "outbox drop {message}", says: "dropped"},
		{line: "outbox drop x", code: cli.ExitFailed, says: "x"},
		{line: "reload", says: "was read again"},
	}
}

// peopleCalls are duty, pages, and what sources report.
func peopleCalls() []call {
	return []call{
		{line: "impact", says: "events"},
		{line: "impact nowhere", code: cli.ExitFailed, says: "“nowhere”"},
		{line: "unmapped", says: "inventory"},
		{line: "sources", says: "connected"},
		{line: "events close {event}", says: "nobody-knows-it"},
		{line: "events close 0000000", code: cli.ExitFailed, says: "0000000"},
		{line: "events list", says: "events"},
		{line: "events list nowhere", code: cli.ExitFailed, says: "“nowhere”"},
		{line: "oncall", says: "primary: anna"},
		{line: "oncall nowhere", code: cli.ExitFailed, says: "“nowhere”"},
		{line: "takeover olga primary 2h -- ill", says: "olga is on call until"},
		{line: "takeover nobody primary 2h", code: cli.ExitFailed, says: "“nobody”"},
		{line: "handback", says: "anna on call again"},
		{line: "handback 99", code: cli.ExitFailed, says: "opsbot oncall"},
		{line: "cover anna olga primary tomorrow 18:00 2h -- dentist", says: "asked olga"},
		{line: "cover take 99 olga", code: cli.ExitFailed, says: "opsbot oncall"},
		{line: "page anna the shop is down", says: "Paging anna"},
		{line: "page nobody the shop is down", code: cli.ExitFailed, says: "“nobody”"},
		{line: "escalate {page}", says: "{page}"},
		{line: "escalate 9999", code: cli.ExitFailed, says: "#9999"},
		{line: "gateway test sms anna", says: "the service accepted it"},
		{line: "gateway test sms olga", code: cli.ExitFailed, says: "olga has no number"},
	}
}

// pastCalls are what is kept, and logs.
func pastCalls() []call {
	return []call{
		{line: "history", says: "since"},
		{line: "history nobody", code: cli.ExitFailed, says: "“nobody”"},
		{line: "chart clientC 1d --out {dir}/c.png", says: "clientC, 1 d"},
		{line: "chart nobody", code: cli.ExitFailed, says: "“nobody”"},
		{line: "report clientC --html {dir}/c.html", says: "{dir}/c.html"},
		{line: "report nobody", code: cli.ExitFailed, says: "“nobody”"},
		{line: "logs web1 access --last 2", says: "access"},
		{line: "logs nowhere", code: cli.ExitFailed, says: "“nowhere”"},
		{line: "set-aside list", says: "Nothing is set aside"},
		{line: "set-aside drop all", says: "0 rows dropped"},
		{line: "set-aside drop x", code: cli.ExitFailed, says: "x"},
	}
}

// careCalls look after the installation and its database.
func careCalls() []call {
	return []call{
		{line: "health", says: "sandbox"},
		{line: "health --url http://{web}", says: "sandbox"},
		{line: "doctor", says: "Configuration", code: cli.ExitProblems}, // a chat that does not exist
		{line: "doctor --config {dir}/well/opsbot.toml", says: "failures: 0", first: func(w *world) {
			w.write("well/opsbot.toml", "[store]\npath = \"well.db\"\n[[checks]]\nname = \"disk\"\nkind = \"disk\"\npaths = [\"/\"]\nschedule = \"@every 1m\"\n")
		}},
		{line: "support {dir}/bundle.tar.gz", says: "{dir}/bundle.tar.gz"},
		{line: "support {dir}/none/bundle.tar.gz", code: cli.ExitFailed, says: "{dir}/none/bundle.tar.gz"},
		{line: "backup {dir}/backup.db", says: "written and checked"},
		{line: "backup {dir}/none/backup.db", code: cli.ExitFailed, says: "{dir}/none/backup.db"},
		{line: "restore {dir}/backup.db --yes", code: cli.ExitFailed, says: "opsbot is running on"},
		{line: "restore {dir}/backup.db --database {dir}/other.db", code: cli.ExitFailed, says: "--yes"},
		{line: "restore {dir}/backup.db --database {dir}/other.db", code: cli.ExitProblems, says: "Restore? [y/N]", typed: "n"},
		{line: "restore {dir}/backup.db --database {dir}/other.db", says: "{dir}/other.db", typed: "y"},
		{line: "store copy {dir}/backup.db {dir}/copy.db", says: "counted on both sides"},
		{line: "store copy {dir}/none.db {dir}/copy2.db", code: cli.ExitFailed, says: "{dir}/none.db is not an opsbot database"},
	}
}

// fileCalls work on files alone.
func fileCalls() []call {
	return []call{
		{line: "config check", says: "no errors"},
		{line: "config check {dir}/wrong.toml", code: cli.ExitProblems, says: "wrong.toml:1", first: func(w *world) { w.write("wrong.toml", "nonsense = 1\n") }},
		{line: "config schema", says: `"$schema"`},
		{line: "init {dir}/starter.toml", says: "opsbot run --config {dir}/starter.toml"},
		{line: "init {dir}/starter.toml", code: cli.ExitFailed, says: "already exists"},
		{line: "completion bash", says: "complete"},
		{line: "completion tcsh", code: cli.ExitFailed, says: "tcsh"},
		{line: "man", says: ".TH OPSBOT"},
		{line: "version", says: "opsbot "},
		{line: "route test clientA warning", says: "chat:ops"},
		{line: "route test nobody", code: cli.ExitFailed, says: "“nobody”"},
	}
}

// hostCalls import hosts.
func hostCalls() []call {
	return slices.Concat(
		importCalls("import csv {dir}/cmdb.csv --config {dir}/hosts/opsbot.toml --out {dir}/csv.csv", "import csv {dir}/less.csv --config {dir}/hosts/opsbot.toml --out {dir}/csv.csv --as csv"),
		importCalls("import ansible {dir}/hosts.ini --config {dir}/hosts/opsbot.toml --out {dir}/ini.csv", "import ansible {dir}/less.ini --config {dir}/hosts/opsbot.toml --out {dir}/ini.csv --as ansible"),
		importCalls("import icinga --out {dir}/icinga.csv", "import icinga --config {dir}/less/opsbot.toml --out {dir}/icinga.csv"),
		importCalls("import zabbix --out {dir}/zabbix.csv", "import zabbix --config {dir}/less/opsbot.toml --out {dir}/zabbix.csv"),
		[]call{
			{line: "import csv {dir}/none.csv", code: cli.ExitFailed, says: "{dir}/none.csv"},
			{line: "import ansible {dir}/none", code: cli.ExitFailed, says: "{dir}/none"},
			{line: "import icinga nowhere", code: cli.ExitFailed, says: `nowhere`},
			{line: "import zabbix nowhere", code: cli.ExitFailed, says: `nowhere`},
		})
}
