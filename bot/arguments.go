package bot

import (
	"context"
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

// noIncidents is the text for none: where nothing is checked, that is not "all clear".
func (r *request) noIncidents(ctx context.Context) string {
	st, err := r.b.d.Actions.Status(ctx, r.actor, nil)
	if err != nil {
		return "incidents.none"
	}
	all := 0
	for _, n := range st.Checks {
		all += n
	}
	switch {
	case all == 0:
		return r.whose("incidents.empty")
	case st.NeverRun == all:
		return "incidents.not_run"
	default:
		return "incidents.none"
	}
}

// whose is the id of a text about what is empty: for somebody who does not see everything it may be empty for him alone.
func (r *request) whose(id string) string {
	if r.actor.Scope.Limited {
		return id + "_limited"
	}
	return id
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
