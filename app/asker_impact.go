package app

import (
	"context"

	"opsbot/web"
)

// Impact says what the events of all sources, or of some, mean for clients; live it looks at everything first.
func (a *Asker) Impact(ctx context.Context, sources []string, live bool) (Said, error) {
	return a.said(ctx, "impact", web.ControlRequest{Words: sources, Live: live})
}

// Why says why what the words pick is not well.
func (a *Asker) Why(ctx context.Context, words []string) (Said, error) {
	return a.said(ctx, "why", web.ControlRequest{Words: words})
}

// Unmapped lists what sources speak of and what is not in the inventory.
func (a *Asker) Unmapped(ctx context.Context) (Said, error) {
	return a.said(ctx, "unmapped", web.ControlRequest{})
}

// Sources says how the systems that send events are heard.
func (a *Asker) Sources(ctx context.Context) (Said, error) {
	return a.said(ctx, "sources", web.ControlRequest{})
}
