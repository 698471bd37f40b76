package checks

import (
	"io/fs"

	"opsbot"
)

// JudgeJSON lets the fuzz target reach the condition without a server.
func JudgeJSON(o *JSONOptions, body []byte) {
	if w, ok := o.Checker().(*webCheck); ok {
		w.judge(&probe{}, body)
	}
}

// Overs names the values of performance data that are out of their ranges.
func Overs(perfdata string) string { return overs(parsePerfdata(perfdata)) }

// HostAt is a check of kind "host" over another /proc.
func HostAt(o HostOptions, proc fs.FS, cores int) opsbot.Checker {
	return hostCheck{want: o, proc: proc, cores: cores}
}
