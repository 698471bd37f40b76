package bot_test

import (
	"slices"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/sandbox/botapi"
	"opsbot/texts"
)

// menu are the names that Telegram lists in a place.
func (w *world) menu(scope botapi.Scope, language string) string {
	var names []string
	for _, c := range w.server.Commands(scope, language) {
		names = append(names, c.Name)
	}
	return " " + strings.Join(names, " ") + " "
}

func menuCalls(w *world) int {
	return len(w.server.Calls("setMyCommands")) + len(w.server.Calls("deleteMyCommands"))
}

// TestMenus: everybody sees what a viewer may ask; a chat, a person in private and a person in a group see what they may, and nothing is sent twice.
func TestMenus(t *testing.T) {
	w := newWorld(t, options{language: "ru"})
	w.do("viewer: /whoami") // Telegram has said who we are
	w.ok(w.bot.SetMenus(w.ctx))
	calls := menuCalls(w)
	w.ok(w.bot.SetMenus(w.ctx))
	w.restart(&options{})
	w.ok(w.bot.SetMenus(w.ctx))
	if n := menuCalls(w); n != calls {
		t.Errorf("%d calls although nothing changed", n-calls)
	}
	for _, c := range []struct {
		scope    botapi.Scope
		language string
		has, not string
	}{
		{botapi.Scope{}, "", "status history", "mute audit"},
		{botapi.Scope{}, texts.Russian, "status history", "mute audit"},
		{botapi.Scope{Type: "chat", Chat: opsChat}, "", "status", "mute audit"},
		{botapi.Scope{Type: "chat", Chat: viewer}, "", "status", "mute audit"},
		{botapi.Scope{Type: "chat", Chat: operator}, texts.Russian, "mute ack", "audit"},
		{botapi.Scope{Type: "chat", Chat: admin}, "", "mute audit users", "zq"},
		{botapi.Scope{Type: "chat_member", Chat: opsChat, User: operator}, "", "mute ack", "audit"},
		{botapi.Scope{Type: "chat_member", Chat: opsChat, User: admin}, "", "mute audit", "zq"},
	} {
		menu := w.menu(c.scope, c.language)
		for name := range strings.FieldsSeq(c.has) {
			if !strings.Contains(menu, " "+name+" ") {
				t.Errorf("%+v %q has no /%s:%s", c.scope, c.language, name, menu)
			}
		}
		for name := range strings.FieldsSeq(c.not) {
			if strings.Contains(menu, " "+name+" ") {
				t.Errorf("%+v %q has /%s:%s", c.scope, c.language, name, menu)
			}
		}
	}
	if list := w.server.Commands(botapi.Scope{Type: "chat", Chat: opsChat}, ""); list[0].Description != w.texts.For("ru").T("cmd.status") {
		t.Errorf("the menu of a Russian chat says %q", list[0].Description)
	}
}

// TestMenusFollowPeople: who may do more sees more, who lost their access sees what everybody does, and a chat that Telegram does not know stops nothing.
func TestMenusFollowPeople(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.do("viewer: /whoami")
	w.rooms = append(slices.Clone(w.rooms), model.Chat{ID: -1999, Language: "en", Role: model.RoleViewer}) // Telegram knows no such chat
	w.people.SetConfig(w.rooms, w.users)
	w.server.Break(botapi.Fault{Method: "getMyCommands", Chat: 0, Kind: botapi.FaultServer})
	for range 2 {
		if err := w.bot.SetMenus(w.ctx); err == nil {
			break
		}
	}
	w.do("!role viewer operator")
	w.ok(w.bot.SetMenus(w.ctx))
	if menu := w.menu(botapi.Scope{Type: "chat", Chat: viewer}, ""); !strings.Contains(menu, " mute ") {
		t.Errorf("in private:%s", menu)
	}
	w.users = slices.DeleteFunc(slices.Clone(w.users), func(u model.User) bool { return u.ID == viewer })
	w.people.SetConfig(w.rooms, w.users)
	w.ok(w.bot.SetMenus(w.ctx))
	for _, scope := range []botapi.Scope{{Type: "chat", Chat: viewer}, {Type: "chat_member", Chat: opsChat, User: viewer}} {
		if menu := w.menu(scope, ""); strings.TrimSpace(menu) != "" {
			t.Errorf("%+v is left:%s", scope, menu)
		}
	}
}
