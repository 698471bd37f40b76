package web

import (
	"net/http"

	"opsbot/model"
)

// ResetRenderer confirms a reset in words.
type ResetRenderer interface {
	Reset(language string, check model.CheckID) string
}

// ResetView is the answer to a reset.
type ResetView struct {
	Check model.CheckID `json:"check"`
}

func resetRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/reset", func(r *http.Request, req ControlRequest) (string, any, error) {
		c, err := d.Actions.ResetNamed(r.Context(), actor(r), req.Words)
		if err != nil {
			return "", nil, err
		}
		return d.Renderer.Reset(req.Language, c.ID), ResetView{c.ID}, nil
	})
}
