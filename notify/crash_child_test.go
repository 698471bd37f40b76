package notify_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"opsbot/alerts"
	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/store"
	"opsbot/test/clock"
)

// crashOrders is the environment variable that turns this binary into the victim; it holds its orders, as JSON.
const crashOrders = "OPSBOT_CRASH_ORDERS"

// orders are the parameters of a victim.
type orders struct {
	URL, Token string // of the Bot API server
	Dir        string // of the database, and of the journal of processed results
	Seed       uint64 // seed of the random check results
	Drain      bool   // heal everything, send everything, end
	Joins      bool   // what fails joins what failed before
	Digests    bool   // a backlog becomes a digest
	Fill       int    // without storms and flapping, until that many messages wait for chatAll; then die
	Epoch      time.Time
}

// crashSpeed is how much faster than the machine's clock the clock of the alerts.Manager runs, so that waits end within a
// run. It is continuous across kills. Delivery runs in real time, as Telegram does.
const crashSpeed = 60

// crashPace is the time between two actions: if they come faster everything is a storm, and a storm is one message.
const crashPace = 6 * time.Millisecond

func (o *orders) now() time.Time {
	return o.Epoch.Add(crashSpeed * time.Since(o.Epoch))
}

// mostShift is how far the wall clock that deliveries see is set back, at most. It is never ahead: messages that wait for active hours
// are due by the fast clock.
const mostShift = 3 * time.Hour

// movedClock is a wall clock that is set now and then; what it measures is right. It implements telegram.Clock. Each line of its file is
// when it was set, and to what: the next process has it so.
type movedClock struct {
	by   atomic.Int64
	file *os.File
}

