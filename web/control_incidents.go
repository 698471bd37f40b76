package web

import (
	"net/http"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// IncidentRenderer renders incidents as text.
type IncidentRenderer interface {
	Incidents(language string, all []model.Incident) string
	Acked(language string, in *model.Incident) string
	History(language string, past *ops.History) string
	Maintenance(language string, all []ops.Planned) string
}

func incidentRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/incidents", ask(func(r *http.Request, req ControlRequest) ([]model.Incident, error) {
		return d.Actions.Incidents(r.Context(), actor(r))
	}, d.Renderer.Incidents, func(all []model.Incident) any { return incidentViews(all) }))
	handle(mux, "POST /v1/ack", func(r *http.Request, req ControlRequest) (string, any, error) {
		id, err := model.ParseIncidentID(strings.Join(req.Words, " "))
		if err != nil {
			return "", nil, err
		}
		in, err := d.Actions.Ack(r.Context(), actor(r), id)
		if err != nil {
			return "", nil, err
		}
		return d.Renderer.Acked(req.Language, &in), in, nil
	})
	handle(mux, "POST /v1/history", func(r *http.Request, req ControlRequest) (string, any, error) {
		span := ops.HistorySpan
		if req.For > 0 {
			span = time.Duration(req.For)
		}
		since := d.Now().Add(-span)
		past, err := d.Actions.History(r.Context(), actor(r), req.Words, since)
		if err != nil {
			return "", nil, err
		}
		return d.Renderer.History(req.Language, past), incidentViews(past.Incidents), nil
	})
	handle(mux, "POST /v1/maintenance", d.maintenance)
}

// maintenance lists what is planned or, with words, plans a mute: they are parsed here, in the bot's time zone.
func (d *ControlDeps) maintenance(r *http.Request, req ControlRequest) (string, any, error) {
	if len(req.Words) == 0 {
		all, err := d.Actions.Maintenance(r.Context(), actor(r))
		if err != nil {
			return "", nil, err
		}
		return d.Renderer.Maintenance(req.Language, all), listOf(all), nil
	}
	plan, err := ops.ParseMaintenance(strings.Join(req.Words, " "), d.Now())
	if err != nil {
		return "", nil, err
	}
	plan.Sure = true
	if plan.Reason == "" {
		plan.Reason = req.Reason
	}
	a, err := d.Actions.Mute(r.Context(), actor(r), plan)
	if err != nil {
		return "", nil, err
	}
	return d.Renderer.Muted(req.Language, a), a.Mute, nil
}

// listOf is a list that is [] in JSON when it is empty.
func listOf[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// listed is listOf for ask.
func listed[T any](all []T) any { return listOf(all) }
