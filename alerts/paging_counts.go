package alerts

import (
	"maps"

	"opsbot/model"
)

// PageCount is the key by which pages are counted.
type PageCount struct {
	Way   string // "dm", "mention", "gateway:NAME", "chat:NAME"
	State model.PageState
}

// PagingCounts are the escalations that are not over, and what became of pages since the start, as it was stored.
type PagingCounts struct {
	Escalations map[model.EscalationState]int
	Pages       map[PageCount]uint64
}

// pagingCounts counts what is stored. Nothing is stored where nobody is paged, so that nothing is done.
type pagingCounts struct {
	pages  map[PageCount]uint64
	states map[model.EscalationID]model.EscalationState
	known  map[model.EscalationID]map[int]model.PageState // what has been counted, of those that are not over
}

func newPagingCounts() pagingCounts {
	return pagingCounts{
		pages: map[PageCount]uint64{}, states: map[model.EscalationID]model.EscalationState{}, known: map[model.EscalationID]map[int]model.PageState{},
	}
}

// know takes what was stored by an earlier run.
func (c *pagingCounts) know(e *model.Escalation) {
	c.states[e.ID] = e.State
	for i := range e.Pages {
		c.copied(e.ID, &e.Pages[i])
	}
}

// copied notes a page that has been counted, or will be, as one of another escalation.
func (c *pagingCounts) copied(of model.EscalationID, p *model.Page) {
	if c.known[of] == nil {
		c.known[of] = map[int]model.PageState{}
	}
	c.known[of][p.ID] = p.State
}

// stored counts what has been stored.
func (c *pagingCounts) stored(all []model.Escalation) {
	for i := range all {
		e := &all[i]
		known := map[int]model.PageState{}
		for j := range e.Pages {
			p := &e.Pages[j]
			if known[p.ID] = p.State; p.State != c.known[e.ID][p.ID] && p.State != model.PageDue && p.State != model.PageWritten {
				c.pages[PageCount{p.Way, p.State}]++
			}
		}
		if c.known[e.ID], c.states[e.ID] = known, e.State; e.State == model.EscalationEnded {
			delete(c.known, e.ID)
			delete(c.states, e.ID)
		}
	}
}

// PagingCounts returns the present counts. They are a copy.
func (m *Manager) PagingCounts() PagingCounts {
	m.mu.RLock()
	defer m.mu.RUnlock()
	c := &m.state.paging.counts
	out := PagingCounts{Escalations: map[model.EscalationState]int{}, Pages: maps.Clone(c.pages)}
	for _, state := range c.states {
		out.Escalations[state]++
	}
	return out
}
