package alerts

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// Ack notes that somebody has an incident in hand: no more reminders are sent of what they see of it, and its cards say who. It
// ends with the incident. It takes over an acknowledgement of the same scope. ErrNoIncident when it is not open; after
// ErrUnchanged nothing has happened, after ErrUnstored it counts, and is stored with the next commit.
func (m *Manager) Ack(ctx context.Context, id model.IncidentID, ack model.Ack, audit model.AuditEntry) (model.Incident, error) {
	if err := m.storable(ctx); err != nil {
		return model.Incident{}, err
	}
	var acked *model.Incident
	err := m.update(ctx, func(t *transaction) {
		in := t.incidents.byID[id]
		if in == nil {
			return
		}
		ack.At, ack.Covers = t.at, t.named(in)
		in.Ack(ack)
		t.pending.audit = append(t.pending.audit, audit)
		t.noteOnCard(in)
		for _, other := range t.sameStorms(in, ack.Scope) {
			other.Ack(ack)
			t.noteOnCard(other)
		}
		if in.Kind == model.IncidentPage { // it asked for an answer, and has one
			t.end(in)
		}
		shown := in.Incident
		acked = &shown
	})
	if acked == nil {
		return model.Incident{}, noIncident(id)
	}
	return *acked, unstored(err)
}

// Unack takes back what was acknowledged of an incident within a scope: reminders start again, and one that was due meanwhile
// comes at once. An acknowledgement that covers more of the incident than the scope sees stays. ErrNoIncident when it is not
// open, ErrNotAcked when nobody acknowledged what the scope sees of it, ErrAckedForMore when nothing could be taken back; after
// ErrUnchanged nothing has happened, after ErrUnstored it counts, and is stored with the next commit.
func (m *Manager) Unack(ctx context.Context, id model.IncidentID, scope model.Scope, audit model.AuditEntry) (model.Incident, error) {
	if err := m.storable(ctx); err != nil {
		return model.Incident{}, err
	}
	shown, refused := model.Incident{}, noIncident(id)
	err := m.update(ctx, func(t *transaction) {
		in := t.incidents.byID[id]
		if in == nil {
			return
		}
		left, taken, err := t.unacked(in, scope)
		if refused = err; err != nil {
			return
		}
		in.Acks = left
		for _, other := range t.sameStorms(in, scope) {
			if left, _, err := t.unacked(other, scope); err == nil {
				other.Acks = left
				t.noteOnCard(other)
			}
		}
		audit.Before = ackers(taken)
		t.pending.audit = append(t.pending.audit, audit)
		t.noteOnCard(in)
		t.wakeBy(t.at)
		shown = in.Incident
	})
	if refused != nil {
		return model.Incident{}, refused
	}
	return shown, unstored(err)
}

// sameStorms are the storms of other readers that a storm has parts in common with, as far as they concern a scope: who has one of them in hand has
// those parts in hand for everybody.
func (s *state) sameStorms(in *incident, scope model.Scope) []*incident {
	if in.storm == nil {
		return nil
	}
	same := map[model.IncidentID]*incident{}
	for _, part := range s.incidents.partsOf(in) {
		for _, st := range s.incidents.stormsOf(part) {
			if common := st.in.Readers.And(scope); st.in != in && (!common.Limited || len(common.Clients) > 0) {
				same[st.in.ID] = st.in
			}
		}
	}
	return slices.SortedFunc(maps.Values(same), func(a, b *incident) int { return cmp.Compare(a.ID, b.ID) })
}

// unacked is what is left of the acknowledgements of an incident when a scope takes back its own, and what was taken.
func (s *state) unacked(in *incident, scope model.Scope) (left, taken []model.Ack, err error) {
	wider := ""
	for _, a := range in.Acks {
		switch {
		case !scope.Includes(a.Scope) && !s.answersFor(in, &a, scope):
			left = append(left, a)
		case s.answersForMore(in, &a, scope):
			left, wider = append(left, a), a.Name
		default:
			taken = append(taken, a)
		}
	}
	about := map[string]string{"id": strconv.FormatInt(int64(in.ID), 10)}
	switch {
	case len(taken) > 0:
		return left, taken, nil
	case wider != "":
		about["who"] = wider
		return left, nil, &model.Error{Code: model.ErrAckedForMore, Args: about}
	}
	return left, nil, &model.Error{Code: model.ErrNotAcked, Args: about}
}

