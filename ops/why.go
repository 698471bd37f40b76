package ops

import (
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/impact"
	"opsbot/model"
)

// Why explains the state of what the words select.
type Why struct {
	Words     string
	At        time.Time
	Clients   []model.Client       // selected
	Services  []model.ServiceState // selected and not ok, worst first
	Fine      int                  // services that are selected and ok
	Failing   []CheckRow           // selected, and not ok, worst first
	Events    []model.Event        // of sources, on hosts of what is selected, worst first
	Incidents []model.Incident     // that affect what is selected, the root parent of each first
	Mutes     []model.Mute         // that hide some of it
	Cause     *model.Cause         // what everything that fails in the fleet has in common
}

// Why explains why what the words select is not ok: the failing endpoints and their reasons, the sources' events about their
// hosts, the incident they are part of, and what all that has in common.
func (k *Actions) Why(ctx context.Context, who model.Actor, words []string) (*Why, error) {
	if err := k.needWords(ctx, who, "why", words); err != nil {
		return nil, err
	}
	words, err := k.orIncident(ctx, who, words)
	if err != nil {
		return nil, err
	}
	st, err := k.Status(ctx, who, words)
	if err != nil {
		return nil, err
	}
	w := &Why{Words: st.Words, At: st.At}
	inv := k.d.Inventory.Current()
	hosts, clients := map[string]bool{}, map[string]bool{}
	for _, row := range st.Rows {
		if e := row.Check.Endpoint; e != nil {
			hosts[e.Host], clients[e.Client] = true, true
		}
		if row.State.Phase != model.PhaseOK || (row.State.Status == model.StatusUnknown && !row.State.At.IsZero()) {
			w.Failing = append(w.Failing, row)
		}
	}
	for _, s := range st.Services {
		if s.Verdict == model.VerdictOK {
			w.Fine++
		} else {
			w.Services = append(w.Services, s)
		}
	}
	for _, name := range model.SortedKeys(clients) {
		if c, known := inv.Client(name); known {
			w.Clients = append(w.Clients, shownClient(who, c))
		}
	}
	for _, e := range k.events(ctx, who) {
		if hosts[e.Host] || slices.ContainsFunc(st.Rows, func(row CheckRow) bool {
			return row.Check.Endpoint != nil && e.Located().IsAbout(row.Check.Endpoint.ServiceKey)
		}) {
			w.Events = append(w.Events, e)
		}
	}
	w.Incidents = withRoots(aboutClients(st.Incidents), k.open(ctx, who))
	w.Mutes = k.mutesOver(w.Failing, st.Mutes)
	if len(w.Failing) > 0 {
		w.Cause = impact.CommonCause(k.splitBy(inv, who.Scope))
	}
	return w, nil
}

// orIncident are words, or what an open incident is about if they are its number, "#12". ErrNoIncident when none has it.
func (k *Actions) orIncident(ctx context.Context, who model.Actor, words []string) ([]string, error) {
	if len(words) != 1 || !strings.HasPrefix(words[0], "#") {
		return words, nil
	}
	id, err := k.IncidentNumbered(who, words[0])
	if err != nil {
		return nil, err
	}
	about, err := k.SubjectOf(ctx, who, id)
	if err == nil { // such as a disconnected source: about nothing that can be selected
		err = k.needWords(ctx, who, "why", about.Words)
	}
	return about.Words, err
}

// aboutClients leaves out disconnected sources: nothing fails because of that.
func aboutClients(all []model.Incident) []model.Incident {
	return slices.DeleteFunc(slices.Clone(all), func(in model.Incident) bool { return in.Kind == model.IncidentSource || in.Kind == model.IncidentPage })
}

// withRoots returns incidents with their parents, each parent first.
func withRoots(all, open []model.Incident) []model.Incident {
	byID := map[model.IncidentID]model.Incident{}
	for _, in := range open {
		byID[in.ID] = in
	}
	var out []model.Incident
	there := map[model.IncidentID]bool{}
	var add func(in model.Incident)
	add = func(in model.Incident) {
		if there[in.ID] {
			return
		}
		there[in.ID] = true
		if parent, open := byID[in.Parent]; open {
			add(parent)
		}
		out = append(out, in)
	}
	for _, in := range all {
		add(in)
	}
	return out
}

// mutesOver returns the mutes that hide some of what fails.
func (k *Actions) mutesOver(rows []CheckRow, all []model.Mute) []model.Mute {
	return slices.DeleteFunc(slices.Clone(all), func(m model.Mute) bool {
		return m.Incident != 0 || !slices.ContainsFunc(rows, func(r CheckRow) bool { return m.Selector.IsZero() || m.Selector.Matches(r.Check) })
	})
}

// splitBy returns the checks in a scope that are down, and those that work.
func (k *Actions) splitBy(inv *model.Inventory, scope model.Scope) (failed, fine []*model.Check) {
	states := k.d.Alerts.States()
	for _, c := range inv.Checks() {
		switch s := states[c.ID]; {
		case !scope.Sees(c.Client()):
		case s.Phase == model.PhaseDown:
			failed = append(failed, c)
		case s.Phase == model.PhaseOK && s.Status == model.StatusOK:
			fine = append(fine, c)
		}
	}
	return failed, fine
}
