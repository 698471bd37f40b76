package alerts_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"opsbot/model"
)

func TestRepliesStandOnTheCard(t *testing.T) {
	w := hosting(t)
	w.down("h1", "h2")
	w.recheckAll("h1", "h2")
	w.wait(time.Minute)
	id := w.group().ID
	note := func(replies ...model.Reason) {
		t.Helper()
		if err := w.manager.NoteReplies(context.Background(), id, replies); err != nil && !errors.Is(err, errFull) {
			t.Fatal(err)
		}
	}
	acked := model.NewReason(model.ReplyAcked, "source", "icinga", "count", "2")
	w.said()
	note(acked)
	w.wait(10 * time.Second)
	if n := len(w.said()); n != 1 {
		t.Errorf("%d messages, want one edit", n)
	}
	for range 3 {
		note(acked)
	}
	w.wait(10 * time.Second)
	if n := len(w.said()); n != 0 {
		t.Errorf("%d messages for what stood there already", n)
	}
	w.restart()
	if r := w.group().EventGroup.Replies; len(r) != 1 || r[0].Args["count"] != "2" {
		t.Errorf("after a restart: %v", r)
	}
	many := make([]model.Reason, 50)
	for i := range many {
		many[i] = model.NewReason(model.ReplyAcked, "source", strconv.Itoa(i), "count", "1")
	}
	note(many...)
	if n := len(w.group().EventGroup.Replies); n != 10 {
		t.Errorf("%d lines on a card", n)
	}
	for _, in := range w.manager.OpenIncidents(model.ScopeOf([]string{"a"})) {
		if in.EventGroup != nil && len(in.EventGroup.Replies) > 0 {
			t.Errorf("who sees client a reads %v", in.EventGroup.Replies)
		}
	}
	w.store.full = true
	note()
	if n := len(w.group().EventGroup.Replies); n != 0 {
		t.Errorf("%d lines are left", n)
	}
	w.store.full = false
	w.wait(time.Minute)
	w.restart()
	if n := len(w.group().EventGroup.Replies); n != 0 {
		t.Errorf("%d lines are left after a restart", n)
	}
	if err := w.manager.NoteReplies(context.Background(), id+100, many); err != nil {
		t.Error(err)
	}
}