// answersFor reports whether an acknowledgement covers anything of an incident that a scope sees.
func (s *state) answersFor(in *incident, a *model.Ack, scope model.Scope) bool {
	both := a.Scope.And(scope)
	if in.storm == nil {
		return s.inScope(in, both)
	}
	return !both.Limited || slices.ContainsFunc(s.incidents.partsOf(in), func(part *incident) bool { return touches(&part.Incident, both) })
}

// answersForMore reports whether an acknowledgement covers anything of an incident that a scope does not see.
func (s *state) answersForMore(in *incident, a *model.Ack, scope model.Scope) bool {
	return slices.ContainsFunc(s.clientsOf(in), func(c string) bool { return a.Scope.Sees(c) && !scope.Sees(c) })
}

// clientsOf are the clients that an incident affects; "" is for what belongs to no client.
func (s *state) clientsOf(in *incident) []string {
	var all []string
	for _, sub := range s.subjects(in, model.Scope{}) {
		all = append(all, sub.clients(s.checks.inv)...)
	}
	if len(all) == 0 {
		return []string{""}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// inHand reports whether somebody has acknowledged all of an incident that a scope sees, as bad as it is: who may not see a
// client does not answer for it, nor anybody for what joined later.
func (s *state) inHand(in *incident, scope model.Scope) bool {
	if len(in.Acks) == 0 {
		return false
	}
	all := slices.DeleteFunc(s.subjects(in, scope), func(sub subject) bool { return sub.fine })
	if len(all) == 0 {
		return slices.ContainsFunc(in.Acks, func(a model.Ack) bool { return a.Scope.Includes(scope) })
	}
	return !slices.ContainsFunc(all, func(sub subject) bool {
		return !slices.ContainsFunc(in.Acks, func(a model.Ack) bool {
			return s.seesAll(a.Scope, &sub) && (a.Covers == nil || a.Covers.Covers(sub.name, sub.down))
		})
	})
}

// seesAll reports whether a scope sees all clients of a subject.
func (s *state) seesAll(scope model.Scope, sub *subject) bool {
	return !slices.ContainsFunc(sub.clients(s.checks.inv), func(client string) bool { return !scope.Sees(client) })
}

// clients are those of a subject; "" is for what belongs to no client.
func (sub *subject) clients(inv *model.Inventory) []string {
	if !sub.place.Mapped() {
		return []string{sub.service.Client}
	}
	all := sub.place.ClientsAbout()
	for _, c := range inv.ChecksOfHost(sub.place.Host) {
		if !c.Endpoint.ByDNS {
			all = append(all, c.Client())
		}
	}
	if len(all) == 0 { // a host that nobody uses
		return []string{""}
	}
	return all
}

// acksFor are the acknowledgements of an incident that concern whoever sees a scope; they name no client outside of it.
func (s *state) acksFor(in *incident, scope model.Scope) []model.Ack {
	var shown []model.Ack
	for _, a := range in.Acks {
		if a.Scope.Includes(scope) || s.answersFor(in, &a, scope) {
			if a.Scope.Limited {
				a.Scope = a.Scope.And(scope)
			}
			a.Covers = a.Covers.Within(scope)
			shown = append(shown, a)
		}
	}
	return shown
}

// ackers is who acknowledged, and when: for the audit log.
func ackers(all []model.Ack) string {
	parts := make([]string, len(all))
	for i := range all {
		parts[i] = all[i].Name + " " + all[i].At.UTC().Format(time.RFC3339)
	}
	return strings.Join(parts, ", ")
}

func noIncident(id model.IncidentID) error {
	return &model.Error{Code: model.ErrNoIncident, Args: map[string]string{"word": strconv.FormatInt(int64(id), 10)}}
}
