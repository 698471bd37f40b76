package web

import (
	"encoding/json"
	"time"

	"opsbot"
	"opsbot/ops"
)

// StatusView is `opsbot status --json`: names here are kept from version to version.
type StatusView struct {
	At           time.Time             `json:"at"`
	Clients      map[string]int        `json:"clients"` // by verdict
	Checks       map[string]int        `json:"checks"`  // by phase
	Unknown      int                   `json:"unknown"`
	Services     []opsbot.ServiceState `json:"services"` // those that are not ok
	Incidents    []opsbot.Incident     `json:"incidents"`
	Mutes        []opsbot.Mute         `json:"mutes"`
	HealthIssues []opsbot.Reason       `json:"health_issues"`
	Rows         []RowView             `json:"rows,omitempty"`   // with a selector: each check
	States       json.RawMessage       `json:"states,omitempty"` // without one: true unless down, for every check
}

// RowView is one check with its state.
type RowView struct {
	Check string            `json:"check"`
	State opsbot.CheckState `json:"state"`
}

func statusView(st *ops.Status, states func() []byte) *StatusView {
	v := &StatusView{
		At: st.At, Clients: map[string]int{}, Checks: map[string]int{}, Unknown: st.Unknown,
		Services: []opsbot.ServiceState{}, Incidents: listOf(st.Incidents), Mutes: listOf(st.Mutes),
		HealthIssues: listOf(st.HealthIssues),
	}
	for verdict, n := range st.Clients {
		v.Clients[verdict.String()] = n
	}
	for phase, n := range st.Checks {
		v.Checks[phase.String()] = n
	}
	for _, s := range st.Services {
		if s.Verdict != opsbot.VerdictOK {
			v.Services = append(v.Services, s)
		}
	}
	for _, row := range st.Rows {
		v.Rows = append(v.Rows, RowView{Check: string(row.Check.ID), State: row.State})
	}
	if st.Words == "" && states != nil {
		v.States = states()
	}
	return v
}
