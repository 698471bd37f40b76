package alerts

import (
	"slices"
	"time"

	"opsbot/model"
)

const (
	// VerifyGrace is added to the longest timeout of what is verified: judging waits for no answer longer.
	VerifyGrace = 3 * time.Second
	// failureFresh is how old a failure may be to count as an answer: one failed run and its repeat are about so far apart. What
	// was ok is always asked for, since it may have failed meanwhile.
	failureFresh = 30 * time.Second
	// waveMaxChecks bounds what one wave verifies: as many as the engine runs at once. What fails beyond is judged by its limits.
	waveMaxChecks = waveSize
)

// verifications are the waves under way. They are stored nowhere: after a restart an endpoint that is down and part of no
// incident starts one again.
type verifications struct {
	open     []*wave
	byCheck  map[model.CheckID]*wave // what was asked for, seen or not
	byClient map[string]*wave        // whose endpoints were asked for
}

// wave is the verification of all that a failure touches before it is judged: the endpoints of the host, of the service and of
// the client, and the same of each of those that fails as well. It ends with the last answer, so that the first card names
// the cause and everybody whom it hits.
type wave struct {
	began   time.Time
	since   time.Time // a failure is an answer when it is no older
	limit   time.Time // when judging goes on without the rest
	asked   []model.CheckID
	hosts   map[string]bool        // whose endpoints were asked for
	pending map[model.CheckID]bool // asked for, and not seen since
}

func newVerifications() verifications {
	return verifications{byCheck: map[model.CheckID]*wave{}, byClient: map[string]*wave{}}
}

// any reports whether anything is being verified.
func (vs *verifications) any() bool { return len(vs.open) > 0 }

// start starts waves for the endpoints of a host that are down and not judged yet. A failure that was seen since a moment need not be
// seen again.
func (vs *verifications) start(t *transaction, host string, since time.Time) {
	for _, c := range t.checks.inv.ChecksOfHost(host) {
		if tr := t.checks.all[c.ID]; tr.waits() {
			w := vs.waveOf(t, tr)
			if since.After(w.since) {
				w.since = since
			}
			w.add(t, tr)
			w.spread(t, tr)
		}
	}
}

// startCheck starts a wave for a standalone check that is down and not judged yet: it may be down because its hosts are. One that is
// about no host is judged at once.
func (vs *verifications) startCheck(t *transaction, id model.CheckID) {
	tr := t.checks.all[id]
	switch {
	case tr == nil || !tr.waits():
	case len(tr.state.Hosts) == 0:
		tr.counted = true
	default:
		w := vs.waveOf(t, tr)
		w.add(t, tr)
		w.spread(t, tr)
	}
}

// waveOf is the wave that an endpoint belongs to; a new one when there is none.
func (vs *verifications) waveOf(t *transaction, tr *tracked) *wave {
	if w := vs.byCheck[tr.check.ID]; w != nil {
		return w
	}
	if w := vs.byClient[tr.check.Client()]; tr.check.Endpoint != nil && w != nil && len(w.asked) < waveMaxChecks {
		return w
	}
	wait := VerifyGrace + t.longestTimeout(tr)
	w := &wave{began: t.at, since: t.at.Add(-failureFresh), limit: t.at.Add(wait), hosts: map[string]bool{}, pending: map[model.CheckID]bool{}}
	vs.open = append(vs.open, w)
	t.wakeBy(w.limit)
	return w
}

// spread asks for all that a failure touches, and for what those touch that are known to fail.
func (w *wave) spread(t *transaction, first *tracked) {
	for todo := []*tracked{first}; len(todo) > 0; todo = todo[1:] {
		for _, c := range w.touched(t, todo[0]) {
			if tr := t.checks.all[c.ID]; w.ask(t, tr) && tr.failsSince(w.since) {
				todo = append(todo, tr)
			}
		}
	}
}

// touched are the endpoints that the failure of a check touches and that were not asked for yet: those on its hosts, and those of its
// client.
func (w *wave) touched(t *transaction, tr *tracked) (all []*model.Check) {
	inv, hosts := t.checks.inv, tr.state.Hosts
	if e := tr.check.Endpoint; e != nil {
		hosts = []string{e.Host}
		if other := t.verifications.byClient[e.Client]; other != w && len(w.asked) < waveMaxChecks {
			t.verifications.byClient[e.Client] = w
			w.merge(t, other)
			all = append(all, inv.ChecksOfClient(e.Client)...)
		}
	}
	for _, host := range hosts {
		if !w.hosts[host] {
			w.hosts[host] = true
			all = append(all, inv.ChecksOfHost(host)...)
		}
	}
	return all
}

