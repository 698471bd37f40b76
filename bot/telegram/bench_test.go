package telegram_test

import (
	"context"
	"testing"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/sandbox/botapi"
)

const (
	secretHalf = "AAsecretsecretsecretsecretsecret_half-x"
	token      = "123456789:" + secretHalf

	alice = 42
	group = -1001
	other = -1002
	forum = -1003
	topic = 7
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench is a Bot API server with a few people, and a client for it.
type bench struct {
	*testing.T
	ctx    context.Context
	server *botapi.Server
	clock  *botapi.ManualClock // nil: the machine's
	client *telegram.Client
}

// newBench runs on the machine's clock; newStillBench on one that the test moves.
func newBench(t *testing.T) *bench { return makeBench(t, nil) }

func newStillBench(t *testing.T) *bench { return makeBench(t, botapi.NewManualClock(epoch)) }

func makeBench(t *testing.T, clock *botapi.ManualClock) *bench {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	b := &bench{T: t, ctx: ctx, clock: clock}
	o := botapi.Options{Token: token}
	if clock != nil {
		o.Clock = clock
	}
	var err error
	if b.server, err = botapi.Start(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.server.Close)
	b.server.AddUser(botapi.User{ID: alice, FirstName: "Alice", LastName: "Ops", Username: "alice", Language: "ru"})
	b.server.AddChat(botapi.Chat{ID: group, Type: "supergroup", Title: "ops"})
	b.server.AddChat(botapi.Chat{ID: other, Type: "group", Title: "other"})
	b.server.AddChat(botapi.Chat{ID: forum, Type: "supergroup", Title: "forum", Forum: true, Topics: []botapi.Topic{{ID: topic, Name: "night"}}})
	b.client = b.newClient(telegram.Options{})
	return b
}

func (b *bench) newClient(o telegram.Options) *telegram.Client {
	b.Helper()
	o.Token = func() string { return token }
	if o.APIURLs == nil {
		o.APIURLs = []string{b.server.URL()}
	}
	if b.clock != nil {
		o.Clock = b.clock
	}
	c, err := telegram.NewClient(o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c
}

// freely are limits that no test meets.
func freely() telegram.Limits {
	much := telegram.Rate{N: 1000, Per: time.Microsecond}
	return telegram.Limits{All: much, Chat: much, Group: much}
}

// free makes a sender without limits worth the name.
func (b *bench) free() *telegram.Sender {
	return telegram.NewSender(b.client, telegram.SenderOptions{Limits: freely()})
}

func text(chat model.ChatID, html string) telegram.Outgoing {
	return telegram.Outgoing{Chat: chat, HTML: html}
}

// texts is what the chat shows, in order.
func (b *bench) texts(chat int64) []string {
	var out []string
	for _, m := range b.server.Messages(chat) {
		if m.FromBot && !m.Deleted {
			out = append(out, m.Text)
		}
	}
	return out
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// handlerFunc is a Handler.
type handlerFunc func(context.Context, telegram.Incoming)

func (f handlerFunc) Handle(ctx context.Context, in telegram.Incoming) { f(ctx, in) }

// poll runs a poller until stop is called, or the test ends.
func (b *bench) poll(o telegram.PollerOptions) (p *telegram.Poller, stop func() error) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.ctx)
	p = telegram.NewPoller(b.client, o)
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	var err error
	over := false
	stop = func() error {
		cancel()
		if !over {
			err, over = <-ended, true
		}
		return err
	}
	b.Cleanup(func() { _ = stop() }) // tests that care call it themselves
	return p, stop
}

func (b *bench) post(chat int64, texts ...string) {
	b.Helper()
	for _, text := range texts {
		if _, err := b.server.Post(botapi.Post{From: alice, Chat: chat, Text: text}); err != nil {
			b.Fatal(err)
		}
	}
}

// receive waits for the next value.
func receive[T any](b *bench, from <-chan T) T {
	b.Helper()
	select {
	case v := <-from:
		return v
	case <-b.ctx.Done():
		b.Fatal("nothing came")
		panic("unreachable")
	}
}
