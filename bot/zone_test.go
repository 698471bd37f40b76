package bot_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/sandbox/botapi"
)

// zoned gives a chat a time zone of its own.
func (w *world) zoned(chat int64, name string) {
	w.Helper()
	zone, err := time.LoadLocation(name)
	w.ok(err)
	w.rooms = slices.Clone(w.rooms)
	for i := range w.rooms {
		if int64(w.rooms[i].ID) == chat {
			w.rooms[i].Zone = zone
		}
	}
	w.people.SetConfig(w.rooms, w.users)
}

// TestAChatHasItsClock: what is typed is read in the zone of the chat, every time there is written in it, and it is named where it differs from that of
// all: beside a moment that somebody chose, in /status, in /whoami and in the pinned message. Other chats read nothing of it.
func TestAChatHasItsClock(t *testing.T) {
	for _, c := range []struct {
		zone         string
		until, since string // 18:00 there in UTC, and 12:01 UTC there
		offset       string
	}{
		{"Europe/Moscow", "15:00", "15:0", "UTC+3"},
		{"Asia/Kolkata", "12:30", "17:3", "UTC+5:30"},
		{"America/St_Johns", "21:30", "08:3", "UTC-3:30"},
		{"UTC", "18:00", "12:0", ""},
		{"Atlantic/Reykjavik", "18:00", "12:0", ""}, // another name of the same clock
	} {
		t.Run(c.zone, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{language: "en", pinned: true})
			w.zoned(opsChat, c.zone)
			w.do("!break main-db")
			w.happen(time.Minute)
			card := w.first(opsChat, "main-db is down")
			if !strings.Contains(card, "since "+c.since) {
				t.Errorf("the card says %q, want since %s…", card, c.since)
			}
			w.do("operator@ops: /mute until 18:00 licence")
			if m := w.manager.Mutes(); len(m) != 1 || m[0].Until.UTC().Format("15:04") != c.until {
				t.Fatalf("until 18:00 is %v, want %s UTC", m, c.until)
			}
			answers := map[string]string{"mute": w.ours(opsChat, 1, false).Text}
			for _, line := range []string{"/status", "/whoami", "/extend 1 1h"} {
				w.do("operator@ops: " + line)
				answers[line] = w.ours(opsChat, 1, false).Text
			}
			w.happen(time.Minute)
			answers["pinned"] = w.first(opsChat, "Changed: ")
			for what, text := range answers {
				if strings.Contains(text, "UTC") != (c.offset != "") || !strings.Contains(text, c.offset) {
					t.Errorf("%s says %q, want the zone %q", what, text, c.offset)
				}
			}
			if !strings.Contains(answers["mute"], "until 18:00") {
				t.Errorf("the answer is %q", answers["mute"])
			}
			w.do("operator: /status")
			if text := w.ours(operator, 1, false).Text; strings.Contains(text, "UTC") {
				t.Errorf("in private it says %q", text)
			}
		})
	}
}

// first is the first message of ours in a chat that has a text in it.
func (w *world) first(chat int64, text string) string {
	w.Helper()
	all := w.server.Messages(chat)
	at := slices.IndexFunc(all, func(m botapi.Message) bool { return strings.Contains(m.Text, text) })
	if at < 0 {
		w.Fatalf("nothing says %q", text)
	}
	return all[at].Text
}

// TestSchedulesAreCopiedAsTheyAre: without an invisible character that a person would paste into a configuration.
func TestSchedulesAreCopiedAsTheyAre(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	c, _ := w.inv.Check("main-db")
	c.Schedule = "@every 2s"
	w.do("viewer: /check main-db")
	if text := w.ours(viewer, 1, false).Text; !strings.Contains(text, "schedule @every 2s,") {
		t.Errorf("it says %q", text)
	}
}
