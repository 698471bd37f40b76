package checks

import (
	"context"
	"fmt"

	"opsbot/model"
)

// gate bounds how many checks of one kind are at work at once, where the engine's bounds are too wide: each plugin is a
// process, and too many pings at once lose answers. The nil gate lets everyone in.
type semaphore chan struct{}

// enter waits for a place; leave must be called on the way out. A wait that lasts until ctx ends is ours, not the target's.
func (g semaphore) enter(ctx context.Context) (leave func(), refused *finding) {
	if g == nil {
		return func() {}, nil
	}
	select {
	case g <- struct{}{}:
		return func() { <-g }, nil
	case <-ctx.Done():
		return nil, unknown(model.ReasonLocal, "said", fmt.Sprintf("%d checks of this kind are at work already", cap(g)))
	}
}
