package notify_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/sandbox/botapi"
	"opsbot/store"
	"opsbot/store/storetest"
)

// The chats of refused: one that refuses, and one of the admins.
const (
	deniedChat model.ChatID = -7
	adminChat  model.ChatID = -8
)

// refused is a dispatcher with the real sender, at a Bot API server that refuses, all on one clock that the test moves.
type refused struct {
	t      *testing.T
	path   string
	clock  *botapi.ManualClock
	shift  atomic.Int64 // by which the wall clock is wrong
	server *botapi.Server
	db     *store.DB
	d      *notify.Dispatcher
	stop   func()
	mail   place
	rounds atomic.Int64

	mu  sync.Mutex
	log []model.Outage
}

func newRefused(t *testing.T) *refused {
	t.Helper()
	w := &refused{t: t, path: storetest.Empty(t), clock: botapi.NewManualClock(time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))}
	var err error
	if w.server, err = botapi.Start(botapi.Options{Clock: w.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.server.Close)
	w.server.AddChat(botapi.Chat{ID: int64(deniedChat), Type: "group", Title: "ops"})
	w.server.AddChat(botapi.Chat{ID: int64(adminChat), Type: "group", Title: "admins"})
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

// wall is the time by a clock that somebody may set.
func (w *refused) wall() time.Time { return w.clock.Now().Add(time.Duration(w.shift.Load())) }

func (w *refused) start() {
	w.t.Helper()
	var err error
	if w.db, err = store.Open(context.Background(), store.Options{Path: w.path, Now: w.wall}); err != nil {
		w.t.Fatal(err)
	}
	begun := w.clock.Now()
	w.d = notify.New(notify.Options{
		Store: w.db, Channels: w.channels(), Now: w.wall, Elapsed: func() time.Duration { return w.clock.Now().Sub(begun) },
		Notice: func(model.Destination) (model.Destination, bool) { return chat(adminChat), true },
		Fallback: func(model.Destination) notify.Fallback {
			return notify.Fallback{Name: "ops", To: []model.Destination{oncall}, After: 5 * time.Minute}
		},
		CatchUp:  func(context.Context) error { w.rounds.Add(1); return nil },
		Migrated: func(_, _ model.ChatID) {}, Digests: map[string]bool{"telegram": true},
		Outage: func(o model.Outage) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.log = append(w.log, o)
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.d.Run(ctx) }()
	db := w.db
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
		if err := db.Close(); err != nil {
			w.t.Error(err)
		}
	})
}

