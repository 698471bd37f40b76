package app

import (
	"context"

	"opsbot/web"
)

// Impact says what the events of all sources, or of some, mean for clients; live it looks at everything first.
func (a *ControlClient) Impact(ctx context.Context, sources []string, live bool) (Answer, error) {
	return a.said(ctx, "impact", web.ControlRequest{Words: sources, Live: live})
}

// Why says why what the words pick is not well.
func (a *ControlClient) Why(ctx context.Context, words []string) (Answer, error) {
	return a.said(ctx, "why", web.ControlRequest{Words: words})
}

// Unmapped lists what sources speak of and what is not in the inventory.
func (a *ControlClient) Unmapped(ctx context.Context) (Answer, error) {
	return a.said(ctx, "unmapped", web.ControlRequest{})
}

// Sources says how the systems that send events are heard.
func (a *ControlClient) Sources(ctx context.Context) (Answer, error) {
	return a.said(ctx, "sources", web.ControlRequest{})
}
