package cli

import (
	"strings"

	"opsbot/texts"
)

// exits are the exit codes of a command: those with a meaning of their own, and the text that says what they mean.
type exits struct {
	text  string
	codes []int
}

// Most commands end in one of these ways.
var (
	exitsPrints = exits{"cli.exit.prints", []int{ExitOK}}
	exitsDoes   = exits{"cli.exit.does", []int{ExitOK, ExitFailed}}
	exitsAsks   = exits{"cli.exit.asks", []int{ExitOK, ExitFailed}}
	exitsDuty   = exits{"cli.exit.duty", []int{ExitOK, ExitProblems, ExitFailed}}
	exitsImport = exits{"cli.exit.import", []int{ExitOK, ExitProblems, ExitFailed, ExitRefused}}
)

// exitsOf has the commands that end otherwise than by asking the running bot; a name is for all its commands.
var exitsOf = map[string]exits{
	"run":     {"cli.exit.run", []int{ExitOK, ExitFailed}},
	"sandbox": {"cli.exit.run", []int{ExitOK, ExitFailed}},
	"webtest": {"cli.exit.webtest", []int{ExitOK, ExitProblems, ExitFailed}},
	"after":   {"cli.exit.after", []int{ExitOK, ExitProblems, ExitFailed}},
	"status":  {"cli.exit.status", []int{ExitOK, ExitProblems, ExitFailed}},
	"health":  {"cli.exit.health", []int{ExitOK, ExitProblems}},
	"doctor":  {"cli.exit.doctor", []int{ExitOK, ExitProblems}},
	"restore": {"cli.exit.restore", []int{ExitOK, ExitProblems, ExitFailed}},

	"config check":  {"cli.exit.config", []int{ExitOK, ExitProblems}},
	"config schema": exitsPrints,
	"completion":    exitsPrints,
	"man":           exitsPrints,
	"version":       exitsPrints,

	"before":  exitsDoes,
	"init":    exitsDoes,
	"support": exitsDoes,
	"backup":  exitsDoes,
	"store":   exitsDoes,
	"route":   exitsDoes,

	"import":           exitsImport,
	"import oncall":    exitsDuty,
	"import goalert":   exitsDuty,
	"import pagerduty": exitsDuty,
	"import opsgenie":  exitsDuty,
}

// exitsFor are those of a command, named by its words: its own, else those of the command that it belongs to.
func exitsFor(path []string) exits {
	for n := len(path); n > 0; n-- {
		if e, ok := exitsOf[strings.Join(path[:n], " ")]; ok {
			return e
		}
	}
	return exitsAsks
}

// ExitCodes are the exit codes of a command, "import csv" for example. A command line that is not understood is ExitFailed with each.
func ExitCodes(command string) []int { return exitsFor(strings.Fields(command)).codes }

// help is the line about exit codes in the help and the manual.
func (e exits) help(p *texts.Printer) string { return p.T(e.text) }
