package alerts

import (
	"slices"
	"time"

	"opsbot/model"
)

// passTime warns of mutes that end soon and ends those whose time is over.
func (ms *mutes) passTime(t *transaction) {
	for _, m := range slices.Clone(ms.active) {
		switch {
		case !t.at.Before(m.Until):
			ms.end(t, m, "", true)
			continue
		case !m.Warned && !t.at.Before(m.WarnAt()):
			ms.warn(t, m)
		}
		if !m.Warned && t.at.Before(m.WarnAt()) {
			t.wakeBy(m.WarnAt())
		}
		ms.begin(t, m)
		t.wakeBy(m.Until)
	}
}

// begin has the cards say that a mute which was planned has begun.
func (ms *mutes) begin(t *transaction, m *model.Mute) {
	switch {
	case t.at.Before(m.From):
		ms.planned[m.ID] = true
		t.wakeBy(m.From)
	case ms.planned[m.ID]:
		delete(ms.planned, m.ID)
		ms.editCards(t)
	}
}

// warn warns that a mute is about to end, where it was made, or where it hides something. Its end is nothing to be warned of while
// another one mutes all of it for longer.
func (ms *mutes) warn(t *transaction, m *model.Mute) {
	warned := *m
	warned.Warned = true
	ms.replace(&warned)
	t.pending.mutes[m.ID] = warned
	if ms.outlasted(m, t.at) {
		return
	}
	where := []model.Destination{muteDestination(m)}
	if m.Chat == 0 {
		where = sortedDestinations(ms.hiddenBy(t, &warned))
	}
	for _, to := range where {
		if scope, known := t.routing.scope(to); known {
			hidden := t.hides(m, scope)
			t.write(model.Notification{
				Kind: model.NotifyMuteEnding, To: to, Silent: true, Incident: 0, Severity: model.SeverityInfo,
				Snapshot: model.Snapshot{Mute: t.muteFor(&warned, to), Hidden: &hidden},
			})
		}
	}
}

// end takes a mute away. What it alone had hidden is gone through again, and reported when wanted.
func (ms *mutes) end(t *transaction, m *model.Mute, by string, report bool) *model.Mute {
	freed := ms.hiddenBy(t, m)
	ended, still := *m, *m
	ended.EndedAt, ended.EndedBy = t.at, by
	t.pending.mutes[m.ID] = ended
	ms.remove(m.ID)
	for to, ins := range freed {
		freed[to] = slices.DeleteFunc(ins, func(in *incident) bool { return t.isMuted(in, to) })
		for _, in := range freed[to] {
			t.touch(in, touch{edited: true})
		}
	}
	if still.Until = t.at; report && !ms.outlasted(&still, t.at) {
		for _, to := range sortedDestinations(freed) {
			ms.report(t, &ended, to, freed[to])
		}
	}
	return &ended
}

// outlasted reports whether another mute mutes all that one does, for longer, from a time on.
func (ms *mutes) outlasted(m *model.Mute, from time.Time) bool {
	return slices.ContainsFunc(ms.active, func(other *model.Mute) bool { return other.ID != m.ID && other.Outlasts(m, from) })
}

// hiddenBy is what an active mute hides, per destination: incidents of which all is muted, by it and others, and those of which it
// mutes a part. It counts even when its time is over.
func (ms *mutes) hiddenBy(t *transaction, m *model.Mute) map[model.Destination][]*incident {
	still := *m
	still.Until = t.at.Add(time.Hour)
	ms.replace(&still)
	defer ms.replace(m)
	own := muteDestination(m)
	hidden := map[model.Destination][]*incident{}
	for _, in := range t.incidents.byID {
		for _, c := range in.cards {
			if t.isMuted(in, c.To) || t.mutesPart(&still, in, c.To) {
				hidden[c.To] = append(hidden[c.To], in)
			}
		}
		if m.Chat != 0 && in.card(own) == nil && t.isMuted(in, own) {
			hidden[own] = append(hidden[own], in)
		}
	}
	return hidden
}

// mutesPart reports whether a mute alone covers a subject of an incident that a destination sees.
func (t *transaction) mutesPart(m *model.Mute, in *incident, to model.Destination) bool {
	scope, _ := t.routing.scope(to)
	return slices.ContainsFunc(t.subjects(in, scope), func(sub subject) bool {
		return !sub.fine && !t.subjectMutedBy([]*model.Mute{m}, in, &sub, to).IsZero()
	})
}

func muteDestination(m *model.Mute) model.Destination {
	return model.Destination{Channel: telegramChannel, Chat: m.Chat, Topic: m.Topic}
}

// report notifies of what is still open: where the mute was made of everything, elsewhere only when something was never
// notified there. What must not be notified at this hour waits for a notification of its own.
func (ms *mutes) report(t *transaction, m *model.Mute, to model.Destination, ins []*incident) {
	scope, known := t.routing.scope(to)
	own := m.Chat == 0 || to == muteDestination(m)
	missed, wants := false, false
	ins = slices.DeleteFunc(ins, func(in *incident) bool {
		if !t.concerns(in, scope) || t.inhibited(in, to) || !t.inHours(in, to, t.severity(in, scope)) {
			return true
		}
		wants = wants || in.Condition() != model.ConditionResting // what only rests is reported beside what does not
		missed = missed || (in.card(to) != nil && t.needsNotification(in, in.card(to)))
		return false
	})
	if !known || !wants || (!own && !missed) {
		return
	}
	sortIncidents(ins)
	stillOpen := t.snapshots(to, ins)
	worst := worstOf(stillOpen)
	t.write(model.Notification{
		Kind: model.NotifyMuteEnded, To: to, Severity: worst, Silent: t.routing.Sound.silent(worst, t.at),
		Snapshot: model.Snapshot{Mute: t.muteFor(m, to), Open: stillOpen},
	})
	for _, in := range ins {
		if card := in.card(to); card != nil {
			t.deferred.release(t, in, card)
			t.notified(in, card)
		}
	}
}
