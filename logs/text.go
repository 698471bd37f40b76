package logs

import (
	"regexp"

	"opsbot/logs/redact"
)

// Text redacts the secrets of what another program said outside of a log, by the rules of log lines and further patterns.
func Text(text string, own []*regexp.Regexp) string { return redact.New(own).Line(text) }
