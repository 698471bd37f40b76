package ops

import (
	"context"
	"time"

	"opsbot"
)

// Past knows how things were. What it does not know is said to be unmeasured, never to be well.
type Past interface {
	// ServicePasts says how services were over a span, in the order of the keys. Planned maintenance in it is excused.
	ServicePasts(ctx context.Context, inv *opsbot.Inventory, keys []opsbot.ServiceKey, span opsbot.Span) ([]opsbot.ServicePast, error)
	// Removed are the services of a client that were measured once and are no longer in the inventory, by name.
	Removed(inv *opsbot.Inventory, client string) []opsbot.ServiceKey
	// Series is how checks were together, step by step. A step is at least a second.
	Series(ctx context.Context, checks []opsbot.CheckID, span opsbot.Span, step time.Duration) (opsbot.Series, error)
}

// Logs reads the logs of hosts. What cannot be read is said in the excerpts: there is one at least for each question.
type Logs interface {
	// Sources are the names of the log sources that a host has.
	Sources(host opsbot.Host) []string
	// Excerpts asks hosts, several at once, until all have answered or ctx ends, in the order of the questions.
	Excerpts(ctx context.Context, inv *opsbot.Inventory, questions []opsbot.LogQuestion) []opsbot.LogExcerpt
}
