package web

import (
	"net/http"
	"strings"

	"opsbot/model"
	"opsbot/ops"
)

// PageRenderer renders pages as text.
type PageRenderer interface {
	Paged(language string, in *model.Incident) string
	Escalated(language string, in *model.Incident) string
}

func pageRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/page", ask(func(r *http.Request, req ControlRequest) (*model.Incident, error) {
		line := ops.PageLine{Text: req.Reason, Sure: req.Force}
		if len(req.Words) > 0 {
			line.Who, line.Text = strings.TrimPrefix(req.Words[0], "@"), strings.TrimSpace(strings.Join(append(req.Words[1:], req.Reason), " "))
		}
		if line.Who == "" {
			return nil, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": ops.ActionPage}}
		}
		in, err := d.Actions.Page(r.Context(), actor(r), line)
		return &in, err
	}, d.Renderer.Paged, shown))
	handle(mux, "POST /v1/escalate", ask(ofIncident(d, func(r *http.Request, id model.IncidentID) (*model.Incident, error) {
		in, err := d.Actions.Escalate(r.Context(), actor(r), id, false)
		return &in, err
	}), d.Renderer.Escalated, shown))
}
