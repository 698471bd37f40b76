package bot_test

import (
	"bytes"
	"cmp"
	"context"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/alerts"
	"opsbot/bot"
	"opsbot/bot/telegram"
	"opsbot/history"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/oncall"
	"opsbot/ops"
	"opsbot/report"
	"opsbot/sandbox/botapi"
	"opsbot/store"
	"opsbot/store/storetest"
	"opsbot/texts"
)

// The people and chats of the scripts.
const (
	admin    = 1
	operator = 2
	viewer   = 3
	unmapped = 4
	anna     = 5 // operator of acme alone

	opsChat   = -1001
	forum     = -1002
	acmeChat  = -1003
	elsewhere = -1004 // the bot is in it, nobody has listed it
	night     = 7     // a topic of the forum
)

var (
	epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	names = map[string]int64{"admin": admin, "operator": operator, "viewer": viewer, "stranger": unmapped, "anna": anna, "bea": bea}
	chats = map[string]int64{"ops": opsChat, "forum": forum, "acme": acmeChat, "elsewhere": elsewhere}
)

// world is the chat with everything behind it: the real telebot over HTTP, the real actions, manager and store. Only
// the engine is made up.
type world struct {
	*testing.T
	ctx     context.Context // of the test, which the world lives in
	clock   *botapi.ManualClock
	server  *botapi.Server
	engine  *engine
	path    string
	db      *store.DB
	sender  *telegram.Sender
	me      func() telegram.Identity
	manager *alerts.Manager
	history *history.Recorder
	people  *ops.People
	actions *ops.Actions
	bot     *bot.Bot
	channel *bot.Channel
	pinned  *bot.PinnedMessages // of the rooms that want one
	log     *logrus.Logger
	inv     *model.Inventory
	texts   *texts.Catalog
	mails   []string // to whom reports can be mailed
	mailed  []string // mails that were sent, as a transcript has them
	logs    *shelf

	rechecks     []model.CheckID // what the schedule was asked to run
	healthIssues []model.Reason
	sources      []model.SourceState
	asked        []model.CheckID // what events want to be looked at
	users        []model.User
	rooms        []model.Chat
	handled      chan struct{}         // one for every update that was handled
	taken        func()                // called for every update before it is handled; nil is nothing
	killed       bool                  // updates are taken and not handled
	last         telegram.Incoming     // the last update
	pausing      func(context.Context) // called in each pause of a web test
	later        [][]string            // orders about the world, one for each pause of a web test
	drawn        []*bot.Drawing
	lastPress    string
	code         string
	roster       *oncall.Roster // nil: nobody is on call
}

type options struct {
	language string
	unpaired bool // nobody is known yet
	pinned   bool // chats have pinned messages
	fleet    *model.Inventory
	past     ops.Past // nil is what was really recorded
	mails    []string // to whom reports can be mailed
	timeouts telegram.Timeouts
	pages    int           // the size of the disk, in pages of the database; 0 is endless
	within   time.Duration // how long the test may take; 0 is 30 s
}

func newWorld(t *testing.T, o options) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(o.within, 30*time.Second))
	t.Cleanup(cancel)
	w := &world{T: t, ctx: ctx, clock: botapi.NewManualClock(epoch), handled: make(chan struct{}, 100), inv: o.fleet, mails: o.mails, log: logrus.New()}
	if w.inv == nil {
		w.inv = fleet()
	}
	w.log.SetOutput(io.Discard)
	w.engine = &engine{now: w.clock.Now, broken: map[model.CheckID]model.Result{}}
	w.startServer(o.language)
	w.known(o)
	w.startHouse(&o)
	w.startBot(o.timeouts)
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) startServer(language string) {
	var err error
	w.server, err = botapi.Start(botapi.Options{Clock: w.clock, Username: "opsbot"})
	w.ok(err)
	w.Cleanup(w.server.Close)
	for name, id := range map[string]int64{"Ada Admin": admin, "Olga Operator": operator, "Viktor <b>Viewer": viewer, "Stranger": unmapped, "Anna Acme": anna} {
		w.server.AddUser(botapi.User{ID: id, FirstName: name, Language: language})
	}
	w.server.AddChat(botapi.Chat{ID: opsChat, Type: "supergroup", Title: "ops"})
	w.server.AddChat(botapi.Chat{ID: forum, Type: "supergroup", Title: "forum", Forum: true, Topics: []botapi.Topic{{ID: night, Name: "night"}}})
	w.server.AddChat(botapi.Chat{ID: acmeChat, Type: "group", Title: "acme"})
	w.server.AddChat(botapi.Chat{ID: elsewhere, Type: "group", Title: "elsewhere"})
}

