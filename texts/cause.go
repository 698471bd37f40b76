package texts

import (
	"slices"
	"strings"

	"opsbot/model"
)

// minSearched is from how many failures on it is worth a line that they have nothing in common.
const minSearched = 10

// Cause says what failures have in common, or that nothing was found; "" when there is too little to say. A cause that is hosts
// alone is left out: hosts that fail are named anyway.
func (p *Printer) Cause(c *model.Cause) string {
	switch {
	case c == nil, len(c.Labels) == 0 && c.Of < minSearched:
		return ""
	case len(c.Labels) == 0:
		return p.T("cause.none")
	case !slices.ContainsFunc(c.Labels, func(label string) bool { return !strings.HasPrefix(label, "host=") }):
		return ""
	}
	id := "cause.all"
	if c.Failed < c.Of {
		id = "cause.most"
	}
	args := Args{"labels": p.Names(c.Labels, maxNames), "of": c.Of, "fine": c.Fine}
	line := p.N(id, c.Failed, args)
	if c.Fine > 0 {
		line += p.T("cause.fine", args)
	}
	return line
}
