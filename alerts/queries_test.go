package alerts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

func TestStatesJSON(t *testing.T) {
	w := newWorld(t, "main-db", "a/web@h1")
	w.fail("main-db")
	if got, want := string(w.manager.StatesJSON()), `{"a/web@h1":true,"main-db":false}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	var names []string
	for i := range 300 {
		names = append(names, string(model.EndpointCheckID("a", "web", string(rune('a'+i%26))+time.Duration(i).String())))
	}
	w = newWorld(t, names...)
	w.fail(names[7])
	if got, want := string(w.manager.StatesJSON()), `{"checks":300,"ok":299,"failing":0,"down":1,"unknown":0,"not_ok":["`+names[7]+`"]}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What is open at a destination is what it was routed, as it may see it, without what is part of something that it knows.
func TestOpenAt(t *testing.T) {
	w := newWorld(t, "main-db", "disk", "a/web@h1", "b/web@h1", "b/shop@h2")
	w.routing.Chats = []model.Chat{{ID: 1}, {ID: 2, Scope: model.ScopeOf([]string{"b"})}, {ID: 3}}
	w.routing.Routes = []alerts.Route{
		{To: []model.Destination{{Channel: "telegram", Chat: 1}, {Channel: "telegram", Chat: 2}}},
	}
	w.manager.SetRouting(w.routing)
	w.fail("main-db", "disk", "a/web@h1", "b/web@h1")
	w.answer()
	w.heal("disk")
	w.wait(time.Minute)
	for chat, want := range map[model.ChatID]string{1: "check:main-db 1, host:h1 2", 2: "host:h1 1", 3: "", 4711: ""} {
		var got []string
		for _, in := range w.manager.OpenAt(model.Destination{Channel: "telegram", Chat: chat}) {
			got = append(got, fmt.Sprintf("%s %d", in.Key(), len(in.Failing)))
		}
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("%d: %q, want %q", chat, text, want)
		}
	}
}