// ask asks for an endpoint, once, and reports whether it did not belong to the wave before.
func (w *wave) ask(t *transaction, tr *tracked) (added bool) {
	id := tr.check.ID
	other := t.verifications.byCheck[id]
	if other == w || len(w.asked) >= waveMaxChecks {
		return false
	}
	if other != nil {
		w.merge(t, other)
		return false
	}
	w.add(t, tr)
	return true
}

// add makes an endpoint part of the wave, and asks for it unless it was just seen.
func (w *wave) add(t *transaction, tr *tracked) {
	id := tr.check.ID
	if t.verifications.byCheck[id] != w {
		t.verifications.byCheck[id] = w
		w.asked = append(w.asked, id)
	}
	if tr.state.At.Before(w.began) && !tr.failsSince(w.since) && !w.pending[id] {
		w.pending[id] = true
		t.requests.checks = append(t.requests.checks, id)
	}
}

// merge takes over another wave: what both touch is judged together.
func (w *wave) merge(t *transaction, other *wave) {
	if other == nil || other == w {
		return
	}
	vs := &t.verifications
	vs.open = without(vs.open, other)
	w.began, w.limit = model.Earlier(w.began, other.began), model.Earlier(w.limit, other.limit)
	if other.since.After(w.since) {
		w.since = other.since
	}
	t.wakeBy(w.limit)
	for _, id := range other.asked {
		vs.byCheck[id] = w
		if tr := t.checks.all[id]; tr != nil {
			vs.byClient[tr.check.Client()] = w
		}
	}
	w.asked = append(w.asked, other.asked...)
	for host := range other.hosts {
		w.hosts[host] = true
	}
	for id := range other.pending {
		w.pending[id] = true
	}
}

// see takes in a result: one that was asked for is an answer, and when it is a failure, what it touches is asked for too.
func (vs *verifications) see(t *transaction, tr *tracked) {
	w := vs.byCheck[tr.check.ID]
	if w == nil || tr.state.At.Before(w.began) {
		return
	}
	delete(w.pending, tr.check.ID)
	if tr.failsSince(w.began) {
		w.spread(t, tr)
	}
}

// answered reports whether a wave has nothing more to wait for.
func (vs *verifications) answered() bool {
	return slices.ContainsFunc(vs.open, func(w *wave) bool { return len(w.pending) == 0 })
}

// finish ends the waves that are answered or have waited for long enough.
func (vs *verifications) finish(t *transaction) {
	for _, w := range slices.Clone(vs.open) {
		if w.began.After(t.at) { // the clock was set back
			w.limit = model.Earlier(w.limit, t.at.Add(w.limit.Sub(w.began)))
			w.began = t.at
		}
		if len(w.pending) == 0 || !t.at.Before(w.limit) {
			vs.end(t, w)
		} else {
			t.wakeBy(w.limit)
		}
	}
}

// end makes what a wave found part of what is judged: what is down, and what has failed once of the clients of those, or on a host
// of which nothing works. One failed run is enough then, or a client of whom all fails would be notified piece by piece.
func (vs *verifications) end(t *transaction, w *wave) {
	vs.open = without(vs.open, w)
	down, dead := map[string]bool{}, map[string]bool{}
	for _, id := range w.asked {
		delete(vs.byCheck, id)
		tr := t.checks.all[id]
		if tr == nil || tr.state.Phase != model.PhaseDown {
			continue
		}
		down[tr.check.Client()] = true
		for _, host := range tr.state.Hosts {
			dead[host] = t.checks.allFail(host)
		}
	}
	for client, of := range vs.byClient {
		if of == w {
			delete(vs.byClient, client)
		}
	}
	for _, id := range w.asked {
		tr := t.checks.all[id]
		if tr == nil {
			continue
		}
		e := tr.check.Endpoint
		if tr.waits() || e != nil && tr.failsSince(w.since) && (down[e.Client] || dead[e.Host]) {
			tr.counted = true
			t.dirty.check(tr)
		}
	}
}

// drop forgets a check that left the inventory: no answer will come.
func (vs *verifications) drop(id model.CheckID) {
	if w := vs.byCheck[id]; w != nil {
		delete(w.pending, id)
	}
}
