package bot_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// notify delivers a notification to the ops chat, for the card of a message.
func (w *world) notify(notification model.Notification, message int) int {
	w.Helper()
	notification.To = model.Destination{Channel: "telegram", Chat: opsChat}
	receipt, err := w.channel.Deliver(w.ctx, notification, model.Card{Message: message})
	w.ok(err)
	return receipt.Message
}

func data(m botapi.Message) []string {
	var all []string
	for _, row := range m.Buttons {
		for _, b := range row {
			all = append(all, b.Data)
		}
	}
	return all
}

// An edit keeps the buttons of its card: whoever has the old picture on their phone may still press them. A rise is a
// new card that the old one points to; the end answers the card.
func TestLifeOfACard(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	first := w.notify(about(model.NotifyOpened, ofService()), 0)
	before := data(w.ours(opsChat, 1, false))
	w.notify(about(model.NotifyUpdated, changed(ofService(), func(in *model.Incident) { in.Failing = in.Failing[:2] })), first)
	if after := data(w.ours(opsChat, 1, false)); len(before) != 5 || !slices.Equal(before, after) {
		t.Errorf("the buttons were %v and are %v", before, after)
	}
	second := w.notify(about(model.NotifyRaised, ofService()), first)
	old, newer := w.ours(opsChat, 2, false), w.ours(opsChat, 1, false)
	if second == first || !strings.Contains(old.Text, "see the new card") || len(old.Buttons) != 0 {
		t.Errorf("the old card reads %q with %v", old.Text, old.Buttons)
	}
	if newer.ReplyTo != first || len(newer.Buttons) != 2 {
		t.Errorf("the new one answers %d, buttons %v", newer.ReplyTo, newer.Buttons)
	}
	w.notify(about(model.NotifyUpdated, changed(ofService(), closed)), second)
	if m := w.ours(opsChat, 1, false); len(m.Buttons) != 0 {
		t.Errorf("a card whose incident is over has buttons: %v", m.Buttons)
	}
	w.notify(about(model.NotifyResolved, changed(ofService(), closed)), second)
	if m := w.ours(opsChat, 1, false); m.ReplyTo != second || m.Silent || len(m.Buttons) != 0 {
		t.Errorf("the end: %+v", m)
	}
}

// Ids of buttons cannot be made up, and differ between chats, incidents and keys.
func TestButtonsOfCardsAreSecret(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	seen := map[string]bool{}
	for _, key := range []string{"one key", "another key"} {
		w.channel.Key = []byte(key)
		for _, chat := range []model.ChatID{opsChat, acmeChat} {
			for _, in := range []*model.Incident{ofCheck(), ofService()} {
				notification := about(model.NotifyOpened, in)
				notification.To = model.Destination{Channel: "telegram", Chat: chat}
				_, err := w.channel.Deliver(w.ctx, notification, model.Card{})
				w.ok(err)
				for _, id := range data(w.ours(int64(chat), 1, true)) {
					if seen[id] || len(id) < 20 || strings.Contains(id, in.Key()) {
						t.Errorf("button id %q", id)
					}
					seen[id] = true
				}
			}
		}
	}
}

// noButtons is a store that keeps none.
type noButtons struct{}

func (noButtons) PutButtons(context.Context, map[string]model.Button) error {
	return errors.New("the disk is full")
}

func (noButtons) Button(context.Context, string) (model.Button, bool, error) {
	return model.Button{}, false, errors.New("the disk is full")
}

func (noButtons) CardAt(context.Context, model.ChatID, int) (model.IncidentID, bool, error) {
	return 0, false, nil
}

// An alert without buttons is better than none.
func TestFullDiskDoesNotHoldAlertsBack(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.channel.Buttons = noButtons{}
	w.notify(about(model.NotifyOpened, ofCheck()), 0)
	if m := w.ours(opsChat, 1, false); !strings.HasPrefix(m.Text, "🔴 main-db is down") || len(m.Buttons) != 0 {
		t.Errorf("it reads %q %v", m.Text, m.Buttons)
	}
}

