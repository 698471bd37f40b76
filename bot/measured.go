package bot

import (
	"strings"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// measuredLine is what a run measured, fine or not; empty if that is nothing, or not known since a restart.
func (s *renderer) measuredLine(m model.Measured, expires time.Time) blocks {
	var words []string
	for _, value := range m.Said(expires, s.now) {
		words = append(words, s.p.Reason(value))
	}
	if len(words) == 0 {
		return nil
	}
	return blocks{escaped(model.Clip(strings.Join(words, " · "), 400))}
}

// scheduleLine is when a check runs; empty if it has no schedule.
func (s *renderer) scheduleLine(c *model.Check, next time.Time) blocks {
	if c.Schedule == "" {
		return nil
	}
	args := texts.Args{"schedule": string(c.Schedule)}
	if next.IsZero() {
		return blocks{block(s.p.HTML("check.schedule", args))}
	}
	args["next"] = s.moment(next)
	return blocks{block(s.p.HTML("check.schedule_next", args))}
}
