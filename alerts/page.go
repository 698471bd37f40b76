package alerts

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"opsbot/alerts/escalation"
	"opsbot/model"
)

// Page opens an incident by which one target alone is paged, until somebody acknowledges it: that ends it. After ErrUnchanged nothing has
// happened, after ErrUnstored it counts, and is stored with the next commit.
func (m *Manager) Page(ctx context.Context, req model.PageRequest, audit model.AuditEntry) (model.Incident, error) {
	if err := m.storable(ctx); err != nil {
		return model.Incident{}, err
	}
	var opened model.Incident
	err := m.update(ctx, func(t *transaction) {
		in := t.open(&model.Incident{
			Kind: model.IncidentPage, Severity: model.SeverityCritical,
			Reason: model.NewReason(model.ReasonPage, "who", req.Who.Name, "by", req.By, "text", req.Text),
		})
		t.newEscalation(model.Escalation{Incident: in.ID, Who: req.Who.String(), State: model.EscalationWaiting})
		audit.Target = "#" + strconv.FormatInt(int64(in.ID), 10) + " " + req.Who.String()
		t.pending.audit = append(t.pending.audit, audit)
		opened = in.Incident
	})
	return opened, unstored(err)
}

// Escalate has the next step of an incident's escalations begin now. ErrNoIncident when it is not open, ErrNotPaging when nobody is being paged
// of it; after ErrUnchanged nothing has happened, after ErrUnstored it counts.
func (m *Manager) Escalate(ctx context.Context, id model.IncidentID, audit model.AuditEntry) error {
	return m.changePaging(ctx, id, audit, func(by *escalation.Machine) bool { return by.Hurry() })
}

// Refuse notes that a person does not take an incident: the next step begins now. ErrNoIncident when it is not open, ErrNotPaged when they
// were not paged of it; after ErrUnchanged nothing has happened, after ErrUnstored it counts.
func (m *Manager) Refuse(ctx context.Context, id model.IncidentID, person string, audit model.AuditEntry) error {
	err := m.changePaging(ctx, id, audit, func(by *escalation.Machine) bool { return by.Refuse(person) })
	if model.CodeOf(err) == model.ErrNotPaging {
		return &model.Error{Code: model.ErrNotPaged, Args: map[string]string{"id": strconv.FormatInt(int64(id), 10)}}
	}
	return err
}

// changePaging does something to the escalations of an incident, and of what it is part of.
func (m *Manager) changePaging(ctx context.Context, id model.IncidentID, audit model.AuditEntry, do func(by *escalation.Machine) bool) error {
	if err := m.storable(ctx); err != nil {
		return err
	}
	refused := noIncident(id)
	err := m.update(ctx, func(t *transaction) {
		in := t.incidents.byID[id]
		if in == nil {
			return
		}
		refused = &model.Error{Code: model.ErrNotPaging, Args: map[string]string{"id": strconv.FormatInt(int64(id), 10)}}
		for _, e := range t.paging.of(t.rootOf(in).ID) {
			t.advance(e, func(by *escalation.Machine) {
				if do(by) {
					refused = nil
				}
			})
		}
		if refused == nil {
			t.pending.audit = append(t.pending.audit, audit)
		}
	})
	if refused != nil {
		return refused
	}
	return unstored(err)
}

// PageDone notes what became of a page that was handed to its channel, or of all those of one message. The error is the store's: it counts, and
// is stored with the next commit.
func (m *Manager) PageDone(ctx context.Context, all ...model.PageResult) error {
	return m.update(ctx, func(t *transaction) {
		var over []*model.PageResult
		for i := range all {
			r := &all[i]
			if e := t.paging.live[r.Escalation]; e != nil && (e.State == model.EscalationPaging || e.State == model.EscalationExhausted) {
				t.advance(e, func(by *escalation.Machine) { by.Result(r) })
			} else {
				over = append(over, r)
			}
		}
		for _, r := range over { // last: their message says what is left of it
			t.pagedLate(r)
		}
	})
}

// Escalations are those that are not over, by number.
func (m *Manager) Escalations() []model.Escalation {
	m.mu.RLock()
	defer m.mu.RUnlock()
	ps := &m.state.paging
	var all []model.Escalation
	for _, id := range slices.Sorted(maps.Keys(ps.live)) {
		all = append(all, movedEscalation(*ps.live[id], nil))
	}
	return all
}

// TakeUpPaging goes on with escalations that were stored while nobody could be paged.
func (m *Manager) TakeUpPaging(memory *model.Memory) {
	m.updating.Lock()
	defer m.updating.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.state
	s.paging.last = max(s.paging.last, memory.LastEscalation)
	s.restorePaging(m.storage.pending, memory, s.now())
	m.timer.wakeBy(s.now())
}