// Whoever stops opsbot does not wait for a long run.
func TestStopCutsARunShort(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.engine.hold, w.engine.began = make(chan struct{}), make(chan struct{}, 1)
	for _, line := range []string{"/webtest all", "/webtest acme"} {
		ctx, cancel := context.WithCancel(w.ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			w.bot.Handle(ctx, texted(operator, opsChat, line))
		}()
		w.receive(w.engine.began)
		cancel()
		w.receive(ended)
	}
	for _, m := range w.server.Messages(opsChat) {
		if strings.Contains(m.Text, "critical") || strings.Contains(m.Text, "well") {
			t.Errorf("half a run reads as a result: %q", m.Text)
		}
	}
}

// Whoever closes or deletes a topic does not lose the alerts that were for it, and reads why they are where they are. What the chat
// itself refuses is not tried twice.
func TestAlertOfATopicThatIsGoneSaysSo(t *testing.T) {
	for language, line := range map[string]string{"en": "topic 21 is closed or deleted, so this message is here", "ru": "тема 21 закрыта или удалена, поэтому сообщение здесь"} {
		w := newWorld(t, options{language: language})
		for _, refusal := range botapi.Refusals() {
			w.server.Heal()
			w.server.Break(botapi.Fault{Kind: botapi.FaultRefused, Refusal: refusal, Topic: 21, Times: -1})
			calls := len(w.server.Calls("sendMessage"))
			notification := about(model.NotifyOpened, ofCheck())
			notification.To = model.Destination{Channel: "telegram", Chat: forum, Topic: 21}
			receipt, err := w.channel.Deliver(w.ctx, notification, model.Card{})
			calls = len(w.server.Calls("sendMessage")) - calls
			if refusal.Means != "topic" {
				if err == nil || calls > 2 {
					t.Errorf("%s: %v, %d calls", refusal.Description, err, calls)
				}
				continue
			}
			w.ok(err)
			if m := w.ours(forum, 1, false); m.ID != receipt.Message || m.Topic != 0 || !strings.Contains(m.Text, line) || calls != 2 {
				t.Errorf("%s: it reads %q in topic %d, %d calls", refusal.Description, m.Text, m.Topic, calls)
			}
		}
	}
}

// Whoever deletes a topic does not lose the alerts that were for it.
func TestAlertOfADeletedTopicComesWithoutIt(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	notification := about(model.NotifyOpened, ofCheck())
	notification.To = model.Destination{Channel: "telegram", Chat: forum, Topic: night + 1}
	receipt, err := w.channel.Deliver(w.ctx, notification, model.Card{})
	w.ok(err)
	m := w.ours(forum, 1, false)
	if m.ID != receipt.Message || m.Topic != 0 || !strings.HasPrefix(m.Text, "🔴 main-db is down") || len(m.Buttons) == 0 {
		t.Errorf("it reads %q in topic %d, %v", m.Text, m.Topic, m.Buttons)
	}
	notification.To = model.Destination{Channel: "telegram", Chat: -1999, Topic: night}
	var failure *model.SendError
	if _, err := w.channel.Deliver(w.ctx, notification, model.Card{}); !errors.As(err, &failure) || failure.Failure != model.SendDenied {
		t.Errorf("a chat that is not there: %v", err)
	}
}

// Incidents that are open at the end of a mute can be opened from there, one button for each of the first, and one for all of them.
func TestWhatIsOpenHasButtons(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	stillOpen := make([]model.Incident, 9)
	for i := range stillOpen {
		stillOpen[i] = *ofCheck()
		stillOpen[i].ID = model.IncidentID(i + 1)
	}
	w.notify(model.Notification{Kind: model.NotifyMuteEnded, Created: epoch, Snapshot: model.Snapshot{Mute: mute(), Open: stillOpen}}, 0)
	all := data(w.ours(opsChat, 1, false))
	if len(all) != 7 {
		t.Fatalf("%d buttons", len(all))
	}
	for i, id := range all {
		button, found, err := w.db.Button(w.ctx, id)
		want := "incident:" + strconv.Itoa(i+1)
		if i == 6 {
			want = "/incidents"
		}
		if err != nil || !found || button.Action != "run" || button.Args["line"] != want {
			t.Errorf("button %d: %+v, %v", i, button, err)
		}
	}
}
