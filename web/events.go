package web

import (
	"net/http"

	"opsbot/ops"
)

// EventRenderer renders the open events of sources as text.
type EventRenderer interface {
	Events(language string, all []ops.OpenEvent) string
	Closed(language string, closed []ops.OpenEvent) string
}

func eventRoutes(mux *http.ServeMux, d *ControlDeps) {
	open := func(r *http.Request, words []string) ([]ops.OpenEvent, error) {
		return d.Actions.OpenEvents(r.Context(), actor(r), words)
	}
	handle(mux, "POST /v1/events", ask(func(r *http.Request, req ControlRequest) ([]ops.OpenEvent, error) {
		return open(r, req.Words)
	}, d.Renderer.Events, listed))
	mux.HandleFunc("GET /v1/events", func(w http.ResponseWriter, r *http.Request) {
		all, err := open(r, r.URL.Query()["word"])
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, listOf(all))
	})
	handle(mux, "POST /v1/events/close", ask(func(r *http.Request, req ControlRequest) ([]ops.OpenEvent, error) {
		return d.Actions.CloseEvents(r.Context(), actor(r), req.Words)
	}, d.Renderer.Closed, listed))
}