func (w *refused) channels() map[string]notify.Channel {
	client, err := telegram.NewClient(telegram.Options{Token: w.server.Token, APIURLs: []string{w.server.URL()}, Clock: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	paused, err := w.db.Pauses(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	much := telegram.Rate{N: 1000, Per: time.Microsecond}
	db := w.db
	sender := telegram.NewSender(client, telegram.SenderOptions{
		Limits: telegram.Limits{All: much, Chat: much, Group: much}, Patience: 2 * time.Second, Paused: paused,
		Pause:    func(chat model.ChatID, until time.Time) { _ = db.Pause(context.Background(), chat, until) },
		Migrated: func(from, to model.ChatID) { _ = db.Migrate(context.Background(), from, to) },
		Accepted: func(chat model.ChatID) { w.d.Accepts(chat) },
	})
	w.clock.Advance(time.Millisecond) // a sender begins as if it had sent a lot
	return map[string]notify.Channel{"telegram": chatChannel{sender: sender, now: w.wall}, "email:oncall": &w.mail}
}

func (w *refused) restart() {
	w.t.Helper()
	w.stop()
	w.start()
	w.settle()
}

// settle waits until everything that can be done now is.
func (w *refused) settle() {
	w.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for quiet := 0; quiet < 3; {
		before, rounds := w.done(), w.rounds.Load()
		w.d.Notify()
		for w.rounds.Load() == rounds || !w.d.Idle() {
			if time.Now().After(deadline) {
				w.t.Fatalf("it never settles: %d calls, idle %t, %+v, %+v", len(w.server.Calls()), w.d.Idle(), w.d.Stats(), w.d.Outages())
			}
			runtime.Gosched()
		}
		if quiet++; w.done() != before {
			quiet = 0
		}
	}
}

// done changes with whatever the dispatcher does.
func (w *refused) done() string {
	s := w.d.Stats()
	return fmt.Sprint(len(w.server.Calls()), w.mail.tried(), s.Skipped, s.DeadAt, s.Coalesced, s.FallbackCopies)
}

// pass lets time pass, in steps.
func (w *refused) pass(d, step time.Duration) {
	w.t.Helper()
	for ; d > 0; d -= step {
		w.clock.Advance(min(step, d))
		w.settle()
	}
}

func (w *refused) put(notifications ...model.Notification) {
	w.t.Helper()
	for i := range notifications {
		notifications[i].Created = w.wall()
	}
	if _, err := w.db.Commit(w.t.Context(), changeOf(notifications)); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

func (w *refused) refuse(r botapi.Refusal, d time.Duration) {
	w.server.Break(botapi.Fault{Kind: botapi.FaultRefused, Refusal: r, Chat: int64(deniedChat), For: d, Times: -1})
}

// tries is how many calls for the chat were refused.
func (w *refused) tries() (n int) {
	for _, c := range w.server.Calls() {
		if c.Fault != "" && c.Params["chat_id"] == fmt.Sprint(int64(deniedChat)) {
			n++
		}
	}
	return n
}

// got is what a chat was sent: "opened1".
func (w *refused) got(chat model.ChatID) (all []string) {
	for _, c := range w.server.Calls() {
		if to, m, ok := said(&c); ok && to == chat {
			all = append(all, fmt.Sprint(m.Kind, m.Incident))
		}
	}
	return all
}

func (w *refused) dead() []model.DeadLetter {
	w.t.Helper()
	dead, err := w.db.DeadLetters(context.Background(), 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	return dead
}

// owed is a critical notification for the chat that refuses.
func owed(kind model.NotificationKind, id model.IncidentID) model.Notification {
	n := critical(kind, id)
	n.To = chat(deniedChat)
	return n
}

// everyKind is one notification of each kind, in an order in which all of them have something to say; and what is copied of them.
func everyKind() (all []model.Notification, said, copied []string) {
	add := func(n model.Notification) {
		n.To = chat(deniedChat)
		if n.Kind != model.NotifyUpdated {
			said = append(said, fmt.Sprint(n.Kind, n.Incident))
		}
		all = append(all, n)
	}
	warning := newNotification(model.NotifyOpened, 2, deniedChat)
	warning.Severity = model.SeverityWarning
	add(critical(model.NotifyOpened, 1))
	add(critical(model.NotifyRaised, 1))
	add(warning)
	add(newNotification(model.NotifyOpened, 3, deniedChat)) // info
	add(critical(model.NotifyResolved, 1))
	add(critical(model.NotifyOpened, 4))
	add(critical(model.NotifyReminder, 5))
	for _, kind := range []model.NotificationKind{model.NotifyDigest, model.NotifyMuteEnded} {
		list := critical(kind, 0)
		id := model.IncidentID(10)
		if kind == model.NotifyMuteEnded {
			id = 11
		}
		list.Snapshot = model.Snapshot{Mute: &model.Mute{ID: 1}, Open: []model.Incident{{ID: id, Kind: model.IncidentCheck, Check: "c", Severity: model.SeverityCritical}}}
		add(list)
	}
	add(model.Notification{Kind: model.NotifyMuteEnding, Snapshot: model.Snapshot{Mute: &model.Mute{ID: 2, Until: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}, Hidden: &model.Hidden{}}})
	add(model.Notification{Kind: model.NotifyDaily, Snapshot: model.Snapshot{Daily: &model.Daily{}}})
	add(model.Notification{Kind: model.NotifyNotice, Snapshot: model.Snapshot{Notice: new(model.NewReason(model.NoticeMigrated, "from", "1", "to", "2"))}})
	add(model.Notification{Kind: model.NotifyReport, Snapshot: model.Snapshot{Report: &model.Report{Title: "r", Parts: &model.ReportParts{HTML: "r"}}}})
	return all, said, []string{"opened1*", "raised1*", "resolved1*", "opened4*", "digest0*", "mute_ended0*"}
}

// known has the store know the incidents that lists are about as open, as the Manager would.
func (w *refused) known() {
	w.t.Helper()
	var change model.Change
	for id := model.IncidentID(1); id <= 11; id++ {
		change.Incidents = append(change.Incidents, model.Incident{ID: id, Kind: model.IncidentCheck, Check: "c", OpenedAt: w.wall(), Severity: model.SeverityCritical})
		change.Cards = append(change.Cards, model.Card{Incident: id, To: chat(deniedChat), Down: true})
	}
	if _, err := w.db.Commit(w.t.Context(), change); err != nil {
		w.t.Fatal(err)
	}
}

// probes is how many attempts there are in a time: at once, then after 1, 2, 4 ... minutes since the first, then every hour.
func probes(d time.Duration) int {
	n := 1
	for at := time.Minute; at <= d; at += min(at, time.Hour) {
		n++
	}
	return n
}

// TestWhatARefusedChatIsOwedWaits: every answer that sounds final, for a second and for an hour, with a notification of every kind: all
// of it arrives in order, the fallback has what is critical meanwhile, the admins read of it once and of its end once, and there are
// few attempts.
func TestWhatARefusedChatIsOwedWaits(t *testing.T) {
	means := map[string]bool{}
	for _, refusal := range botapi.Refusals() {
		if testing.Short() && means[refusal.Means] || underRace && len(means) > 1 {
			continue
		}
		means[refusal.Means] = true
		for _, lasts := range []time.Duration{time.Second, time.Hour} {
			t.Run(fmt.Sprint(refusal.Description, lasts), func(t *testing.T) {
				t.Parallel()
				w := newRefused(t)
				w.known()
				w.refuse(refusal, lasts)
				all, said, copied := everyKind()
				w.put(all...)
				if got := w.mail.said(); !slices.Equal(got, copied) {
					t.Errorf("the fallback has %q, want %q", got, copied)
				}
				w.pass(lasts, 2*time.Minute)
				w.pass(64*time.Minute, 16*time.Minute)
				w.same(deniedChat, said)
				if got := w.got(adminChat); !slices.Equal(got, []string{"notice0", "notice0"}) {
					t.Errorf("the admins read %q", got)
				}
				each := 1
				if refusal.Means == "unclear" {
					each = 6 // it may be the message: other forms of it are tried, and after a while another message
				}
				if n := w.tries(); n == 0 || n > each*(probes(lasts)+1) { // the report sets out with the first alert
					t.Errorf("%d calls were refused, want at most %d", n, each*(probes(lasts)+1))
				}
				if dead := w.dead(); len(dead) > 0 || len(w.d.Outages()) > 0 {
					t.Errorf("dead letters %+v, outages %+v", dead, w.d.Outages())
				}
			})
		}
	}
}

// same compares what a chat was sent. Reports have an order of their own.
func (w *refused) same(chat model.ChatID, want []string) {
	w.t.Helper()
	got := w.got(chat)
	isReport := func(s string) bool { return strings.HasPrefix(s, "report") }
	if slices.ContainsFunc(got, isReport) != slices.ContainsFunc(want, isReport) {
		w.t.Errorf("a report: %q", got)
	}
	got, want = slices.DeleteFunc(got, isReport), slices.DeleteFunc(slices.Clone(want), isReport)
	if !slices.Equal(got, want) {
		w.t.Errorf("the chat was sent %q, want %q", got, want)
	}
}

// TestARefusalForEverEndsAsDeadLetters: after 7 days, and not before, what waited is given up, with few attempts; and what came later
// goes on waiting.
func TestARefusalForEverEndsAsDeadLetters(t *testing.T) {
	means := map[string]bool{}
	for _, refusal := range botapi.Refusals() {
		if means[refusal.Means] || underRace && len(means) > 0 { // what differs is only the words
			continue
		}
		means[refusal.Means] = true
		t.Run(refusal.Means, func(t *testing.T) {
			t.Parallel()
			w := newRefused(t)
			w.known()
			w.refuse(refusal, 0)
			all, _, copied := everyKind()
			w.put(all...)
			w.pass(3*model.Day, 3*time.Hour)
			w.restart()
			w.put(owed(model.NotifyOpened, 9))
			w.pass(4*model.Day-2*time.Hour, 3*time.Hour)
			if dead := w.dead(); len(dead) > 0 {
				t.Fatalf("given up too early: %+v", dead)
			}
			w.pass(5*time.Hour, time.Hour)
			if dead := w.dead(); len(dead) != len(all) || dead[0].Why != string(model.SendDenied) {
				t.Errorf("%d dead letters of %d: %+v", len(dead), len(all), dead)
			}
			if got := w.mail.said(); !slices.Equal(got, append(copied, "opened9*")) {
				t.Errorf("the fallback has %q", got)
			}
			if got := w.got(adminChat); !slices.Equal(got, []string{"notice0", "notice0"}) { // that it refuses, and that something was given up
				t.Errorf("the admins read %q", got)
			}
			each := 1
			if refusal.Means == "unclear" {
				each = 6
			}
			if n, most := w.tries(), each*(probes(7*model.Day+3*time.Hour)+1); n > most {
				t.Errorf("%d calls were refused, want at most %d", n, most)
			}
			w.server.Heal()
			w.pass(time.Hour, time.Hour)
			w.same(deniedChat, []string{"opened9"})
		})
	}
}

// TestAChatIsTriedAtOnceWhenItMayBeBack: whatever lets it be known that a chat accepts messages again has it tried, without any time
// that passes.
func TestAChatIsTriedAtOnceWhenItMayBeBack(t *testing.T) {
	const moved model.ChatID = -1007
	for name, tt := range map[string]struct {
		back func(w *refused)
		to   model.ChatID
	}{
		"somebody adds the bot":   {func(w *refused) { w.d.Admitted(deniedChat) }, deniedChat},
		"it takes another answer": {func(w *refused) { w.d.Accepts(deniedChat) }, deniedChat},
		"a reload":                {func(w *refused) { w.d.SetChannels(w.channels()) }, deniedChat},
		"a restart":               {func(w *refused) { w.restart() }, deniedChat},
		"it has a new id": {func(w *refused) {
			if err := w.db.Migrate(w.t.Context(), deniedChat, moved); err != nil {
				w.t.Fatal(err)
			}
			w.d.Notify()
		}, moved},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newRefused(t)
			w.server.AddChat(botapi.Chat{ID: int64(moved), Type: "supergroup", Title: "ops"})
			w.refuse(botapi.Refusals()[0], 0)
			w.put(owed(model.NotifyOpened, 1), owed(model.NotifyOpened, 2))
			w.pass(6*time.Hour, time.Minute)
			before := w.tries()
			tt.back(w)
			w.settle()
			if tried := w.tries() - before; tried > 1 {
				t.Errorf("%d attempts while it still refuses", tried)
			}
			w.server.Heal()
			if tt.to == deniedChat {
				w.pass(acceptPause, acceptPause)
				tt.back(w)
			}
			w.settle()
			w.same(tt.to, []string{"opened1", "opened2"})
		})
	}
}

// acceptPause is from one attempt to the next that another message in the same chat brings about.
const acceptPause = 5 * time.Second

// TestWhatIsNewIsCopiedWhileNobodyTries: between two attempts, which may be an hour apart, new critical incidents reach the fallback.
func TestWhatIsNewIsCopiedWhileNobodyTries(t *testing.T) {
	w := newRefused(t)
	w.refuse(botapi.Refusals()[0], 0)
	w.put(owed(model.NotifyOpened, 1))
	w.pass(3*time.Hour, time.Minute)
	before := w.tries()
	for id := range model.IncidentID(60) { // more than are read at once
		w.put(owed(model.NotifyOpened, 2+id))
	}
	w.put(owed(model.NotifyResolved, 1))
	if got := w.mail.said(); len(got) != 62 || got[61] != "resolved1*" || w.tries() != before {
		t.Errorf("%d copies, %d attempts: %q", len(got), w.tries()-before, got)
	}
	w.pass(6*time.Minute, time.Minute)
	w.server.Heal()
	w.d.Admitted(deniedChat)
	w.settle()
	if got := w.got(deniedChat); !slices.Equal(got, []string{"opened1", "digest0"}) {
		t.Errorf("what piled up: %q", got)
	}
}

// TestAMessageThatIsRefusedInUnknownWordsHoldsUpNobodyForLong: when others are accepted it was the message.
func TestAMessageThatIsRefusedInUnknownWordsHoldsUpNobodyForLong(t *testing.T) {
	w := newRefused(t)
	w.put(owed(model.NotifyOpened, 1))
	unknown := botapi.Refusal{Code: 400, Description: "Bad Request: NEVER_HEARD_OF_IT"}
	w.server.Break(botapi.Fault{Kind: botapi.FaultRefused, Chat: int64(deniedChat), Method: "sendMessage", Text: "opened", Refusal: unknown, Times: -1})
	w.server.Break(botapi.Fault{Kind: botapi.FaultRefused, Chat: int64(deniedChat), Method: "sendDocument", Refusal: unknown, Times: -1})
	w.put(owed(model.NotifyOpened, 2), owed(model.NotifyResolved, 1))
	w.pass(40*time.Minute, time.Minute)
	w.same(deniedChat, []string{"opened1", "resolved1", "notice0"})
	if dead := w.dead(); len(dead) != 1 || dead[0].Notification.Incident != 2 || dead[0].Why != string(model.SendBad) {
		t.Errorf("%+v", dead)
	}
}

// TestAnEditThatIsRefusedInUnknownWordsHoldsUpNobody: the card stays as it is, and what is news comes within two minutes.
func TestAnEditThatIsRefusedInUnknownWordsHoldsUpNobody(t *testing.T) {
	w := newRefused(t)
	w.known()
	w.put(owed(model.NotifyOpened, 1))
	w.server.Break(botapi.Fault{Kind: botapi.FaultRefused, Method: "editMessageText", Chat: int64(deniedChat), Refusal: botapi.Refusal{Code: 400, Description: "Bad Request: NEVER_HEARD_OF_IT"}, Times: -1})
	w.put(owed(model.NotifyUpdated, 1), owed(model.NotifyOpened, 2))
	w.pass(2*time.Minute, 10*time.Second)
	if got := w.got(deniedChat); len(got) < 2 || got[1] != "opened2" {
		t.Errorf("the chat was sent %q", got)
	}
	if dead := w.dead(); len(dead) != 1 || dead[0].Notification.Kind != model.NotifyUpdated {
		t.Errorf("%+v", dead)
	}
}

// TestARefusedFileHoldsUpNoAlert: a chat that takes texts and no files.
func TestARefusedFileHoldsUpNoAlert(t *testing.T) {
	w := newRefused(t)
	w.server.Break(botapi.Fault{
		Kind: botapi.FaultRefused, Refusal: botapi.Refusal{Code: 400, Description: "Bad Request: not enough rights to send documents to the chat"},
		Chat: int64(deniedChat), Text: "report", For: 3 * time.Hour, Times: -1,
	})
	all, _, _ := everyKind()
	w.put(all[len(all)-1])
	for i := range model.IncidentID(5) {
		w.put(owed(model.NotifyOpened, 1+i))
		if got := w.got(deniedChat); len(got) != int(i)+1 {
			t.Fatalf("the chat was sent %q", got)
		}
		w.pass(10*time.Minute, time.Minute)
	}
	if n := w.tries(); n > probes(time.Hour) || len(w.mail.said()) > 0 {
		t.Errorf("%d attempts, copies %q", n, w.mail.said())
	}
	w.pass(4*time.Hour, time.Minute)
	if got := w.got(deniedChat); len(got) != 6 || len(w.d.Outages()) > 0 {
		t.Errorf("the chat was sent %q, %+v", got, w.d.Outages())
	}
}

// TestAFaultBesideARefusedFileIsNoDenial: while a chat denies files, an alert meets a fault of the network: nothing goes to the fallback for it, and
// nobody reads that the chat accepts messages again while it still denies files.
func TestAFaultBesideARefusedFileIsNoDenial(t *testing.T) {
	w := newRefused(t)
	w.server.Break(botapi.Fault{
		Kind: botapi.FaultRefused, Refusal: botapi.Refusal{Code: 400, Description: "Bad Request: not enough rights to send documents to the chat"},
		Chat: int64(deniedChat), Text: "report", For: 12 * time.Hour, Times: -1,
	})
	all, _, _ := everyKind()
	w.put(all[len(all)-1])
	w.server.Break(botapi.Fault{Kind: botapi.FaultReset, Chat: int64(deniedChat), Text: "opened", Times: 1})
	w.put(owed(model.NotifyOpened, 1))
	w.pass(time.Minute, time.Second)
	if got := w.got(deniedChat); !slices.Equal(got, []string{"opened1"}) {
		t.Fatalf("the chat was sent %q", got)
	}
	if got := w.mail.said(); len(got) > 0 {
		t.Errorf("the fallback has %q", got)
	}
	w.pass(2*time.Hour, 5*time.Minute)
	for _, o := range w.ended() {
		if o.Noticed {
			t.Errorf("it is said to accept messages again: %+v", o)
		}
	}
	if all := w.d.Outages(); len(all) != 1 || all[0].Denial != model.DenialFiles {
		t.Errorf("what is known of it: %+v", all)
	}
}

// ended are the outages that were over, as they were passed on.
func (w *refused) ended() (all []model.Outage) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.log {
		if o.Failure == "" {
			all = append(all, o)
		}
	}
	return all
}

// TestEachDenialIsSaid: a chat that takes the bot back and refuses again soon after is said to refuse, though not at once: otherwise the last
// word would be that it accepts messages.
func TestEachDenialIsSaid(t *testing.T) {
	w := newRefused(t)
	w.known()
	w.refuse(botapi.Refusals()[0], 0)
	w.put(owed(model.NotifyOpened, 1))
	w.pass(10*time.Minute, time.Minute)
	w.server.Heal()
	w.d.Admitted(deniedChat)
	w.settle()
	w.refuse(botapi.Refusals()[0], 0)
	w.put(owed(model.NotifyOpened, 2))
	w.pass(3*time.Hour, 5*time.Minute)
	if got := w.got(adminChat); len(got) != 3 {
		t.Errorf("the admins read %q: that it refuses, accepts, and refuses", got)
	}
}

// TestAClockThatIsSetEndsNoWait: a wall clock that is a week ahead for an hour makes nothing a dead letter.
func TestAClockThatIsSetEndsNoWait(t *testing.T) {
	w := newRefused(t)
	w.known()
	w.refuse(botapi.Refusals()[0], 0)
	w.put(owed(model.NotifyOpened, 1), owed(model.NotifyOpened, 2))
	w.pass(time.Hour, time.Minute)
	w.shift.Store(int64(8 * model.Day))
	w.pass(3*time.Hour, 10*time.Minute)
	w.shift.Store(0)
	w.server.Heal()
	w.d.Admitted(deniedChat)
	w.settle()
	if dead := w.dead(); len(dead) > 0 {
		t.Errorf("given up: %+v", dead)
	}
	w.same(deniedChat, []string{"opened1", "opened2"})
}

// TestALongWait: a 429 of hours is interrupted by one call every 10 minutes, the fallback has what is critical once it is due, and what
// is said of the chat is until when it wants to be left alone. A clock that is set, and a restart, change nothing of that.
func TestALongWait(t *testing.T) {
	const asked = 10072 * time.Second
	for name, disturb := range map[string]func(w *refused){
		"undisturbed":           func(*refused) {},
		"the clock is set back": func(w *refused) { w.shift.Add(int64(-2 * time.Hour)) },
		"the clock is set on":   func(w *refused) { w.shift.Add(int64(2 * time.Hour)) },
		"a restart":             func(w *refused) { w.restart() },
		"a restart, set back":   func(w *refused) { w.shift.Add(int64(-48 * time.Hour)); w.restart() },
	} {
		if underRace && name != "a restart" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newRefused(t)
			w.server.Break(botapi.Fault{Kind: botapi.FaultFlood, RetryAfter: int(asked / time.Second), Chat: int64(deniedChat), Times: 5})
			w.put(owed(model.NotifyOpened, 1))
			if all := w.d.Outages(); len(all) != 1 || all[0].Failure != model.SendFlood || !all[0].Until.Equal(w.wall().Add(asked)) {
				t.Errorf("what is said of it: %+v", all)
			}
			w.pass(4*time.Minute, time.Minute)
			if got := w.mail.said(); len(got) > 0 {
				t.Errorf("too early: %q", got)
			}
			disturb(w)
			w.pass(time.Minute, time.Minute)
			w.put(owed(model.NotifyOpened, 2))
			if got := w.mail.said(); !slices.Equal(got, []string{"opened1*", "opened2*"}) && name != "a restart, set back" { // nobody knows since when it waits
				t.Errorf("the fallback has %q", got)
			}
			w.pass(44*time.Minute, time.Minute)
			if got := w.mail.said(); !slices.Equal(got, []string{"opened1*", "opened2*"}) {
				t.Errorf("the fallback has %q", got)
			}
			if n := w.tries(); n != 5 {
				t.Errorf("%d calls in 49 minutes", n)
			}
			if got := w.got(deniedChat); len(got) > 0 {
				t.Errorf("the chat was sent %q", got)
			}
			w.pass(12*time.Minute, time.Minute)
			w.same(deniedChat, []string{"opened1", "opened2"})
			if len(w.d.Outages()) > 0 || len(w.got(adminChat)) > 0 {
				t.Errorf("%+v, the admins read %q", w.d.Outages(), w.got(adminChat))
			}
		})
	}
}