func (w *world) known(o options) {
	if o.unpaired {
		return
	}
	acme := model.ScopeOf([]string{"acme"})
	w.users = []model.User{
		{ID: admin, Role: model.RoleAdmin},
		{ID: operator, Role: model.RoleOperator},
		{ID: viewer, Role: model.RoleViewer},
		{ID: anna, Role: model.RoleOperator, Scope: acme},
	}
	w.rooms = []model.Chat{
		{Name: "ops", ID: opsChat, Language: o.language, Role: model.RoleViewer},
		{Name: "forum", ID: forum, Topic: night, Language: o.language, Role: model.RoleViewer},
		{Name: "acme", ID: acmeChat, Language: o.language, Role: model.RoleViewer, Scope: acme},
	}
	w.rooms[0].Pinned, w.rooms[2].Pinned = o.pinned, o.pinned
}

// startHouse creates everything behind the chat. Alerts go to the ops chat and to acme's.
func (w *world) startHouse(o *options) {
	var err error
	if w.path == "" {
		w.path = storetest.Empty(w)
		w.Cleanup(func() { w.ok(w.db.Close()) })
	}
	w.db, err = store.Open(w.ctx, store.Options{Path: w.path, Now: w.clock.Now, MaxPages: o.pages})
	w.ok(err)
	memory, err := w.db.Load(w.ctx)
	w.ok(err)
	var notified []model.Chat
	for _, c := range w.rooms {
		if c.ID != forum {
			notified = append(notified, c)
		}
	}
	memory.Fresh = false // a first start makes a digest, which has a test of its own
	w.manager = alerts.New(alerts.Options{
		Store: w.db, Verifier: w, Confirmer: w, Wake: func() {}, Now: w.clock.Now, Inventory: w.inv, Memory: memory,
		Locate: byName, Routing: alerts.Routing{Chats: notified, Bypass: []model.Severity{model.SeverityCritical}},
	})
	w.history = history.New(history.Options{Store: w.db, Inventory: w.Current, Now: w.clock.Now, Fault: func(err error) { w.ok(err) }})
	w.ok(w.history.Start(w.ctx))
	w.ok(w.history.Number(w.ctx, w.inv))
	known := o.past
	if known == nil {
		known = w.history
	}
	w.texts, err = texts.Load()
	w.ok(err)
	writer, err := report.New(report.Options{Texts: w.texts, Zone: func() *time.Location { return time.UTC }, Instance: func() string { return "test" }})
	w.ok(err)
	w.logs = &shelf{dir: w.TempDir(), now: w.clock.Now}
	w.people = ops.NewPeople(w.db, nil, nil, w.clock.Now)
	w.people.SetConfig(w.rooms, w.users)
	w.actions = ops.New(ops.Deps{
		Inventory: w, Engine: w.engine, Alerts: w.manager, Numbers: w.manager, Muter: w.manager, Archive: w.db, Audit: w.db, Now: w.clock.Now,
		Events: w.manager, Closer: w, Sources: w, Baselines: w.db, Wait: w.pass,
		Past:         known,
		Logs:         w.logs,
		Reports:      reports{writer, w},
		Recheck:      func(id model.CheckID) { w.rechecks = append(w.rechecks, id) },
		NextRun:      func(model.CheckID) time.Time { return w.clock.Now().Truncate(5 * time.Minute).Add(5 * time.Minute) },
		HealthIssues: func() []model.Reason { return w.healthIssues },
		Rota: ops.NewRota(w.db, func() *oncall.Roster {
			if w.roster == nil {
				return &oncall.Roster{}
			}
			return w.roster
		}, nil),
		Windows: func() []model.MaintenanceWindow {
			return []model.MaintenanceWindow{{
				Name: "backup", Selector: model.Selector{Checks: []model.CheckID{"main-db"}}, Reason: "dump", Length: time.Hour,
				Next: func(after time.Time) time.Time { return after.Truncate(model.Day).Add(27 * time.Hour) },
			}}
		},
	})
}

