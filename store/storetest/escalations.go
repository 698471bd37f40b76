package storetest

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
)

// sentPages are those of people that arrived in a time, of escalations that go on, that ended, and of turns that are over.
func sentPages(t *testing.T, open Opener) {
	db := open(t, "a")
	at := func(minutes int) time.Time { return Start.Add(time.Duration(minutes) * time.Minute) }
	page := func(id int, person, way string, state model.PageState, minutes int) model.Page {
		return model.Page{ID: id, Person: person, Way: way, Turn: 1, State: state, At: at(minutes)}
	}
	ask := page(6, "anna", "dm", model.PageSent, 5)
	ask.Ask = true
	live := model.Escalation{ID: 1, Incident: 1, Turn: 1, State: model.EscalationPaging, Pages: []model.Page{
		page(1, "anna", "dm", model.PageSent, -1), page(2, "anna", "dm", model.PageSent, 0), page(3, "anna", "mention", model.PageFailed, 1),
		page(4, "", "chat:ops", model.PageSent, 2), page(5, "boris", "gateway:voice", model.PageSent, 60), ask,
	}}
	live.Pages[1].Several = 3
	ended := model.Escalation{ID: 2, Incident: 2, Turn: 1, State: model.EscalationEnded, Pages: []model.Page{page(1, "vera", "dm", model.PageSent, 3)}}
	ended.Forget(2)
	if len(ended.Pages) > 0 {
		t.Errorf("pages of a turn that is over: %+v", ended.Pages)
	}
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Escalations: []model.Escalation{live, ended}}))
	db = reopen(t, db, open, "a")
	got := must[[]model.SentPage](t)(db.SentPages(t.Context(), model.Span{From: at(0), To: at(60)}))
	want := []model.SentPage{{Person: "anna", Way: "dm", At: at(0), Several: 3}, {Person: "vera", Way: "dm", At: at(3)}}
	if !slices.EqualFunc(got, want, func(a, b model.SentPage) bool {
		at := a.At.Equal(b.At)
		a.At, b.At = time.Time{}, time.Time{}
		return at && a == b
	}) {
		t.Errorf("sent were %+v, want %+v", got, want)
	}
}
