package bot

import (
	"strings"
	"time"

	"opsbot/model"
)

// words splits the arguments of a command.
func words(args string) []string { return strings.Fields(model.PlainSpaces(args)) }

// lengthIn takes the first duration out of the words; otherwise is the default.
func lengthIn(ws []string, otherwise time.Duration) (time.Duration, []string) {
	if d, rest, found := model.CutLength(ws); found {
		return time.Duration(d), rest
	}
	return otherwise, ws
}

// exactly returns the word that selects this check alone, even if a client has the same name.
func exactly(c *model.Check) string {
	if c.Endpoint == nil {
		return "check:" + string(c.ID)
	}
	return string(c.ID)
}

// plainWords returns a selector without the prefixes ("client:") that buttons add to names.
func plainWords(selector string) string {
	all := words(selector)
	for i, word := range all {
		for _, kind := range []string{"client:", "service:", "host:", "check:"} {
			if name, found := strings.CutPrefix(word, kind); found && name != "" {
				all[i] = name
			}
		}
	}
	return strings.Join(all, " ")
}

// longestLine limits the command behind a button, in bytes.
const longestLine = 200
