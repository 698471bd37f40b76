package ops

import (
	"context"
	"time"

	"opsbot/model"
)

// Past provides the history of checks. What it does not know is unmeasured, never ok.
type Past interface {
	// ServicePasts returns the history of services over a span, in the order of the keys. Planned maintenance in it is
	// excused.
	ServicePasts(ctx context.Context, inv *model.Inventory, keys []model.ServiceKey, span model.Span) ([]model.ServicePast, error)
	// Removed returns the services of a client that were once measured and are no longer in the inventory, by name.
	Removed(inv *model.Inventory, client string) []model.ServiceKey
	// Series returns the history of all checks together, step by step. A step is at least a second.
	Series(ctx context.Context, checks []model.CheckID, span model.Span, step time.Duration) (model.Series, error)
}

// Logs reads the logs of hosts. Excerpts say what cannot be read: there is at least one for each question.
type Logs interface {
	// Sources returns the names of a host's log sources.
	Sources(host model.Host) []string
	// Excerpts queries hosts, several at once, until all have answered or ctx ends, in the order of the questions.
	Excerpts(ctx context.Context, inv *model.Inventory, questions []model.LogQuestion) []model.LogExcerpt
}
