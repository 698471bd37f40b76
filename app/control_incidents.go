package app

import (
	"context"
	"encoding/json"
	"slices"

	"opsbot/model"
	"opsbot/web"
)

// Answer is what came back of a running opsbot: words for people, and the same as JSON for scripts.
type Answer struct {
	Text string
	JSON json.RawMessage
}

func (a *ControlClient) said(ctx context.Context, what string, req web.ControlRequest) (Answer, error) {
	answer, err := a.ask(ctx, what, req)
	return Answer{Text: answer.Text, JSON: answer.Data}, err
}

// Incidents lists what is open.
func (a *ControlClient) Incidents(ctx context.Context) (Answer, error) {
	return a.said(ctx, "incidents", web.ControlRequest{})
}

// Ack notes that whoever asks has an incident in hand.
func (a *ControlClient) Ack(ctx context.Context, id string) (Answer, error) {
	return a.said(ctx, "ack", web.ControlRequest{Words: []string{id}})
}

// History lists what went wrong: the words may hold a length of time, which says how far back, and a selector.
func (a *ControlClient) History(ctx context.Context, words []string) (Answer, error) {
	return a.said(ctx, "history", withLength(words))
}

// withLength is a question with the first length of time among the words taken out of them.
func withLength(words []string) web.ControlRequest {
	for i, w := range words {
		if d, err := model.ParseDuration(w); err == nil && d > 0 {
			return web.ControlRequest{For: d, Words: slices.Delete(slices.Clone(words), i, i+1)}
		}
	}
	return web.ControlRequest{Words: words}
}

// Maintenance lists what is planned or, with words like "23:00 2h clientA -- update", plans it.
func (a *ControlClient) Maintenance(ctx context.Context, words []string) (Answer, error) {
	return a.said(ctx, "maintenance", web.ControlRequest{Words: words})
}

// Outbox lists the messages that wait and those that were given up; with dead only the latter.
func (a *ControlClient) Outbox(ctx context.Context, dead bool) (Answer, error) {
	return a.said(ctx, "outbox", web.ControlRequest{Dead: dead})
}

// RetryOutbox has messages that were given up sent again: by their numbers, or "all".
func (a *ControlClient) RetryOutbox(ctx context.Context, words []string) (Answer, error) {
	return a.said(ctx, "outbox/retry", web.ControlRequest{Words: words})
}

// DropOutbox takes messages out of the outbox for good, by their numbers.
func (a *ControlClient) DropOutbox(ctx context.Context, words []string) (Answer, error) {
	return a.said(ctx, "outbox/drop", web.ControlRequest{Words: words})
}