// pass lets time pass for a web test of several rounds, and whatever a script wants to happen in it.
func (w *world) pass(ctx context.Context, d time.Duration) error {
	w.clock.Advance(d)
	if len(w.later) > 0 {
		order := w.later[0]
		w.later = w.later[1:]
		if len(order) > 0 {
			w.change(order)
		}
	}
	if w.pausing != nil {
		w.pausing(ctx)
	}
	return ctx.Err()
}

// VerifyChecks implements alerts.CheckVerifier: what it asks for is seen at once, when the transaction is over.
func (w *world) VerifyChecks(ids []model.CheckID) { w.asked = append(w.asked, ids...) }

// byName finds the host that an event names first, when there is one.
func byName(inv *model.Inventory) func(*model.Event) model.Located {
	return func(e *model.Event) model.Located {
		for _, name := range e.Names {
			if host, known := inv.Host(name); known {
				return model.Located{Host: host.Name}
			}
			if len(inv.ChecksOfClient(strings.TrimSuffix(name, ".example.com"))) > 0 { // its domain
				return model.Located{About: []model.ServiceKey{{Client: strings.TrimSuffix(name, ".example.com")}}}
			}
		}
		return model.Located{}
	}
}

// SourceStates implements ops.Sources.
func (w *world) SourceStates() []model.SourceState { return w.sources }

// LastContact implements ops.Sources.
func (w *world) LastContact(model.EventKey) time.Time { return w.clock.Now() }

// CloseEvent implements ops.Closer.
func (w *world) CloseEvent(ctx context.Context, key model.EventKey, by string, audit model.AuditEntry) error {
	for _, e := range w.manager.Events(model.Scope{}) {
		if e.EventKey == key {
			e.EndedAt, e.End, e.ClosedBy = w.clock.Now(), model.EndClosed, by
			return w.manager.CloseEvents(ctx, audit, e)
		}
	}
	return &model.Error{Code: model.ErrNoEvent, Args: map[string]string{"word": key.String()}}
}

// Near implements ops.Sources.
func (w *world) Near(e *model.Event) ([]string, model.Reason) {
	var names []string
	for _, h := range w.inv.Hosts() {
		names = append(names, h.Name)
	}
	return model.Closest(e.Names[0], names, 3), model.Reason{}
}

// Current implements ops.Inventory.
func (w *world) Current() *model.Inventory { return w.inv }

// Resolve implements ops.Inventory.
func (w *world) Resolve(inv *model.Inventory, words []string, scope model.Scope) (model.Selector, error) {
	return inventory.Resolve(inv, words, scope)
}

// Warnings implements ops.Inventory.
func (w *world) Warnings(model.Scope) []model.Reason   { return nil }
func (w *world) Beyond(model.Scope) []ops.UnmappedHost { return nil }

// Again implements alerts.Confirmer: the scripts break things as often as they want them broken.
func (w *world) Again(model.CheckID, time.Duration) {}

// Handle implements telegram.Handler, so that the test knows when an update has been handled.
func (w *world) Handle(ctx context.Context, in telegram.Incoming) {
	defer func() { w.handled <- struct{}{} }()
	w.last = in
	if w.taken != nil {
		w.taken()
	}
	if w.killed {
		return
	}
	w.bot.Handle(ctx, in)
}

func (w *world) startBot(timeouts telegram.Timeouts) {
	client, err := telegram.NewClient(telegram.Options{Token: w.server.Token, APIURLs: []string{w.server.URL()}, Clock: w.clock, Timeouts: timeouts})
	w.ok(err)
	w.Cleanup(client.Close)
	much := telegram.Rate{N: 1000, Per: time.Microsecond}
	w.sender = telegram.NewSender(client, telegram.SenderOptions{Limits: telegram.Limits{All: much, Chat: much, Group: much}})
	poller := telegram.NewPoller(client, telegram.PollerOptions{Handler: w})
	w.me = func() telegram.Identity { return poller.Health().Me }
	w.makeBot()
	w.clock.Advance(time.Second) // the budget of messages begins empty
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan error, 1)
	go func() { ended <- poller.Run(ctx) }()
	w.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			w.Error(err)
		}
	})
}

