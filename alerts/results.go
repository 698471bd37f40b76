package alerts

import "opsbot/model"

// judge takes in results. Those that say something new are moved to the front and returned.
func (t *transaction) judge(results []model.Result) (taken []model.Result) {
	for i := range results {
		tr := t.checks.all[results[i].Check]
		if tr == nil || !newer(&tr.state, &results[i]) {
			continue
		}
		if n := len(taken); n < i {
			results[n] = results[i]
		}
		taken = results[:len(taken)+1]
		before := tr.state
		next, changed := Judge(tr.state, tr.check, results[i])
		next.Measured = measured(&results[i])
		tr.state = next
		t.pending.addTransition(tr, &before, results[i].At)
		t.deferred.first.settled(tr)
		t.groups.markDirty(results[i].Check)
		t.verifications.see(t, tr)
		if changed {
			t.changed(tr)
		}
		if !hasResult(&before) && isFine(&tr.state) {
			t.pending.firsts[results[i].Check] = true
		}
		t.repeat(tr)
	}
	return taken
}

// measured is what a result measured; how long a failure took says nothing.
func measured(r *model.Result) model.Measured {
	m := model.Measured{Values: r.Values}
	if r.Status == model.StatusOK {
		m.Took = r.Took
	}
	return m
}

// repeat asks for a repeat of a check that fails below its limit.
func (t *transaction) repeat(tr *tracked) {
	if tr.state.Phase == model.PhaseFailing && tr.check.ConfirmEvery > 0 {
		t.requests.repeats = append(t.requests.repeats, tr.check)
	}
}

// changed stores a check's state, and has judged again what depends on it.
func (t *transaction) changed(tr *tracked) {
	id := tr.check.ID
	t.pending.checks[id] = tr.state
	delete(t.pending.firsts, id)
	t.checks.noteHosts(tr)
	if tr.state.Phase == model.PhaseOK {
		tr.counted = false
	}
	if tr.state.UnknownSince.IsZero() {
		delete(t.checks.unknown, id)
	} else if t.checks.unknown[id] == nil && !t.longUnknown(&tr.state, t.at) {
		t.checks.unknown[id] = tr
		t.wakeBy(t.connections.unknownFrom(&tr.state).Add(UnknownLimit))
	}
	t.dirty.check(tr)
}

// forget drops a check that left the inventory.
func (t *transaction) forget(tr *tracked) {
	id := tr.check.ID
	t.deferred.first.drop(id)
	t.verifications.drop(id)
	if tr.state.At.IsZero() && tr.state.Since.IsZero() {
		return
	}
	delete(t.pending.checks, id)
	delete(t.pending.firsts, id)
	t.pending.forget[id] = true
	t.pending.addLeft(id, &tr.state, t.at)
}
