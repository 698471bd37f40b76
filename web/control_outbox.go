package web

import (
	"net/http"

	"opsbot/model"
)

// OutboxRenderer renders the outbox and changes of it as text.
type OutboxRenderer interface {
	Outbox(language string, list model.OutboxList, dead bool) string
	Retried(language string, n int) string
	Dropped(language string, n int) string
}

// CountView is the number of notifications that a change of the outbox affected.
type CountView struct {
	Messages int `json:"messages"`
}

func outboxRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/outbox", func(r *http.Request, req ControlRequest) (string, any, error) {
		list, err := d.Actions.Outbox(r.Context(), actor(r), req.Dead)
		if err != nil {
			return "", nil, err
		}
		return d.Renderer.Outbox(req.Language, list, req.Dead), list, nil
	})
	handle(mux, "POST /v1/outbox/retry", ask(func(r *http.Request, req ControlRequest) (int, error) {
		return d.Actions.RetryOutbox(r.Context(), actor(r), req.Words)
	}, d.Renderer.Retried, func(n int) any { return CountView{n} }))
	handle(mux, "POST /v1/outbox/drop", ask(func(r *http.Request, req ControlRequest) (int, error) {
		return d.Actions.DropOutbox(r.Context(), actor(r), req.Words)
	}, d.Renderer.Dropped, func(n int) any { return CountView{n} }))
}
