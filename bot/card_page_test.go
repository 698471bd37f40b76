package bot_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/model"
)

// paged are an incident of which people were paged, in a state.
func paged(in *model.Incident, state model.EscalationState, next ...string) *model.Incident {
	way := func(way string, state model.PageState) model.PagedWay { return model.PagedWay{Way: way, State: state} }
	in.Paged = []model.Paged{{State: state, Policy: "prod", Next: next, People: []model.PagedPerson{
		{Name: "anna", At: epoch.Add(-7 * time.Minute), Ways: []model.PagedWay{way("dm", model.PageSent), way("mention", model.PageSent), way("gateway:voice", model.PageFailed)}},
		{Name: "boris", At: epoch.Add(-2 * time.Minute), Ways: []model.PagedWay{way("dm", model.PageSent), way("mention", model.PageWritten)}},
	}}}
	if len(next) > 0 {
		in.Paged[0].NextAt = epoch.Add(3 * time.Minute)
	}
	return in
}

// page is a page of anna about incidents, in one message.
func page(kind model.NotificationKind, info *model.PageInfo, all ...*model.Incident) model.Notification {
	if info.Person == "" && info.Way != "chat:ops" {
		info.Person, info.User = "anna", 42
	}
	n := model.Notification{Kind: kind, Created: epoch, Severity: model.SeverityCritical, Snapshot: model.Snapshot{Page: info}}
	if info.Several == 0 || kind == model.NotifyPageOver {
		n.Snapshot.Incident, n.Incident = all[0], all[0].ID
		all = all[1:]
	}
	for _, in := range all {
		n.Snapshot.Open = append(n.Snapshot.Open, *in)
	}
	return n
}

// acked is an incident that Boris has.
func ackedByBoris(in *model.Incident) *model.Incident {
	in.Acks, in.Acknowledged = []model.Ack{{Name: "boris", At: epoch}}, true
	return in
}

// pages are the messages that wake somebody, and the cards of what they are about.
func pages() []named {
	next := epoch.Add(5 * time.Minute)
	dm := func() *model.PageInfo { return &model.PageInfo{Way: "dm", Next: []string{"boris"}, NextAt: next} }
	several := func(way string) *model.PageInfo { return &model.PageInfo{Way: way, Several: 3} }
	byHand := &model.Incident{ID: 15, Kind: model.IncidentPage, Severity: model.SeverityCritical, OpenedAt: epoch, Reason: model.NewReason(model.ReasonPage, "who", "anna", "by", "Olga", "text", "the shop is slow")}
	return []named{
		{"paged", about(model.NotifyUpdated, paged(ofHost(), model.EscalationPaging, "vera"))},
		{"nobody answered", about(model.NotifyReminder, paged(ofHost(), model.EscalationExhausted))},
		{"nobody could be paged", about(model.NotifyReminder, changed(ofHost(), func(in *model.Incident) { in.Paged = []model.Paged{{State: model.EscalationExhausted, Policy: "prod"}} }))},
		{"paged, and Boris has it", about(model.NotifyUpdated, ackedByBoris(paged(ofHost(), model.EscalationAcked)))},
		{"page", page(model.NotifyPage, dm(), ofHost())},
		{"page in the group", page(model.NotifyPage, &model.PageInfo{Way: "mention", Next: []string{"boris", "vera"}, NextAt: next}, ofHost())},
		{"page of everybody in a chat", page(model.NotifyPage, &model.PageInfo{Way: "chat:ops"}, ofService())},
		{"page in a second round, late", page(model.NotifyPage, &model.PageInfo{Way: "dm", Round: 1, Late: epoch.Add(-time.Hour)}, ofHost())},
		{"page by hand", page(model.NotifyPage, dm(), byHand)},
		{"page asks whether they still have it", page(model.NotifyPage, &model.PageInfo{Way: "dm", Ask: true, NextAt: epoch.Add(15 * time.Minute)}, ackedByBoris(ofHost()))},
		{"page after Boris has it", page(model.NotifyPageOver, dm(), ackedByBoris(paged(ofHost(), model.EscalationAcked)))},
		{"page in the group after Boris has it", page(model.NotifyPageOver, &model.PageInfo{Way: "mention"}, ackedByBoris(paged(ofHost(), model.EscalationAcked)))},
		{"page of three", page(model.NotifyPage, several("dm"), ofHost(), ofService(), ofCheck())},
		{"page of three in the group", page(model.NotifyPage, several("mention"), ofHost(), ofService(), ofCheck())},
		{"page of three, of everybody in a chat", page(model.NotifyPage, several("chat:ops"), ofHost(), ofService(), ofCheck())},
		{"page asks whether they still have three", page(model.NotifyPage, &model.PageInfo{Way: "dm", Ask: true, Several: 3}, ackedByBoris(ofHost()), ackedByBoris(ofService()), ackedByBoris(ofCheck()))},
		{"page of three after Boris has one", page(model.NotifyPageOver, several("dm"), ackedByBoris(ofHost()), ofService(), ofCheck())},
		{"page of three, of everybody, after one is over", page(model.NotifyPageOver, several("chat:ops"), changed(ofCheck(), closed), ofService())},
		{"page of three that are answered", page(model.NotifyPageOver, several("dm"), changed(ofCheck(), closed))},
	}
}

// TestAckAllOfAPage: one press answers for all that is open of a message of several incidents, for those who may; what was over by then needs none.
func TestAckAllOfAPage(t *testing.T) {
	for language, label := range map[string]string{"en": "Ack all 3", "ru": "Все в работу (3)"} {
		w := newWorld(t, options{language: language})
		w.order([]string{"break", "main-db"})
		w.order([]string{"break", "licence", "refused"})
		w.deliver()
		n := model.Notification{Kind: model.NotifyPage, To: model.Destination{Channel: "telegram", Chat: opsChat}, Created: epoch, Severity: model.SeverityCritical}
		n.Snapshot.Page = &model.PageInfo{Person: "anna", Way: "mention", Several: 3}
		n.Snapshot.Open = append(w.manager.OpenIncidents(model.Scope{}), model.Incident{ID: 99, Kind: model.IncidentCheck, Check: "gone", OpenedAt: epoch})
		open := len(n.Snapshot.Open) - 1
		receipt, err := w.channel.Deliver(w.ctx, n, model.Card{})
		w.ok(err)
		m := w.message(opsChat, receipt.Message)
		w.pressNamed(viewer, m, label)
		if n := w.openAcks(); n > 0 {
			t.Errorf("%s: a viewer acknowledges %d", language, n)
		}
		w.pressNamed(operator, m, label)
		if n := w.openAcks(); n != open || open < 2 {
			t.Errorf("%s: %d of %d are acknowledged", language, n, open)
		}
		answers := w.server.Answers(operator)
		if said := answers[len(answers)-1].Text; !strings.Contains(said, "2") {
			t.Errorf("%s: the answer is %q", language, said)
		}
	}
}
