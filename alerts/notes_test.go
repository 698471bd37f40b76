package alerts_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"opsbot/model"
)

func (w *world) note(id model.IncidentID, n model.Note) (model.Incident, error) {
	return w.manager.Note(context.Background(), model.Incident{ID: id}, n, model.AuditEntry{Action: "note"})
}

// A note is stored with its audit entry, edits the cards silently, and outlives what changes about its incident. Limited chats read what is for
// their clients, and nothing internal of people who see more.
func TestNotesOnCards(t *testing.T) {
	w := shared(t)
	commits := w.store.commits
	if _, err := w.note(1, model.Note{Name: "Ann", Text: "cable"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.note(1, model.Note{Name: "Ann", Text: "to a", ForClient: true, Scope: model.ScopeOf([]string{"a"})}); err != nil {
		t.Fatal(err)
	}
	if last := w.store.audit[len(w.store.audit)-1]; last.Action != "note" || w.store.commits != commits+2 {
		t.Errorf("%d commits, audit %+v", w.store.commits-commits, last)
	}
	w.fail("c/web@h2")
	w.wait(time.Minute)
	for scope, want := range map[string]string{"": "cable,to a,", "a": "to a,", "b": ""} {
		limit := model.Scope{}
		if scope != "" {
			limit = model.ScopeOf([]string{scope})
		}
		for _, in := range w.manager.OpenIncidents(limit) {
			read := ""
			for _, n := range in.Notes {
				read += n.Text + ","
			}
			if in.Host == "h1" && read != want {
				t.Errorf("who sees %q reads %q, want %q", scope, read, want)
			}
		}
	}
}

// What is over takes notes too, and no incident takes more than are kept.
func TestNotesOfWhatIsOver(t *testing.T) {
	w := newWorld(t, "main-db")
	w.fail("main-db")
	over, _ := w.manager.Incident(1)
	w.heal("main-db")
	w.said()
	over.ClosedAt = w.now()
	in, err := w.manager.Note(context.Background(), over, model.Note{Text: "late"}, model.AuditEntry{Action: "note"})
	if err != nil || len(in.Notes) != 1 {
		t.Fatalf("%v %+v", err, in.Notes)
	}
	if _, open := w.manager.Incident(1); open {
		t.Error("it is open again")
	}
	w.fail("main-db")
	for i := range model.MaxNotes {
		if _, err := w.note(2, model.Note{Text: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.note(2, model.Note{Text: "one more"}); model.CodeOf(err) != model.ErrManyNotes {
		t.Errorf("one note too many: %v", err)
	}
}
