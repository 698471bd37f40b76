package web

import (
	"net/http"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// LogsRenderer renders log lines as text.
type LogsRenderer interface {
	Logs(language string, a *ops.LogsAnswer) string
}

// LogsView is `opsbot logs --json` and POST /api/v1/logs: names here are stable across versions.
type LogsView struct {
	At       time.Time          `json:"at"`
	Took     time.Duration      `json:"took"`
	From     time.Time          `json:"from,omitzero"`
	To       time.Time          `json:"to,omitzero"`
	Excerpts []model.LogExcerpt `json:"excerpts"`
}

func logRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/logs", func(r *http.Request, req ControlRequest) (string, any, error) {
		a, err := d.Actions.Logs(r.Context(), actor(r), ops.LogsRequest{Words: req.Words, Since: time.Duration(req.For), Last: req.Last, Grep: req.Grep})
		if err != nil {
			return "", nil, err
		}
		return d.Renderer.Logs(req.Language, a), &LogsView{At: a.At, Took: a.Took, From: a.From, To: a.To, Excerpts: listOf(a.Excerpts)}, nil
	})
}
