package app

import (
	"errors"
	"time"

	"opsbot/model"
	"opsbot/store"
	"opsbot/store/lease"
	"opsbot/texts"
	"opsbot/web"
)

// issue is that the database does not say who leads: nothing can be stored. A nil cluster has none.
func (k *cluster) issue() (model.Reason, bool) {
	if k == nil {
		return model.Reason{}, false
	}
	st := k.status.Load()
	if st.failing == nil {
		return model.Reason{}, false
	}
	return model.NewReason(model.IssueStore, "what", store.Words(st.failing), "since", st.since.UTC().Format(time.RFC3339)), true
}

// describe adds who leads, and whether the database says so.
func (k *cluster) describe(h *web.Health) {
	st := k.status.Load()
	h.Role = "standby"
	if st.leads {
		h.Role = "leader"
	}
	if st.leader.Leads() {
		h.Leader = st.leader.Instance
	}
	if st.failing != nil {
		h.OK = false
	}
}

// healthz is the answer of /healthz of a standby. It is ready when it could lead.
func (k *cluster) healthz() web.Health { return k.healthIn(k.texts.For(texts.English)) }

// healthIn is healthz in a language.
func (k *cluster) healthIn(p *texts.Printer) web.Health {
	h := web.Health{OK: true, Version: k.Version, Instance: k.conf.current().Config.Instance.Name}
	k.describe(&h)
	h.Ready = h.OK && h.Leader != "" && !k.status.Load().leads // a takeover that is under way is not ready
	if issue, ok := k.issue(); ok {
		h.HealthIssues = append(h.HealthIssues, p.Reason(public(issue)))
	}
	if issue, ok := k.conf.issue(); ok {
		h.HealthIssues = append(h.HealthIssues, p.Reason(public(issue)))
	}
	return h
}

// speaks returns why this process may not speak now; nil: it may.
func (c *core) speaks() error {
	if !c.permit.isOpen() {
		return errors.New("it is not sure that this opsbot leads: the database does not answer")
	}
	return nil
}

// changes are the codes of why a leader leads.
var changes = map[lease.Change]model.ReasonCode{lease.First: model.LeaderFirst, lease.Released: model.LeaderReleased, lease.Expired: model.LeaderExpired}

// leads says who leads, since when and why.
func (k *cluster) leads() (who model.Reason, since time.Time) {
	l := &k.status.Load().leader
	why := changes[l.Why]
	if l.Previous == l.Instance && why == model.LeaderExpired {
		why = model.LeaderAgain
	}
	return model.LeaderReason(why, l.Instance, l.Previous, l.Since), l.Since
}

// reason returns what says who leads; nil without others that may.
func (k *cluster) reason() func() model.Reason {
	if k == nil {
		return nil
	}
	return func() model.Reason {
		who, _ := k.leads()
		return who
	}
}

// handover is how long after a takeover the leader before may still poll Telegram.
const handover = time.Minute

// handsOver reports whether another opsbot led until a moment ago.
func (k *cluster) handsOver() bool {
	if k == nil {
		return false
	}
	l := &k.status.Load().leader
	return l.Why != lease.First && time.Since(l.Since) < handover
}