func openMovedClock(dir string) (*movedClock, error) {
	text, err := os.ReadFile(filepath.Join(dir, "steps"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	c := &movedClock{}
	for line := range strings.Lines(string(text)) {
		var at, by int64
		if n, _ := fmt.Sscan(line, &at, &by); n == 2 && strings.HasSuffix(line, ".\n") { // not cut off
			c.by.Store(by)
		}
	}
	c.file, err = os.OpenFile(filepath.Join(dir, "steps"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	return c, err
}

func (c *movedClock) Now() time.Time                         { return clock.Moved(time.Now(), time.Duration(c.by.Load())) }
func (c *movedClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// step sets it, back or forth.
func (c *movedClock) step(random *rand.Rand) error {
	by := -random.Int64N(int64(mostShift))
	c.by.Store(by)
	_, err := fmt.Fprintf(c.file, "%d %d .\n", time.Now().UnixMilli(), by)
	return err
}

// The chats. They differ in scope and active hours, and so in the oracle's rules for them.
const (
	chatAll     model.ChatID = 11  // everything, always
	chatScoped  model.ChatID = -21 // of client a only; it migrates to a new id
	chatMoved   model.ChatID = -1000000000021
	chatHours   model.ChatID = -31 // warnings and worse, in some minutes of the day, with mutes of its own
	chatOutcast model.ChatID = -41 // removes the bot now and then
)

// wire is the content of a message: the text of every message is one of these.
type wire struct {
	ID       int64                  `json:"i"`
	Kind     model.NotificationKind `json:"k"`
	Incident model.IncidentID       `json:"n,omitempty"`
	Repeat   bool                   `json:"r,omitempty"`
	Closed   bool                   `json:"c,omitempty"`
	Open     idList                 `json:"s,omitempty"`
	Gone     idList                 `json:"g,omitempty"`
	Resolved idList                 `json:"u,omitempty"`
	Report   string                 `json:"d,omitempty"` // content of its parts
	At       time.Time              `json:"t"`           // when it was rendered, by the fast clock
	Named    model.Named            `json:"m,omitempty"` // of joins: what it names as failing
	Was      model.Named            `json:"w,omitempty"` // of joins: what it lists of an incident that is over
	Made     time.Time              `json:"b,omitzero"`  // of joins: when its row was written
}

// chatChannel sends by the real sender, with short texts.
type chatChannel struct {
	sender *telegram.Sender
	now    func() time.Time
	joins  bool
}

// idList are numbers in order. A thousand of them fit in a message: as the steps between them, in base64.
type idList []model.IncidentID

func idsIn(all []model.Incident) (ids idList) {
	for i := range all {
		ids = append(ids, all[i].ID)
	}
	slices.Sort(ids)
	return ids
}

func (l idList) MarshalText() ([]byte, error) {
	var steps []byte
	last := model.IncidentID(0)
	for _, id := range l {
		steps = binary.AppendUvarint(steps, uint64(id-last)) //nolint:gosec // in order
		last = id
	}
	return base64.StdEncoding.AppendEncode(nil, steps), nil
}

func (l *idList) UnmarshalText(text []byte) error {
	steps, err := base64.StdEncoding.DecodeString(string(text))
	last := model.IncidentID(0)
	for len(steps) > 0 {
		step, n := binary.Uvarint(steps)
		if n <= 0 {
			return errors.New("cut off")
		}
		last += model.IncidentID(step) //nolint:gosec // as it was written
		*l, steps = append(*l, last), steps[n:]
	}
	return err
}

func (c chatChannel) Deliver(ctx context.Context, t model.Notification, card model.Card) (model.Receipt, error) {
	w := wire{
		ID: t.ID, Kind: t.Kind, Incident: t.Incident, Repeat: t.Repeat, At: c.now().Truncate(time.Millisecond),
		Open: idsIn(t.Snapshot.Open), Gone: idsIn(t.Snapshot.Gone), Resolved: idsIn(t.Snapshot.Resolved),
	}
	w.Closed = t.Snapshot.Incident != nil && !t.Snapshot.Incident.Open()
	if c.joins {
		w.Named, w.Made = namedIn(&t.Snapshot), t.Created
		if w.Closed {
			w.Was = showed(t.Snapshot.Incident)
		}
	}
	if r := t.Snapshot.Report; r != nil {
		w.Report = r.Title + " without parts"
		if r.Parts != nil {
			w.Report = r.Parts.HTML
		}
	}
	body, err := json.Marshal(w)
	if err != nil {
		return model.Receipt{}, err
	}
	o := telegram.Outgoing{
		Chat: t.To.Chat, HTML: html.EscapeString(string(body)), Plain: string(body), Silent: t.Silent, Priority: telegram.PriorityNormal,
	}
	if t.Severity == model.SeverityCritical {
		o.Priority = telegram.PriorityCritical
	}
	if t.Kind == model.NotifyUpdated {
		return model.Receipt{}, c.sender.Edit(ctx, card.Message, o)
	}
	return c.sender.Send(ctx, o)
}

var (
	crashSingles  = []string{"db", "disk", "licence", "socket", "queue", "backup"}
	crashHosts    = []string{"h1", "h2", "h3", "h4", "h5", "h6"}
	crashClients  = []string{"a", "b"}
	crashServices = []string{"web", "shop"}
)

func crashInventory() *model.Inventory {
	var checks []*model.Check
	for i, id := range crashSingles {
		checks = append(checks, &model.Check{ID: model.CheckID(id), Severity: model.Severity(i % 3)}) //nolint:gosec // 0 to 2
	}
	var clients []model.Client
	var services []model.Service
	var hosts []model.Host
	for _, client := range crashClients {
		clients = append(clients, model.Client{Name: client})
		for _, service := range crashServices {
			key := model.ServiceKey{Client: client, Service: service}
			services = append(services, model.Service{ServiceKey: key, ErrThreshold: 10})
			for _, host := range crashHosts {
				e := &model.Endpoint{ServiceKey: key, Host: host}
				checks = append(checks, &model.Check{ID: e.ID(), Endpoint: e, Failures: model.Limit{N: 2}, Timeout: time.Second})
			}
		}
	}
	for _, host := range crashHosts {
		hosts = append(hosts, model.Host{Name: host})
	}
	return model.NewInventory(clients, services, hosts, checks)
}

// crashRouting names the chats by their first ids, as a configuration does, and follows their migrations.
func crashRouting(moves map[model.ChatID]model.ChatID) alerts.Routing {
	var windows []string
	for m := 0; m < 24*60; m += 6 {
		windows = append(windows, fmt.Sprintf("%02d:%02d-%02d:%02d", m/60, m%60, (m+3)/60, (m+3)%60))
	}
	hours, _ := model.ParseActiveHours(strings.Join(windows, ";"), time.UTC)
	id := func(chat model.ChatID) model.ChatID {
		if to, moved := moves[chat]; moved {
			return to
		}
		return chat
	}
	var routing alerts.Routing
	add := func(chat model.ChatID, scope model.Scope, route alerts.Route) {
		routing.Chats = append(routing.Chats, model.Chat{ID: id(chat), Scope: scope})
		route.To, route.Continue = []model.Destination{{Channel: "telegram", Chat: id(chat)}}, true
		routing.Routes = append(routing.Routes, route)
	}
	add(chatAll, model.Scope{}, alerts.Route{})
	add(chatScoped, model.ScopeOf([]string{"a"}), alerts.Route{})
	add(chatHours, model.Scope{}, alerts.Route{MinSeverity: model.SeverityWarning, Hours: &hours})
	add(chatOutcast, model.Scope{}, alerts.Route{MinSeverity: model.SeverityCritical})
	return routing
}

type nobody struct{}

func (nobody) VerifyChecks([]model.CheckID)       {}
func (nobody) Again(model.CheckID, time.Duration) {}

// victim is a small version of the program: manager, database, dispatcher and sender are the real ones.
type victim struct {
	o       orders
	db      *store.DB
	manager *alerts.Manager
	random  *rand.Rand
	down    map[model.CheckID]bool // last state that the driver sent of a check
	acks    *os.File
	made    *os.File // the reports that are in the outbox, one a line

	wall    *movedClock
	outages func() []model.Outage
	paused  *os.File // the chats that asked to be left alone, as far as that is stored, one a line

	turn     sync.Mutex // of joins: one thing happens after the other
	toVerify chan []model.CheckID
	jots     *os.File
	idled    time.Time // when it was noted that nothing is due
}

func runVictim(text string) error {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	v := &victim{o: o, random: rand.New(rand.NewPCG(o.Seed, 1)), down: map[model.CheckID]bool{}, toVerify: make(chan []model.CheckID, 1000)}
	var err error
	if v.acks, err = os.OpenFile(filepath.Join(o.Dir, "acks"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	if v.made, err = os.OpenFile(filepath.Join(o.Dir, "reports"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	if v.jots, err = openJots(o.Dir); err != nil {
		return err
	}
	if v.paused, err = os.OpenFile(filepath.Join(o.Dir, "paused"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	if v.wall, err = openMovedClock(o.Dir); err != nil {
		return err
	}
	if v.db, err = store.Open(ctx, store.Options{Path: filepath.Join(o.Dir, "opsbot.db"), Now: v.wall.Now}); err != nil {
		return err
	}
	d, err := v.build(ctx)
	if err != nil {
		return err
	}
	if o.Joins {
		if err := v.noteAll(); err != nil {
			return err
		}
	}
	if err := v.alone(func() error { return v.manager.Tick(ctx) }); err != nil {
		return err
	}
	if _, err := os.Stdout.WriteString("."); err != nil { // see trialRun.kill
		return err
	}
	var loops sync.WaitGroup
	loops.Go(func() { _ = d.Run(ctx) })
	loops.Go(func() { v.tick(ctx) })
	loops.Go(func() { v.answer(ctx) })
	defer loops.Wait()
	defer cancel()
	switch {
	case o.Drain:
		return v.drain(ctx)
	case o.Fill > 0:
		return v.fill(ctx)
	case o.Joins:
		return v.join(ctx)
	default:
		return v.misbehave(ctx)
	}
}

func (v *victim) build(ctx context.Context) (*notify.Dispatcher, error) {
	memory, err := v.db.Load(ctx)
	if err != nil {
		return nil, err
	}
	moves, err := v.db.Moves(ctx)
	if err != nil {
		return nil, err
	}
	sender, err := v.sender(ctx)
	if err != nil {
		return nil, err
	}
	d := notify.New(notify.Options{
		Store: v.db, Channels: map[string]notify.Channel{"telegram": chatChannel{sender, v.o.now, v.o.Joins}}, Now: v.wall.Now,
		Notice:     func(model.Destination) (model.Destination, bool) { return chat(chatAll), true },
		Migrated:   func(from, to model.ChatID) { v.manager.Migrate(from, to) },
		FirstPause: 2 * time.Millisecond, LongestPause: 100 * time.Millisecond, FirstProbe: 10 * time.Millisecond, LongestProbe: 150 * time.Millisecond,
		Open:    func(to model.Destination) []model.Incident { return v.manager.OpenAt(to) },
		Digests: map[string]bool{"telegram": v.o.Digests}, BacklogAge: -model.Day, // by the fast clock all of it is of tomorrow
	})
	v.outages = d.Outages
	o := alerts.Options{
		Store: v.db, Verifier: nobody{}, Confirmer: nobody{}, Wake: d.Notify, Now: v.o.now, Inventory: crashInventory(),
		Routing: crashRouting(moves), Memory: memory,
		Rules: v.rules(),
	}
	if v.o.Joins {
		v.joinsOptions(&o)
	}
	v.manager = alerts.New(o)
	for id, state := range v.manager.States() {
		v.down[id] = state.Phase == model.PhaseDown
	}
	return d, nil
}

// rules take many failures for a storm, unless messages are to pile up.
func (v *victim) rules() alerts.Rules {
	r := alerts.Rules{
		Storm:    alerts.Storm{Over: 9, Within: 4 * time.Second},
		Flapping: alerts.Flapping{Over: 8, Within: 10 * time.Second, Quiet: 20 * time.Second}, Remind: []time.Duration{3 * time.Minute},
	}
	if v.o.Fill > 0 {
		r.Storm.Over, r.Flapping.Over = 1<<20, 1<<20
	}
	return r
}

func (v *victim) sender(ctx context.Context) (*telegram.Sender, error) {
	client, err := telegram.NewClient(telegram.Options{
		Token: func() string { return v.o.Token }, APIURLs: []string{v.o.URL}, Timeouts: telegram.Timeouts{Text: 250 * time.Millisecond}, Clock: v.wall,
	})
	if err != nil {
		return nil, err
	}
	paused, err := v.db.Pauses(ctx)
	if err != nil {
		return nil, err
	}
	return telegram.NewSender(client, telegram.SenderOptions{
		Limits: telegram.Limits{
			All: telegram.Rate{N: 400, Per: time.Second}, Chat: telegram.Rate{N: 100, Per: time.Second}, Group: telegram.Rate{N: 6000, Per: time.Minute},
		},
		Paused: paused, Pause: func(chat model.ChatID, until time.Time) { v.pause(ctx, chat, until) },
		Migrated: func(from, to model.ChatID) {
			if v.db.Migrate(ctx, from, to) == nil {
				v.manager.Migrate(from, to)
			}
		},
	}), nil
}

// pause stores that a chat is to be left alone, and notes that it is stored.
func (v *victim) pause(ctx context.Context, chat model.ChatID, until time.Time) {
	if v.db.Pause(ctx, chat, until) == nil {
		_, _ = fmt.Fprintf(v.paused, "%d %d\n", time.Now().UnixMilli(), chat) // without it the oracle excuses more
	}
}

// tick is Manager.Run on a clock that runs faster than its timers.
func (v *victim) tick(ctx context.Context) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	parent := os.Getppid()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if os.Getppid() != parent { // the test itself was killed
				os.Exit(1)
			}
			if at, wake := v.o.now(), v.manager.NextWake(); wake.IsZero() || at.Before(wake) {
				v.idle(at)
			} else {
				_ = v.alone(func() error { return v.manager.Tick(ctx) }) // it is tried again
			}
		}
	}
}

// ack is a line of the journal: a result that the manager has committed, so that it must survive any kill.
type ack struct {
	Check model.CheckID
	Down  bool
	At    time.Time
}

func (v *victim) handle(ctx context.Context, down bool, ids ...model.CheckID) error {
	at := v.o.now()
	var results []model.Result
	for _, id := range ids {
		r := model.Result{Check: id, Status: model.StatusOK, At: at}
		if down {
			r.Status, r.Reason = model.StatusFail, model.NewReason(model.ReasonRefused)
		}
		results = append(results, r, r) // endpoints go down with the second failure
		v.down[id] = down
	}
	if err := v.manager.Handle(ctx, results...); err != nil {
		return err
	}
	for _, id := range ids {
		if err := v.note(id, down); err != nil {
			return err
		}
	}
	return nil
}

// note writes a line of the journal.
func (v *victim) note(id model.CheckID, down bool) error {
	line, err := json.Marshal(ack{id, down, v.o.now()})
	if err != nil {
		return err
	}
	_, err = v.acks.Write(append(line, '\n'))
	return err
}

// misbehave lets checks fail and recover, with mutes and acknowledgements, until it is killed.
func (v *victim) misbehave(ctx context.Context) error {
	deadline := time.Now().Add(time.Minute)
	pace := time.NewTicker(crashPace)
	defer pace.Stop()
	if v.random.IntN(2) == 0 { // some lives are too short for chance to bring one
		if err := v.report(ctx); err != nil {
			return err
		}
	}
	for time.Now().Before(deadline) {
		<-pace.C
		if err := v.something(ctx); err != nil {
			return err
		}
		if err := v.room(ctx, 150); err != nil {
			return err
		}
	}
	return errors.New("not killed")
}

// fill lets messages pile up, then kills itself: the outage that it lives in outlives it.
func (v *victim) fill(ctx context.Context) error {
	pace := time.NewTicker(crashPace)
	defer pace.Stop()
	for range pace.C {
		if err := v.something(ctx); err != nil {
			return err
		}
		n, _, err := v.db.BacklogSize(ctx, chat(chatAll))
		if err != nil {
			return err
		}
		if n >= v.o.Fill {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
	return nil
}

func (v *victim) something(ctx context.Context) error {
	all := v.manager.States()
	ids := make([]model.CheckID, 0, len(crashSingles)+len(crashHosts))
	for id := range all {
		ids = append(ids, id)
	}
	pick := ids[v.random.IntN(len(ids))]
	switch v.random.IntN(100) {
	case 0: // a storm
		return v.handle(ctx, true, ids[:v.random.IntN(len(ids))]...)
	case 1, 2, 3:
		return v.handle(ctx, false, ids...)
	case 4: // flapping
		for range 10 {
			if err := v.handle(ctx, !v.down[pick], pick); err != nil {
				return err
			}
		}
		return nil
	case 5:
		m := model.Mute{Here: true, Chat: chatHours, From: v.o.now(), Until: v.o.now().Add(time.Duration(20+v.random.IntN(60)) * time.Second)}
		_, _, err := v.manager.Mute(ctx, m, model.AuditEntry{})
		return err
	case 6, 7:
		for _, in := range v.manager.OpenIncidents(model.Scope{}) {
			_, err := v.manager.Ack(ctx, in.ID, model.Ack{Name: "ann"}, model.AuditEntry{})
			return err
		}
		return nil
	case 8, 9, 10:
		return v.report(ctx)
	case 11:
		return v.wall.step(v.random)
	default:
		return v.handle(ctx, !v.down[pick], pick)
	}
}

// report adds a report to the outbox, and logs it once it is there.
func (v *victim) report(ctx context.Context) error {
	name := fmt.Sprintf("report %d-%d", v.o.Seed, v.random.Uint64())
	sent := model.Notification{
		Kind: model.NotifyReport, To: chat(chatAll), Created: v.o.now(),
		Snapshot: model.Snapshot{Report: &model.Report{Title: name, Parts: &model.ReportParts{HTML: name}}},
	}
	if _, err := v.db.Commit(ctx, model.Change{Notifications: []model.Notification{sent}, Reported: map[string]time.Time{"nightly": v.o.now()}}); err != nil {
		return err
	}
	_, err := v.made.WriteString(name + "\n")
	return err
}

// room waits until the outbox has at most that many due rows; deliveries set the pace, as in production.
func (v *victim) room(ctx context.Context, most int) error {
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if q, err := v.db.Queue(ctx, v.wall.Now()); err != nil || q.Length <= most {
			return err
		}
	}
	return nil
}

// drain heals all checks and waits until everything is over and notified.
func (v *victim) drain(ctx context.Context) error {
	if err := v.alone(func() error { return v.healEach(ctx) }); err != nil {
		return err
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(40 * time.Second)
	for range tick.C {
		open, q := 0, model.QueueStats{}
		err := v.alone(func() (err error) { // readers see the end of an incident before it is stored
			open = len(v.manager.OpenIncidents(model.Scope{}))
			q, err = v.db.Queue(ctx, time.Now())
			return err
		})
		if err != nil {
			return err
		}
		if open+len(v.manager.Mutes())+q.Length == 0 && v.manager.Health().Err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			all, _ := v.db.Waiting(ctx, 3)
			return fmt.Errorf("%d messages wait, %d incidents are open, %d mutes hold; %+v, %+v", q.Length, open, len(v.manager.Mutes()), v.outages(), all)
		}
	}
	return nil
}

// healEach heals one check after the other. Of joins it ends mutes and events first.
func (v *victim) healEach(ctx context.Context) error {
	if v.o.Joins {
		if err := v.settle(ctx); err != nil {
			return err
		}
	}
	for id := range v.manager.States() {
		if err := v.handle(ctx, false, id); err != nil {
			return err
		}
	}
	return nil
}
