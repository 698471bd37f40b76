package alerts

import (
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// The constants of storms.
const (
	// StormQuiet is how long a storm takes in what begins after the last that it took in. What comes later opens by itself,
	// or makes the next storm.
	StormQuiet = time.Minute
	// StormPace is the least time between two edits of a storm's card.
	StormPace = 5 * time.Second

	stormSmall = 200                    // parts up to which a storm is summarized whenever one changes, above it at stormSlow
	stormSlow  = 250 * time.Millisecond // what a summary of 5,000 parts costs is 2% of it

	stormDetail = 50 // services of which a storm keeps the state: the worst
	stormNames  = 20 // hosts and checks that it names
)

// storms are the open storms, and what may become one. Readers limited to clients have storms of their own: how much fails of others makes none
// of theirs, neither begins it nor keeps it open.
type storms struct {
	open   []*storm
	recent map[string]*recentFor // by audience.key
}

// recentFor is what opened lately and has no parent, for some readers.
type recentFor struct {
	audience
	incidents []*incident
}

// note notes an incident that opened and may become part of a storm.
func (ss *storms) note(in *incident, a audience) {
	if ss.recent == nil {
		ss.recent = map[string]*recentFor{}
	}
	if ss.recent[a.key] == nil {
		ss.recent[a.key] = &recentFor{audience: a}
	}
	ss.recent[a.key].incidents = append(ss.recent[a.key].incidents, in)
}

// restore takes up an incident that was open before a restart: in the storms that it is part of, and among those that may become one.
func (ss *storms) restore(s *state, in *incident) {
	for _, st := range s.incidents.stormsOf(in) {
		st.know(in)
		if st.in.Readers.Limited {
			st.parts = append(st.parts, in)
		}
	}
	if !in.gathers() {
		return
	}
	for _, a := range s.audiences.of(&in.Incident) {
		if !s.incidents.isAttached(in, a) {
			ss.note(in, a)
		}
	}
}

// stormsOf are the open storms that an incident is part of.
func (ins *incidents) stormsOf(in *incident) (all []*storm) {
	add := func(id model.IncidentID) {
		if parent := ins.byID[id]; parent != nil && parent.storm != nil {
			all = append(all, parent.storm)
		}
	}
	add(in.Parent)
	for _, key := range model.SortedKeys(in.Storms) {
		add(in.Storms[key])
	}
	return all
}

// isAttached reports whether an incident is part of anything for some readers.
func (ins *incidents) isAttached(in *incident, a audience) bool {
	if parent := ins.byID[in.Parent]; !a.scope.Limited || parent != nil && parent.storm == nil {
		return in.Parent != 0
	}
	return in.Storms[a.key] != 0
}

// withStorm is the storms of an incident and one more; the given ones stay as they are.
func withStorm(all map[string]model.IncidentID, key string, id model.IncidentID) map[string]model.IncidentID {
	more := map[string]model.IncidentID{key: id}
	maps.Copy(more, all)
	more[key] = id
	return more
}

// storm is the part of an incident that gathers others which opened together: many of whatever kind, or a few of one client.
type storm struct {
	cardPace
	in         *incident   // whose part it is
	key        string      // of its readers
	parts      []*incident // of one of limited readers, those that ended or left it too
	absorbedBy *eventGroup // the event group that took over parts of it; nil when none did
	clients    map[string]bool
	hosts      map[string]bool
	summarized time.Time // when it was last found out what its parts make it
	due        bool      // that is to be done again
}

func newStorm(in *incident) *storm {
	return &storm{in: in, key: in.Readers.Key(), clients: map[string]bool{}, hosts: map[string]bool{}}
}

// openParts are the open incidents of one of limited readers.
func (st *storm) openParts() []*incident {
	st.parts = slices.DeleteFunc(st.parts, func(in *incident) bool { return !in.Open() || !isPart(in, st.in) })
	return slices.Clone(st.parts)
}

// takesIn reports whether an incident that opens becomes part of a storm: what is related to it for StormQuiet after its last, of
// many incidents whatever opens within the time in which they are counted.
func (st *storm) takesIn(t *transaction, in *incident) bool {
	s := st.in.Storm
	switch {
	case !st.in.Open() || st.in.Parent != 0 || t.at.After(s.LastAt.Add(StormQuiet)):
		return false
	case t.rules.Storm.Over > 0 && s.Total > t.rules.Storm.Over && t.at.Before(s.LastAt.Add(t.rules.Storm.Within)):
		return true
	default:
		return st.related(t, in)
	}
}

// related reports whether an incident has a client or a host in common with a storm, or what the storm's failures have in common.
func (st *storm) related(t *transaction, in *incident) bool {
	if st.hosts[in.Host] || slices.ContainsFunc(in.Affected, func(s model.ServiceState) bool { return st.in.Readers.Sees(s.Client) && st.clients[s.Client] }) {
		return true
	}
	if st.in.Storm.Cause == nil || len(in.Failing) == 0 {
		return false
	}
	return !slices.ContainsFunc(in.Failing, func(f model.FailingCheck) bool {
		tr := t.checks.all[f.Check]
		if tr != nil && !st.in.Readers.Sees(tr.check.Client()) {
			return false
		}
		return tr == nil || !st.in.Storm.Cause.Bears(tr.check)
	})
}

// know notes whom and what an incident of a storm is about.
func (st *storm) know(in *incident) {
	if in.Host != "" {
		st.hosts[in.Host] = true
	}
	for _, f := range in.Failing {
		if host := f.Check.Host(); host != "" {
			st.hosts[host] = true
		}
	}
	for i := range in.Affected {
		if client := in.Affected[i].Client; st.in.Readers.Sees(client) {
			st.clients[client] = true
		}
	}
}

// takingIn is the storm that an incident which opens becomes part of; nil when there is none.
func (ss *storms) takingIn(t *transaction, in *incident, a audience) *storm {
	for _, st := range ss.open {
		if st.key == a.key && st.takesIn(t, in) {
			return st
		}
	}
	return nil
}

// forget leaves of the recent incidents those that may still become a storm.
func (rs *recentFor) forget(t *transaction) {
	rs.incidents = slices.DeleteFunc(rs.incidents, func(in *incident) bool {
		return !in.Open() || t.incidents.isAttached(in, rs.audience) || !in.OpenedAt.Add(t.rules.Storm.Within).After(t.at)
	})
}

// gather makes incidents that opened together one storm, for each audience by what it sees, and storms what their parts make them. It
// comes after all that a transaction changes is known, and before anybody is notified.
func (ss *storms) gather(t *transaction) {
	for _, key := range model.SortedKeys(ss.recent) {
		recent := ss.recent[key]
		recent.forget(t)
		if t.rules.Storm.Over > 0 && t.deferred.first == nil && t.offline() == nil {
			ss.gatherMany(t, recent)
			ss.gatherRelated(t, recent)
		}
		if len(recent.incidents) == 0 {
			delete(ss.recent, key)
		}
	}
	for _, st := range slices.Clone(ss.open) {
		st.update(t)
	}
}

// gatherMany makes one storm of more incidents than leave by themselves. One of a few that is as recent grows instead.
func (ss *storms) gatherMany(t *transaction, recent *recentFor) {
	parts := slices.DeleteFunc(slices.Clone(recent.incidents), func(in *incident) bool { return t.isQuiet(in, recent.audience) })
	small := ss.smallSince(t.at.Add(-t.rules.Storm.Within), recent.key)
	n := len(parts)
	if small != nil {
		n += small.in.Storm.Total
	}
	switch {
	case n <= t.rules.Storm.Over || len(parts) == 0:
	case small != nil:
		small.take(t, parts)
		recent.incidents = nil
	default:
		ss.start(t, parts, recent.scope)
		recent.incidents = nil
	}
}

// smallSince is an open storm of a few that began since a moment; nil when there is none.
func (ss *storms) smallSince(at time.Time, key string) *storm {
	for _, st := range ss.open {
		if st.key == key && st.in.Open() && st.in.Parent == 0 && st.in.OpenedAt.After(at) {
			return st
		}
	}
	return nil
}

// gatherRelated makes one of incidents of one client that open in the same transaction: two hosts of a client are one card.
func (ss *storms) gatherRelated(t *transaction, recent *recentFor) {
	var fresh []*incident
	for _, in := range recent.incidents {
		if t.touched[in].opened && !t.isQuiet(in, recent.audience) {
			fresh = append(fresh, in)
		}
	}
	for len(fresh) > 1 {
		var parts []*incident
		parts, fresh = splitRelated(fresh, recent.scope)
		if len(parts) > 1 {
			ss.start(t, parts, recent.scope)
		}
	}
	recent.forget(t)
}

// splitRelated splits off the first of some incidents, with all that share a client of a scope with it or with one another of them.
func splitRelated(all []*incident, scope model.Scope) (related, others []*incident) {
	related, others = all[:1:1], all[1:]
	clients := map[string]bool{}
	for i := 0; i < len(related); i++ {
		for _, state := range related[i].Affected {
			clients[state.Client] = scope.Sees(state.Client)
		}
		var rest []*incident
		for _, in := range others {
			if slices.ContainsFunc(in.Affected, func(s model.ServiceState) bool { return clients[s.Client] }) {
				related = append(related, in)
			} else {
				rest = append(rest, in)
			}
		}
		others = rest
	}
	return related, others
}

// isQuiet reports whether none of some readers is notified of an incident anyway: planned work makes no storm.
func (t *transaction) isQuiet(in *incident, a audience) bool {
	_, muted := t.mutedFor(in, model.Destination{}, a.scope)
	return muted
}

func (ss *storms) start(t *transaction, parts []*incident, readers model.Scope) {
	st := t.open(&model.Incident{Kind: model.IncidentStorm, Storm: &model.Storm{}, Readers: readers}).storm
	st.edited = t.at
	st.take(t, parts)
	for _, part := range parts { // it begins with the first of them
		st.in.OpenedAt = model.Earlier(st.in.OpenedAt, part.OpenedAt)
	}
}

func (st *storm) take(t *transaction, parts []*incident) {
	for _, part := range parts {
		st.join(t, part)
	}
}

// join makes an incident part of a storm.
func (st *storm) join(t *transaction, in *incident) {
	if st.in.Readers.Limited {
		in.Storms = withStorm(in.Storms, st.key, st.in.ID)
		st.parts = append(st.parts, in)
	} else {
		in.Parent = st.in.ID
	}
	t.store(in)
	t.touch(in, touch{edited: true})
	grown := *st.in.Storm
	grown.Total++
	grown.LastAt = t.at
	st.in.Storm = &grown
	st.know(in)
	t.touch(st.in, touch{raised: true}) // more destinations may have to be notified of it
}

// update makes a storm what its parts make it, and ends it with the last of them.
func (st *storm) update(t *transaction) {
	in := st.in
	in.editLate(t)
	if st.due = st.due || t.isTouched(in); !st.due {
		return
	}
	parts := t.incidents.partsOf(in)
	if len(parts) == 0 {
		if !st.absorb(t) {
			last := *in.Storm
			last.Parts = t.listedParts(&in.Incident, nil, in.Readers)
			in.Storm = &last
			t.end(in)
		}
		return
	}
	if next := st.summarized.Add(stormSlow); len(parts) > stormSmall && t.at.Before(next) && !st.summarized.After(t.at) {
		t.wakeBy(next)
		return
	}
	st.summarized, st.due = t.at, false
	want := in.Incident
	t.summarizeStorm(&want, parts, in.Readers)
	want.Storm.Cause = in.Storm.Cause
	if want.Storm.Cause == nil || !t.at.Before(st.edited.Add(StormPace)) { // it is shown no sooner, and costs more than the rest
		want.Storm.Cause = t.causeOf(parts, in.Readers)
	}
	t.change(in, &want)
}

// absorb makes a storm of which an event group took over the last parts one of them, and reports whether it did.
func (st *storm) absorb(t *transaction) bool {
	if parent := t.incidents.byID[st.in.Parent]; parent != nil && parent.Open() {
		return true
	}
	if st.absorbedBy == nil || !st.absorbedBy.in.Open() {
		return false
	}
	st.absorbedBy.join(t, st.in)
	return true
}
