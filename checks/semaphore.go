package checks

import (
	"context"
	"fmt"

	"opsbot/model"
)

// semaphore bounds how many checks of one kind run at once, where the engine's limits are too wide: each plugin is a
// process, and too many concurrent pings lose answers. The nil semaphore has no limit.
type semaphore chan struct{}

// enter waits for a slot; leave must be called afterwards. If ctx ends first, that is our problem, not the target's.
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
