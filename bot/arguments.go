package bot

import (
	"strings"
	"time"

	"opsbot/model"
)

// words splits the arguments of a command.
func words(args string) []string { return strings.Fields(model.PlainSpaces(args)) }

// spanIn takes from when on something is asked for out of the words, as a length up to now: "7d", "since 14:00", "yesterday". otherwise is
// the default.
func (r *request) spanIn(ws []string, otherwise time.Duration) (time.Duration, []string, error) {
	now := r.zoned()
	from, text, rest, err := model.CutPast(ws, now)
	if err != nil || text == "" {
		return otherwise, ws, err
	}
	return max(time.Minute, now.Sub(from)), rest, nil
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
