package alerts

import (
	"time"

	"opsbot/alerts/escalation"
	"opsbot/model"
)

// underWay is how long the result of a page may take that a channel had in its hands: longer than any delivery.
const underWay = 2 * time.Minute

// endedEscalation is one that ended while pages of it were on their way: their messages have to say so.
type endedEscalation struct {
	*model.Escalation
	in    *incident
	until time.Time
}

// mayBeUnderWay reports whether a page was taken back that a channel may have had in its hands.
func mayBeUnderWay(p model.Page) bool {
	return p.State == model.PageCancelled && p.To != (model.Destination{}) && p.Shown == 0
}

// pagedLate notes what became of a page that nobody needs any more.
func (t *transaction) pagedLate(r *model.PageResult) {
	if e := t.paging.live[r.Escalation]; e != nil {
		t.advance(e, func(by *escalation.Machine) { by.Result(r) })
		return
	}
	l, known := t.paging.late[r.Escalation]
	if !known {
		return
	}
	m := &escalation.Machine{E: l.Escalation, People: t.paging.directory, At: t.at}
	m.Result(r)
	out, _ := m.Advance(escalation.Facts{Over: true})
	t.carryOut(l.Escalation, l.in, m, &out)
	if out.Changed {
		t.keepEscalation(l.Escalation)
	}
}