// TestADigestThatWaitedIsFollowedByItsEnds: what a digest opens is not closed by name before it, whatever is refused meanwhile.
func TestADigestThatWaitedIsFollowedByItsEnds(t *testing.T) {
	w := newRefused(t)
	w.known()
	var waiting []model.Notification
	for id := model.IncidentID(1); id <= 8; id++ {
		waiting = append(waiting, owed(model.NotifyOpened, id))
	}
	digest := owed(model.NotifyDigest, 0)
	digest.Snapshot = model.Snapshot{Backlog: true}
	for _, n := range waiting {
		digest.Snapshot.Open = append(digest.Snapshot.Open, *n.Snapshot.Incident)
	}
	w.refuse(botapi.Refusals()[0], time.Hour)
	w.put(digest)
	w.pass(10*time.Minute, time.Minute)
	end := owed(model.NotifyResolved, 3)
	ended := model.Incident{ID: 3, Kind: model.IncidentCheck, Check: "c", OpenedAt: w.wall().Add(-time.Hour), ClosedAt: w.wall()}
	end.Snapshot.Incident = &ended
	if _, err := w.db.Commit(t.Context(), model.Change{Incidents: []model.Incident{ended}}); err != nil {
		t.Fatal(err)
	}
	w.put(end)
	w.pass(2*time.Hour, time.Minute)
	w.same(deniedChat, []string{"digest0"}) // it says that #3 came and went: its end says nothing more
	_, m, _ := said(&w.server.Calls("sendMessage")[len(w.server.Calls("sendMessage"))-2])
	if !slices.Contains(m.Gone, 3) || slices.Contains(m.Open, 3) || len(m.Open) != 7 {
		t.Errorf("the digest reads %+v", m)
	}
}
