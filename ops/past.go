package ops

import (
	"context"
	"time"

	"opsbot/model"
)

// Past knows how things were. What it does not know is said to be unmeasured, never to be well.
type Past interface {
	// ServicePasts says how services were over a span, in the order of the keys. Planned maintenance in it is excused.
	ServicePasts(ctx context.Context, inv *model.Inventory, keys []model.ServiceKey, span model.Span) ([]model.ServicePast, error)
	// Removed are the services of a client that were measured once and are no longer in the inventory, by name.
	Removed(inv *model.Inventory, client string) []model.ServiceKey
	// Series is how checks were together, step by step. A step is at least a second.
	Series(ctx context.Context, checks []model.CheckID, span model.Span, step time.Duration) (model.Series, error)
}

// Logs reads the logs of hosts. What cannot be read is said in the excerpts: there is one at least for each question.
type Logs interface {
	// Sources are the names of the log sources that a host has.
	Sources(host model.Host) []string
	// Excerpts asks hosts, several at once, until all have answered or ctx ends, in the order of the questions.
	Excerpts(ctx context.Context, inv *model.Inventory, questions []model.LogQuestion) []model.LogExcerpt
}
