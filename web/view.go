package web

import (
	"encoding/json"
	"errors"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// StatusView is `opsbot status --json`: names here are stable across versions.
type StatusView struct {
	At           time.Time            `json:"at"`
	Clients      map[string]int       `json:"clients"` // by verdict
	Checks       map[string]int       `json:"checks"`  // by phase
	Unknown      int                  `json:"unknown"`
	Services     []model.ServiceState `json:"services"` // those that are not ok
	Latched      int                  `json:"latched"`  // of the checks that are down: they work again, and wait for a reset
	Incidents    []IncidentView       `json:"incidents"`
	Mutes        []model.Mute         `json:"mutes"`
	HealthIssues []model.Reason       `json:"health_issues"`
	Leader       model.Reason         `json:"leader,omitzero"`  // of several opsbots that share a database
	Rows         []RowView            `json:"rows,omitempty"`   // with a selector: each check
	States       json.RawMessage      `json:"states,omitempty"` // without one: true unless down, for every check
}

// RowView is one check with its state.
type RowView struct {
	Check string           `json:"check"`
	State model.CheckState `json:"state"`
	Now   model.Condition  `json:"now"`

	Schedule string         `json:"schedule,omitempty"`
	NextRun  time.Time      `json:"next_run,omitzero"` // of a single check
	Measured []model.Reason `json:"measured,omitempty"`
}

func rowView(row *ops.CheckRow) RowView {
	return RowView{
		Check: string(row.Check.ID), State: row.State, Now: row.State.Condition(),
		Schedule: string(row.Check.Schedule), NextRun: row.Next, Measured: row.State.Measured.Said(row.State.Expires, row.State.At),
	}
}

// IncidentView is an incident, and how it is now.
type IncidentView struct {
	model.Incident
	Now model.Condition `json:"now"`
}

// UnmarshalJSON reads both: an incident reads itself, and would drop the rest.
func (v *IncidentView) UnmarshalJSON(raw []byte) error {
	var rest struct {
		Now model.Condition `json:"now"`
	}
	if err := errors.Join(json.Unmarshal(raw, &v.Incident), json.Unmarshal(raw, &rest)); err != nil {
		return err
	}
	v.Now = rest.Now
	return nil
}

// incidentViews is [] in JSON when there are none.
func incidentViews(all []model.Incident) []IncidentView {
	views := make([]IncidentView, len(all))
	for i := range all {
		views[i] = IncidentView{all[i], all[i].Condition()}
	}
	return views
}

func statusView(st *ops.Status, states func() []byte) *StatusView {
	v := &StatusView{
		At: st.At, Clients: map[string]int{}, Checks: map[string]int{}, Unknown: st.Unknown,
		Services: []model.ServiceState{}, Latched: st.Latched, Incidents: incidentViews(st.Incidents), Mutes: listOf(st.Mutes),
		HealthIssues: listOf(st.HealthIssues), Leader: st.Leader,
	}
	for verdict, n := range st.Clients {
		v.Clients[verdict.String()] = n
	}
	for phase, n := range st.Checks {
		v.Checks[phase.String()] = n
	}
	for _, s := range st.Services {
		if s.Verdict != model.VerdictOK {
			v.Services = append(v.Services, s)
		}
	}
	for i := range st.Rows {
		v.Rows = append(v.Rows, rowView(&st.Rows[i]))
	}
	if st.Words == "" && states != nil {
		v.States = states()
	}
	return v
}