// makeBot makes the chat on what is behind it now.
func (w *world) makeBot() {
	utc := func() *time.Location { return time.UTC }
	w.bot = bot.New(bot.Deps{
		Actions: w.actions, People: w.people, Sender: w.sender, Buttons: w.db, Settings: w.db, DoneBy: w.db.DoneBy, Texts: w.texts, Draw: w.draw, Zone: utc, Morning: func() (time.Duration, bool) { return 8 * time.Hour, true }, Now: w.clock.Now, After: w.clock.After, Log: w.log,
		Paired: func() {}, Refused: func(string, telegram.Incoming) {}, Me: w.me,
	})
	w.channel = &bot.Channel{Sender: w.sender, Buttons: w.db, Key: []byte("key of the test"), Log: w.log, Cards: &bot.Cards{
		Texts: w.texts, Zone: utc, ZoneAt: w.people.Zone, Now: w.clock.Now, Language: w.people.Language, Logs: func(in *model.Incident) bool { return w.actions.HasLogs(in.Hosts()) },
	}}
	var err error
	w.pinned, err = bot.NewPinnedMessages(w.ctx, bot.PinnedDeps{
		Chats: func() []model.Chat { return w.rooms }, Overview: w.actions.Overview, Sender: w.sender, Buttons: w.db, Store: w.db, Key: []byte("key of the test"),
		Texts: w.texts, Zone: utc, Now: w.clock.Now, After: w.clock.After, Log: w.log, Queued: func() {},
		Notice: func(model.Destination) (model.Destination, bool) {
			return model.Destination{Channel: "telegram", Chat: forum, Topic: night}, true
		},
		Name: func(at model.Destination) string { return w.people.ChatName(at.Chat) },
	})
	w.ok(err)
}

// restart ends everything behind the chat as a kill does, and begins again with what the database has.
func (w *world) restart(o *options) {
	w.Helper()
	w.ok(w.db.Close())
	w.startHouse(o)
	w.makeBot()
}

// draw keeps a picture small: what is in it has tests of its own.
func (w *world) draw(_ context.Context, d *bot.Drawing) ([]byte, error) {
	w.drawn = append(w.drawn, d)
	var out bytes.Buffer
	err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 3, 2)))
	return out.Bytes(), err
}

// wait waits until one more update was handled.
func (w *world) wait() {
	w.Helper()
	select {
	case <-w.handled:
	case <-w.ctx.Done():
		w.Fatal("an update was not handled")
	}
}

// say writes as somebody, and waits for the bot to have done with it.
func (w *world) say(p botapi.Post) {
	w.Helper()
	_, err := w.server.Post(p)
	w.ok(err)
	w.wait()
}

// happen moves time, evaluates, and delivers notifications.
func (w *world) happen(d time.Duration) {
	w.Helper()
	w.judge(d)
	w.deliver()
	w.pinned.Round(w.ctx)
}

// judge moves time and judges what is to be judged.
func (w *world) judge(d time.Duration) {
	w.Helper()
	w.clock.Advance(d)
	w.ok(w.manager.Tick(w.ctx))
	w.look()
	w.clock.Advance(3 * time.Second) // notifications wait for the common cause
	w.ok(w.manager.Tick(w.ctx))
}

// look runs the checks that the manager wants verified.
func (w *world) look() {
	w.Helper()
	for len(w.asked) > 0 {
		ids := w.asked
		w.asked = nil
		var seen []model.Result
		for _, id := range ids {
			seen = append(seen, w.engine.see(id))
		}
		w.ok(w.manager.Handle(w.ctx, seen...))
	}
}

// runScheduled runs checks as the schedule would.
func (w *world) runScheduled(ids ...model.CheckID) {
	w.Helper()
	for _, id := range ids {
		result := w.engine.see(id)
		w.ok(w.manager.Handle(w.ctx, result))
		w.history.Record([]model.Result{result})
	}
	w.happen(0)
}

