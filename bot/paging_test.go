package bot_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/alerts"
	"opsbot/alerts/escalation"
	"opsbot/model"
	"opsbot/oncall"
)

// crew is who is paged in the scripts: those of the roster, with the rights that they have in the chat.
type crew struct{ w *world }

func (c crew) roster() *oncall.Roster {
	if c.w.roster == nil {
		return &oncall.Roster{}
	}
	return c.w.roster
}

// Meant implements alerts.Directory.
func (c crew) Meant(t model.PageTarget, at time.Time) ([]string, time.Time) {
	if t.Kind == model.PagePerson {
		return []string{t.Name}, time.Time{}
	}
	for _, s := range c.roster().Schedules {
		if s.Name == t.Name {
			next, _ := s.Next(at)
			return s.At(at), next
		}
	}
	return nil, time.Time{}
}

// Rules implements alerts.Directory.
func (c crew) Rules(name string) []model.PageRule {
	if _, known := c.roster().Person(name); !known {
		return nil
	}
	return model.DefaultPageRules()
}

// Reach implements alerts.Directory.
func (c crew) Reach(name, way string) (at alerts.Reached, why string) {
	p, _ := c.roster().Person(name)
	user, _ := c.w.people.UserKnown(p.Telegram)
	switch {
	case p.Telegram == 0:
		return at, model.PageNoWay
	case user.Scope.Limited:
		return at, model.PageNoRights
	}
	at = alerts.Reached{User: p.Telegram}
	if way == model.WayDM {
		at.To = model.Destination{Channel: "telegram", Chat: model.ChatID(p.Telegram)}
	}
	return at, ""
}

// escalate has everything that is routed to chats escalate: whoever is on call, then Boris, twice.
func (w *world) escalate() {
	var to []model.Destination
	for _, c := range w.rooms {
		if c.ID != forum {
			to = append(to, model.Destination{Channel: "telegram", Chat: c.ID})
		}
	}
	w.manager.SetRouting(alerts.Routing{
		Chats: w.rooms, Bypass: []model.Severity{model.SeverityCritical}, Routes: []alerts.Route{{To: to, Escalate: "prod"}},
		Policies: []escalation.Policy{{Name: "prod", Repeat: 1, AckFor: 4 * time.Hour, Steps: []escalation.Step{
			{To: []model.PageTarget{{Kind: model.PageSchedule, Name: "primary"}}, Wait: 5 * time.Minute},
			{To: []model.PageTarget{{Kind: model.PagePerson, Name: "boris"}}, Wait: 5 * time.Minute},
		}}},
	})
}

// paged notes what became of a page, as the product does.
func (w *world) paged(n *model.Notification, receipt model.Receipt) {
	w.Helper()
	if p := n.Snapshot.Page; n.Kind == model.NotifyPage && p != nil {
		w.ok(w.manager.PageDone(context.WithoutCancel(w.ctx), model.PageResult{Escalation: p.Escalation, Page: p.Page, Sent: true, Message: receipt.Message}))
	}
}

// paging is who is being paged, and who has said no.
func (w *world) paging() (all []string) {
	for _, e := range w.manager.Escalations() {
		all = append(all, string(e.State)+" "+e.Who+" "+strings.Join(e.Refused, ",")+" "+string(rune('0'+e.Step))+string(rune('0'+e.Round)))
	}
	slices.Sort(all)
	return all
}
