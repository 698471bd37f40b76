package bot

import (
	"strings"
	"time"

	"opsbot/model"
)

// words splits what stands after a command.
func words(args string) []string { return strings.Fields(args) }

// lengthIn takes the first length of time out of words.
func lengthIn(ws []string, otherwise time.Duration) (time.Duration, []string) {
	for i, w := range ws {
		if d, err := model.ParseDuration(w); err == nil && d > 0 {
			return time.Duration(d), append(ws[:i:i], ws[i+1:]...)
		}
	}
	return otherwise, ws
}

// exactly is the word that means one check and nothing else: a client may be called the same.
func exactly(c *model.Check) string {
	if c.Endpoint == nil {
		return "check:" + string(c.ID)
	}
	return string(c.ID)
}

// spoken are the words of a selector without the kinds that buttons put before names.
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

// longestLine bounds a command that a button gives again, in bytes.
const longestLine = 200
