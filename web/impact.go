package web

import (
	"net/http"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// ImpactRenderer renders impact, and the connection status of sources, as text.
type ImpactRenderer interface {
	Impact(language string, found *ops.Impact) string
	Why(language string, w *ops.Why) string
	Unmapped(language string, all []ops.UnmappedHost) string
	Sources(language string, all []model.SourceState) string
}

// ImpactView is `opsbot impact --json` and GET /api/v1/impact: names here are stable across versions.
type ImpactView struct {
	At       time.Time             `json:"at"`
	Live     bool                  `json:"live"` // everything was checked for this answer; otherwise the last results count
	Severity model.Severity        `json:"severity"`
	Since    time.Time             `json:"since,omitzero"` // the earliest start of an event
	Sources  []model.SourceState   `json:"sources"`        // connection status: events of a disconnected one may be outdated
	Clients  int                   `json:"clients"`        // affected
	Down     int                   `json:"down"`           // of these, with a service that is down
	Spared   int                   `json:"spared"`         // on the hosts, and not affected
	Services []model.ServiceImpact `json:"services"`       // affected, worst first
	Before   []model.ServiceImpact `json:"before"`         // already not ok before
	Hosts    []model.HostImpact    `json:"hosts"`
	Unmapped []string              `json:"unmapped"` // names that are not in the inventory, as the sources give them
	Done     int                   `json:"done"`     // endpoints with a result
	Total    int                   `json:"total"`
	Cause    *model.Cause          `json:"cause,omitempty"`
	Guides   []model.Guide         `json:"guides"`
	Events   []model.Event         `json:"events"` // active, worst first
}

func impactView(found *ops.Impact, sources []model.SourceState) *ImpactView {
	f := &found.Found
	return &ImpactView{
		At: found.At, Live: found.Live, Severity: f.Severity(), Since: found.Since, Sources: listOf(sources), Clients: f.Clients, Down: f.Down, Spared: f.Spared,
		Services: listOf(f.Services), Before: listOf(f.Before), Hosts: listOf(f.Hosts), Unmapped: listOf(found.Unmapped), Done: f.Done, Total: f.Total,
		Cause: f.Cause, Guides: listOf(found.Guides), Events: listOf(found.Events),
	}
}

func impactRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/impact", func(r *http.Request, req ControlRequest) (string, any, error) {
		return d.impact(r, ops.ImpactRequest{Sources: req.Words, Live: req.Live}, req.Language)
	})
	mux.HandleFunc("GET /v1/impact", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		_, view, err := d.impact(r, ops.ImpactRequest{Sources: q["source"], Live: q.Get("live") == "1"}, q.Get("language"))
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, view)
	})
	handle(mux, "POST /v1/why", ask(func(r *http.Request, req ControlRequest) (*ops.Why, error) {
		return d.Actions.Why(r.Context(), actor(r), req.Words)
	}, d.Renderer.Why, func(why *ops.Why) any { return whyView(why) }))
	handle(mux, "POST /v1/unmapped", ask(func(r *http.Request, req ControlRequest) ([]ops.UnmappedHost, error) {
		return d.Actions.Unmapped(r.Context(), actor(r))
	}, d.Renderer.Unmapped, listed))
	handle(mux, "POST /v1/sources", ask(func(r *http.Request, req ControlRequest) ([]model.SourceState, error) {
		return d.Actions.Sources(r.Context(), actor(r))
	}, d.Renderer.Sources, listed))
}

func (d *ControlDeps) impact(r *http.Request, req ops.ImpactRequest, language string) (string, *ImpactView, error) {
	found, err := d.Actions.Impact(r.Context(), actor(r), req)
	if err != nil {
		return "", nil, err
	}
	sources, err := d.Actions.Sources(r.Context(), actor(r))
	if err != nil {
		return "", nil, err
	}
	return d.Renderer.Impact(language, found), impactView(found, sources), nil
}

// WhyView is `opsbot why --json`.
type WhyView struct {
	At        time.Time            `json:"at"`
	Services  []model.ServiceState `json:"services"` // not ok, worst first
	Fine      int                  `json:"fine"`
	Failing   []RowView            `json:"failing"`
	Events    []model.Event        `json:"events"`
	Incidents []IncidentView       `json:"incidents"`
	Mutes     []model.Mute         `json:"mutes"`
	Cause     *model.Cause         `json:"cause,omitempty"`
}

func whyView(w *ops.Why) *WhyView {
	v := &WhyView{
		At: w.At, Services: listOf(w.Services), Fine: w.Fine, Failing: []RowView{}, Events: listOf(w.Events), Incidents: incidentViews(w.Incidents),
		Mutes: listOf(w.Mutes), Cause: w.Cause,
	}
	for i := range w.Failing {
		v.Failing = append(v.Failing, rowView(&w.Failing[i]))
	}
	return v
}
