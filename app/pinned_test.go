package app_test

import (
	"path/filepath"
	"strings"
	"testing"

	"opsbot/cli/control"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
)

// pin waits for the pinned message of a group.
func (p *product) pin(chat int64, words ...string) botapi.Message {
	p.t.Helper()
	m, err := p.world.Bot.WaitMessage(p.wait(), chat, func(m botapi.Message) bool { return m.Pinned && holds(m.Text, words) })
	if err != nil {
		p.t.Fatalf("no pinned message with %q in %d: %v\nchat:\n%s\nlog:\n%s", words, chat, err, p.chat(chat), p.out)
	}
	return m
}

// TestPinnedMessages: each group that wants one gets one, in its language and topic; after a restart it is the same one; and a reload without it
// ends it. The menus are those of each place.
func TestPinnedMessages(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	p.pinned = true
	p.write(p.world.Config())
	p.start()
	english, russian := p.pin(sandbox.OpsChat, "client", "Changed: "), p.pin(sandbox.OpsChatRu, "клиент", "Изменено: ")
	if english.Topic != sandbox.OpsTopic || russian.Topic != sandbox.OpsTopicRu || !english.Silent || len(english.Buttons) == 0 {
		t.Errorf("they are %+v and %+v", english, russian)
	}
	p.stop()
	p.start()
	p.settled()
	for chat, m := range map[int64]botapi.Message{sandbox.OpsChat: english, sandbox.OpsChatRu: russian} {
		if pins := p.world.Bot.Pins(chat); len(pins) != 1 || pins[0] != m.ID {
			t.Errorf("after a restart %v are pinned in %d, was %d", pins, chat, m.ID)
		}
	}
	for _, c := range []struct {
		scope botapi.Scope
		has   string
	}{
		{botapi.Scope{}, "/status"},
		{botapi.Scope{Type: "chat", Chat: sandbox.Operator}, "/mute"},
		{botapi.Scope{Type: "chat", Chat: sandbox.Admin}, "/users"},
		{botapi.Scope{Type: "chat_member", Chat: sandbox.OpsChatRu, User: sandbox.Operator}, "/mute"},
	} {
		p.until("a menu with "+c.has, func() bool {
			for _, command := range p.world.Bot.Commands(c.scope, "") {
				if "/"+command.Name == c.has {
					return true
				}
			}
			return false
		})
	}
	p.write(strings.ReplaceAll(p.world.Config(), "pinned = true\n", ""))
	if _, err := control.New(filepath.Join(p.dir, "opsbot.sock"), "en").Reload(p.wait()); err != nil {
		t.Fatal(err)
	}
	p.until("nothing is pinned", func() bool {
		return len(p.world.Bot.Pins(sandbox.OpsChat))+len(p.world.Bot.Pins(sandbox.OpsChatRu)) == 0
	})
}

// until waits until something is so, looking after each change of what Telegram has.
func (p *product) until(what string, is func() bool) {
	p.t.Helper()
	for ctx, version := p.wait(), uint64(0); !is(); {
		var err error
		if version, err = p.world.Bot.WaitChange(ctx, version); err != nil {
			p.t.Fatalf("wait until %s: %v\n%s", what, err, p.out)
		}
	}
}