// deliver sends what is due, as the dispatcher would.
func (w *world) deliver() {
	w.Helper()
	for {
		due, err := w.db.Due(w.ctx, w.clock.Now(), 100)
		w.ok(err)
		if len(due) == 0 {
			return
		}
		for _, t := range due {
			there, err := w.db.Begin(w.ctx, t.ID, t.Kind)
			w.ok(err)
			if !there {
				continue
			}
			card, _, err := w.db.Card(w.ctx, t.Incident, t.To)
			w.ok(err)
			var receipt model.Receipt
			switch {
			case t.To.Channel != "" && t.To.Chat == 0: // a mail, or a webhook
				_, err = w.numbered(mailbox{w}).Deliver(w.ctx, t, card)
				w.ok(err)
			case t.Kind != model.NotifyUpdated || card.Message != 0: // what was never shown cannot change
				w.unpack(&t)
				receipt, err = w.numbered(w.channel).Deliver(w.ctx, t, card)
				w.ok(err)
			}
			w.ok(w.db.Sent(w.ctx, t, receipt))
		}
	}
}

// numbered is a channel whose readers have numbers of their own, as the product makes it.
func (w *world) numbered(c notify.Channel) notify.Channel {
	return notify.Numbered{Channel: c, Counts: w.manager.CountsAt, Numbers: w.manager.Numbers}
}

// mailbox keeps mails in words, and of webhooks all that they could show.
type mailbox struct{ w *world }

// Deliver implements notify.Channel.
func (m mailbox) Deliver(_ context.Context, t model.Notification, _ model.Card) (model.Receipt, error) {
	var text string
	switch {
	case t.Kind == model.NotifyUpdated: // what was sent cannot be edited
		return model.Receipt{}, nil
	case t.Kind == model.NotifyReport:
		text = m.w.mail(t)
	case strings.HasPrefix(t.To.Channel, "webhook:"):
		text = string(t.Kind) + " " + asJSON(t.Snapshot)
	default:
		text = m.w.channel.Cards.Plain(t)
	}
	m.w.mailed = append(m.w.mailed, "mail to "+t.To.Channel+":\n"+text)
	return model.Receipt{}, nil
}

// mail is a report's mail in words.
func (w *world) mail(t model.Notification) string {
	w.Helper()
	w.unpack(&t)
	text, page := w.channel.Cards.ReportMail(t)
	if !strings.Contains(page, "</html>") {
		w.Errorf("no page: %s", page)
	}
	var files []string
	for _, f := range t.Snapshot.Report.Parts.Files {
		files = append(files, "<"+f.Name+">")
	}
	return t.Snapshot.Report.Title + "\n" + text + "\n" + strings.Join(files, " ")
}

// unpack brings a report its parts, as the dispatcher does.
func (w *world) unpack(t *model.Notification) {
	w.Helper()
	if t.Snapshot.Report != nil {
		var err error
		t.Snapshot.Report.Parts, err = w.db.ReportParts(w.ctx, t.ID)
		w.ok(err)
	}
}

// reports writes reports as the product does.
type reports struct {
	*report.Writer
	w *world
}

// Mails implements ops.Reports.
func (r reports) Mails() []ops.ReportTarget {
	var all []ops.ReportTarget
	for _, name := range r.w.mails {
		all = append(all, ops.ReportTarget{
			Name: "email:" + name, To: model.Destination{Channel: "email:" + name}, Language: "en", Addresses: []string{name + "@example.com"},
		})
	}
	return all
}

// ClientTarget implements ops.Reports.
func (r reports) ClientTarget(c model.Client) (ops.ReportTarget, bool) {
	if len(r.w.mails) == 0 {
		return ops.ReportTarget{}, false
	}
	return ops.ReportTarget{
		Name: "email:reports/" + c.Name, To: model.Destination{Channel: "email:reports/" + c.Name}, Language: c.ReportLanguage, Addresses: c.ReportTo,
	}, true
}

// Made implements ops.Reports.
func (r reports) Made(ctx context.Context, name string) (time.Time, error) {
	return r.w.db.Reported(ctx, name)
}

// Post implements ops.Reports.
func (r reports) Post(ctx context.Context, c model.Change) error {
	_, err := r.w.db.Commit(ctx, c)
	return err
}
