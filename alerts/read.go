package alerts

import (
	"encoding/json"
	"slices"
	"time"

	"opsbot/model"
)

// State is what is remembered of a check; false when it is not in the inventory. A check that never ran has the zero
// state.
func (b *Manager) State(id model.CheckID) (model.CheckState, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	t := b.checks[id]
	if t == nil {
		return model.CheckState{}, false
	}
	return t.state, true
}

// States returns a copy of the states of all checks of the inventory.
func (b *Manager) States() map[model.CheckID]model.CheckState {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make(map[model.CheckID]model.CheckState, len(b.checks))
	for id, t := range b.checks {
		out[id] = t.state
	}
	return out
}

// listedStates is how many checks StatesJSON lists at most.
const listedStates = 200

// StatesJSON is one line of JSON: {"main-db":true,…}, true unless the check is down, by id; above 200 checks
// {"checks":24000,"ok":…,"failing":…,"down":…,"unknown":…,"not_ok":["id",…]} with at most 200 ids. A check counts as
// unknown only when it is not down.
func (b *Manager) StatesJSON() []byte {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if len(b.checks) > listedStates {
		return line(b.counts())
	}
	works := make(map[model.CheckID]bool, len(b.checks))
	for id, t := range b.checks {
		works[id] = t.state.Phase != model.PhaseDown
	}
	return line(works)
}

func line(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil { // texts, numbers and flags always marshal
		return []byte("{}")
	}
	return out
}

type stateCounts struct {
	Checks  int             `json:"checks"`
	OK      int             `json:"ok"`
	Failing int             `json:"failing"`
	Down    int             `json:"down"`
	Unknown int             `json:"unknown"`
	NotOK   []model.CheckID `json:"not_ok"`
}

func (b *Manager) counts() stateCounts {
	c := stateCounts{Checks: len(b.checks), NotOK: []model.CheckID{}}
	for _, check := range b.inv.Checks() {
		st := &b.checks[check.ID].state
		switch {
		case st.Phase == model.PhaseDown:
			c.Down++
		case !st.UnknownSince.IsZero():
			c.Unknown++
		case st.Phase == model.PhaseFailing:
			c.Failing++
		default:
			c.OK++
			continue
		}
		if len(c.NotOK) < listedStates {
			c.NotOK = append(c.NotOK, check.ID)
		}
	}
	return c
}

// ServiceStates judges every client's service in the scope from the judged states, worst first.
func (b *Manager) ServiceStates(scope model.Scope) []model.ServiceState {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]model.ServiceState, 0, len(b.services))
	for key, state := range b.services {
		if scope.Sees(key.Client) {
			out = append(out, state)
		}
	}
	slices.SortFunc(out, model.CompareStates)
	return out
}

// OpenIncidents returns what is open and touches the scope, showing only what lies in it, worst first. MutedUntil is
// set on those that are muted wherever they would be told.
func (b *Manager) OpenIncidents(scope model.Scope) []model.Incident {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := []model.Incident{}
	for _, in := range b.byID {
		if b.inScope(in, scope) {
			shown := b.scoped(&in.Incident, scope)
			shown.MutedUntil = b.mutedEverywhere(in)
			out = append(out, *shown)
		}
	}
	slices.SortFunc(out, func(x, y model.Incident) int { return model.CompareIncidents(&x, &y) })
	return out
}

func (b *Manager) mutedEverywhere(in *incident) time.Time {
	var until time.Time
	for _, c := range in.cards {
		end, yes := b.muted(in, c.To, b.now())
		if !yes {
			return time.Time{}
		}
		until = earlier(until, end)
	}
	return until
}

// Incident returns one open incident, whole.
func (b *Manager) Incident(id model.IncidentID) (model.Incident, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	in := b.byID[id]
	if in == nil {
		return model.Incident{}, false
	}
	shown := in.Incident
	shown.MutedUntil = b.mutedEverywhere(in)
	return shown, true
}

// Mutes returns the mutes that have not ended, by number.
func (b *Manager) Mutes() []model.Mute {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]model.Mute, len(b.mutes))
	for i, m := range b.mutes {
		out[i] = *m
	}
	slices.SortFunc(out, compareMutes)
	return out
}

// Health says whether what is decided is also stored.
type Health struct {
	Err   error     // the store's last error; nil after a commit that went well
	Since time.Time // of the first error in a row
}

// Health returns the present health.
func (b *Manager) Health() Health {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.health
}
