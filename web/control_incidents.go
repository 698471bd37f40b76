package web

import (
	"net/http"
	"strings"

	"opsbot/model"
	"opsbot/ops"
)

// IncidentRenderer renders incidents as text.
type IncidentRenderer interface {
	Incidents(language string, all []model.Incident) string
	Acked(language string, in *model.Incident) string
	Unacked(language string, in *model.Incident) string
	Noted(language string, in *model.Incident) string
	Rechecked(language string, checks int) string
	History(language string, past *ops.History) string
	Maintenance(language string, all []ops.Planned) string
}

// RecheckView is the answer to a re-check.
type RecheckView struct {
	Checks int `json:"checks"` // that run again
}

// ofIncident makes a use case of one incident of one whose words are its number.
func ofIncident[T any](d *ControlDeps, do func(r *http.Request, id model.IncidentID) (T, error)) func(*http.Request, ControlRequest) (T, error) {
	return func(r *http.Request, req ControlRequest) (T, error) {
		id, err := d.Actions.IncidentNumbered(actor(r), strings.Join(req.Words, " "))
		if err != nil {
			var none T
			return none, err
		}
		return do(r, id)
	}
}

func shown(in *model.Incident) any { return in }

func incidentRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/incidents", ask(func(r *http.Request, req ControlRequest) ([]model.Incident, error) {
		return d.Actions.Incidents(r.Context(), actor(r))
	}, d.Renderer.Incidents, func(all []model.Incident) any { return incidentViews(all) }))
	handle(mux, "POST /v1/ack", ask(ofIncident(d, func(r *http.Request, id model.IncidentID) (*model.Incident, error) {
		in, err := d.Actions.Ack(r.Context(), actor(r), id)
		return &in, err
	}), d.Renderer.Acked, shown))
	handle(mux, "POST /v1/unack", ask(ofIncident(d, func(r *http.Request, id model.IncidentID) (*model.Incident, error) {
		in, err := d.Actions.Unack(r.Context(), actor(r), id)
		return &in, err
	}), d.Renderer.Unacked, shown))
	handle(mux, "POST /v1/note", ask(d.note, d.Renderer.Noted, shown))
	handle(mux, "POST /v1/recheck", ask(ofIncident(d, func(r *http.Request, id model.IncidentID) (int, error) {
		return d.Actions.Recheck(r.Context(), actor(r), id)
	}), d.Renderer.Rechecked, func(n int) any { return RecheckView{n} }))
	handle(mux, "POST /v1/history", func(r *http.Request, req ControlRequest) (string, any, error) {
		span, ws, err := d.span(req, ops.HistorySpan)
		if err != nil {
			return "", nil, err
		}
		past, err := d.Actions.History(r.Context(), actor(r), ws, d.Now().Add(-span))
		if err != nil {
			return "", nil, err
		}
		return d.Renderer.History(req.Language, past), incidentViews(past.Incidents), nil
	})
	handle(mux, "POST /v1/maintenance", d.maintenance)
}

// note writes a note: the first word is the number of the incident, the others are the text. One for clients, which begins with "client:", is
// not asked about: whoever writes it here has said so.
func (d *ControlDeps) note(r *http.Request, req ControlRequest) (*model.Incident, error) {
	number, text := "", ""
	if len(req.Words) > 0 {
		number, text = req.Words[0], strings.Join(req.Words[1:], " ")
	}
	id, err := d.Actions.IncidentNumbered(actor(r), number)
	if err != nil {
		return nil, err
	}
	note := ops.ParseNote(text)
	note.Incident = id
	in, err := d.Actions.Note(r.Context(), actor(r), note)
	return &in, err
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
