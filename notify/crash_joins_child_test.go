package notify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"opsbot/alerts"
	"opsbot/model"
	"opsbot/store"
)

// The world of joins: clients that share nothing, each with two services on two hosts of its own.
var (
	joinsClients = []string{"a", "b", "c", "d", "e", "f", "g"}
	joinsSingles = crashSingles[:3]
)

func joinsHosts(client string) []string { return []string{client + "1", client + "2"} }

func joinsService(client, service string) []model.CheckID {
	var ids []model.CheckID
	for _, host := range joinsHosts(client) {
		e := model.Endpoint{ServiceKey: model.ServiceKey{Client: client, Service: service}, Host: host}
		ids = append(ids, e.ID())
	}
	return ids
}

func joinsInventory() *model.Inventory {
	var checks []*model.Check
	for _, id := range joinsSingles {
		checks = append(checks, &model.Check{ID: model.CheckID(id), Severity: model.SeverityCritical})
	}
	var clients []model.Client
	var services []model.Service
	var hosts []model.Host
	for _, client := range joinsClients {
		clients = append(clients, model.Client{Name: client})
		for _, service := range crashServices {
			key := model.ServiceKey{Client: client, Service: service}
			services = append(services, model.Service{ServiceKey: key, ErrThreshold: 10})
			for _, host := range joinsHosts(client) {
				e := &model.Endpoint{ServiceKey: key, Host: host}
				checks = append(checks, &model.Check{ID: e.ID(), Endpoint: e, Failures: model.Limit{N: 2}, Timeout: time.Second})
			}
		}
		for _, host := range joinsHosts(client) {
			hosts = append(hosts, model.Host{Name: host})
		}
	}
	return model.NewInventory(clients, services, hosts, checks)
}

// joinsOptions change what the manager is made of: a small storm, verifications that are answered, a source of events.
func (v *victim) joinsOptions(o *alerts.Options) {
	o.Store, o.Verifier, o.Inventory = jottingStore{v.db, v}, v, joinsInventory()
	o.Locate = func(*model.Inventory) func(*model.Event) model.Located {
		return func(e *model.Event) model.Located { return model.Located{Host: e.Names[0]} }
	}
	o.Rules.Storm, o.Rules.Flapping = alerts.Storm{Over: 3, Within: 10 * time.Second}, alerts.Flapping{}
}

// jot is a line of the journal of joins: a row of the outbox that is committed, an acknowledgement, a mute, before and after it is asked
// for, the beginning of a life, or that all was done that was due by then.
type jot struct {
	At   time.Time
	Born bool     `json:",omitempty"`
	Idle bool     `json:",omitempty"`
	Row  *rowJot  `json:",omitempty"`
	Mute *muteJot `json:",omitempty"`
	Ack  *ackJot  `json:",omitempty"`
}

// ackJot is an acknowledgement that is stored.
type ackJot struct {
	Incident model.IncidentID
	Covers   model.Named // what the incident showed
}

// rowJot is a new row of the outbox that says what is down.
type rowJot struct {
	ID       int64
	Kind     model.NotificationKind
	Chat     model.ChatID
	Incident model.IncidentID
	Named    model.Named                   // what it names as failing; of what joined only that
	Of       map[string][]model.IncidentID `json:",omitempty"` // of a message of several incidents: which of them name a subject
	Joined   bool
	Silent   bool
}

// muteJot is a mute of an incident or of a client's checks.
type muteJot struct {
	N        uint64 // the same in all lines of one mute
	Step     string // "asked", "set", "ending"
	ID       model.MuteID
	Incident model.IncidentID
	Client   string
	Covers   model.Named // what the incident showed before and after it was muted: certainly covered
	Perhaps  model.Named // what it showed before or after
	Until    time.Time
}

func (v *victim) jot(j jot) error {
	if j.At.IsZero() {
		j.At = v.o.now()
	}
	line, err := json.Marshal(j)
	if err != nil {
		return err
	}
	_, err = v.jots.Write(append(line, '\n'))
	return err
}

// jottingStore notes what was committed.
type jottingStore struct {
	*store.DB
	v *victim
}

func (s jottingStore) Commit(ctx context.Context, c model.Change) ([]int64, error) {
	ids, err := s.DB.Commit(ctx, c)
	for i := range c.Notifications {
		n := &c.Notifications[i]
		if err != nil || !isNews(n.Kind) && n.Kind != model.NotifyReminder {
			continue
		}
		row := rowJot{ID: ids[i], Kind: n.Kind, Chat: n.To.Chat, Incident: n.Incident, Named: namedIn(&n.Snapshot), Of: namedBy(&n.Snapshot), Silent: n.Silent}
		if row.Chat == chatScoped { // before it moved
			row.Chat = chatMoved
		}
		if n.Snapshot.Joined != nil {
			row.Joined, row.Named = true, joinedOf(n.Snapshot.Joined)
		}
		err = s.v.jot(jot{Row: &row})
	}
	return ids, err
}

// named is what an incident shows as failing.
func named(in *model.Incident) model.Named {
	all := model.Named{}
	for i := range in.Affected {
		if s := &in.Affected[i]; s.Verdict != model.VerdictOK {
			all.Add(model.ServiceSubject(s.ServiceKey), s.Verdict == model.VerdictDown)
		}
	}
	if in.Kind == model.IncidentCheck {
		all.Add(model.CheckSubject(in.Check), true)
	}
	if in.Storm != nil {
		for _, id := range in.Storm.Checks {
			all.Add(model.CheckSubject(id), true)
		}
	}
	return all
}

// showed is what an incident that is over lists, however it is now.
func showed(in *model.Incident) model.Named {
	all := named(in)
	states := slices.Clone(in.Affected)
	if in.EventGroup != nil {
		states = append(states, in.EventGroup.Worst...)
	}
	for i := range states {
		all.Add(model.ServiceSubject(states[i].ServiceKey), true)
	}
	return all
}

func joinedOf(j *model.Joined) model.Named {
	all := model.Named{}
	for _, s := range slices.Concat(j.Services, j.Worse) {
		all.Add(model.ServiceSubject(s.ServiceKey), s.Verdict == model.VerdictDown)
	}
	for _, id := range j.Checks {
		all.Add(model.CheckSubject(id), true)
	}
	return all
}

// namedIn is what a message names.
func namedIn(s *model.Snapshot) model.Named {
	all := model.Named{}
	add := func(more model.Named) {
		for subject, down := range more {
			all.Add(subject, down)
		}
	}
	if s.Incident != nil {
		add(named(s.Incident))
	}
	if s.Joined != nil {
		add(joinedOf(s.Joined))
	}
	for _, list := range [][]model.Incident{s.Open, s.Gone, s.Resolved} {
		for i := range list {
			add(named(&list[i]))
		}
	}
	return all
}

// namedBy are the open incidents in a message of several, by the subjects that they name.
func namedBy(s *model.Snapshot) map[string][]model.IncidentID {
	of := map[string][]model.IncidentID{}
	for i := range s.Open {
		for subject := range named(&s.Open[i]) {
			of[subject] = append(of[subject], s.Open[i].ID)
		}
	}
	return of
}

// VerifyChecks implements alerts.Verifier. Now and then an answer never comes.
func (v *victim) VerifyChecks(ids []model.CheckID) {
	select {
	case v.toVerify <- slices.Clone(ids):
	default:
	}
}

// answer answers verifications with how things are, which the driver alone decides.
func (v *victim) answer(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case ids := <-v.toVerify:
			_ = v.alone(func() error { return v.show(ctx, ids...) }) // what was not stored is in the next change
		}
	}
}

// alone does something while nothing else happens but deliveries.
func (v *victim) alone(do func() error) error {
	v.turn.Lock()
	defer v.turn.Unlock()
	return do()
}

// show gives the manager the results of checks.
func (v *victim) show(ctx context.Context, ids ...model.CheckID) error {
	for _, down := range []bool{true, false} {
		of := slices.DeleteFunc(slices.Clone(ids), func(id model.CheckID) bool { return v.down[id] != down })
		if len(of) == 0 {
			continue
		}
		if err := v.handle(ctx, down, of...); err != nil {
			return err
		}
	}
	return nil
}

// idlePace is how often it is noted, at most, that nothing is due.
const idlePace = time.Second

// idle notes that nothing was due at a time.
func (v *victim) idle(at time.Time) {
	if v.o.Joins && at.Sub(v.idled) >= idlePace {
		v.idled = at
		_ = v.jot(jot{At: at, Idle: true}) // without it the oracle excuses more
	}
}

func openJots(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, "jots"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// noteAll notes how all is at the beginning of a life: the last one may have known more than it noted.
func (v *victim) noteAll() error {
	if err := v.jot(jot{Born: true}); err != nil {
		return err
	}
	for id, down := range v.down {
		if err := v.note(id, down); err != nil {
			return err
		}
	}
	return nil
}

// join lets one client after the other fail, and recover, with mutes and acknowledgements of what is open, until it is killed.
func (v *victim) join(ctx context.Context) error {
	if err := v.report(ctx); err != nil {
		return err
	}
	if err := v.alone(func() error { return v.begin(ctx) }); err != nil { // some lives are too short for chance to bring one
		return err
	}
	deadline := time.Now().Add(time.Minute)
	pace := time.NewTicker(crashPace)
	defer pace.Stop()
	for time.Now().Before(deadline) {
		<-pace.C
		if err := v.alone(func() error { return v.joinSomething(ctx) }); err != nil {
			return err
		}
		if err := v.room(ctx, 150); err != nil {
			return err
		}
	}
	return fmt.Errorf("not killed")
}

// begin has a client fail, and mutes or acknowledges what is open by then.
func (v *victim) begin(ctx context.Context) error {
	if err := v.fail(ctx, joinsService(joinsClients[v.random.IntN(len(joinsClients))], crashServices[v.random.IntN(2)])...); err != nil {
		return err
	}
	switch v.random.IntN(4) {
	case 0:
		return v.muteIncident(ctx)
	case 1:
		return v.ackOne(ctx)
	default:
		return nil
	}
}

func (v *victim) joinSomething(ctx context.Context) error {
	client, service := joinsClients[v.random.IntN(len(joinsClients))], crashServices[v.random.IntN(len(crashServices))]
	switch n := v.random.IntN(1000); {
	case n < 40:
		return v.toggle(ctx, joinsService(client, service)...)
	case n < 44: // a host
		host := joinsHosts(client)[v.random.IntN(2)]
		return v.toggle(ctx, joinsService(client, "web")[host[1]-'1'], joinsService(client, "shop")[host[1]-'1'])
	case n < 52:
		return v.toggle(ctx, model.CheckID(joinsSingles[v.random.IntN(len(joinsSingles))]))
	case n < 55: // a storm
		ids := []model.CheckID{model.CheckID(joinsSingles[0]), model.CheckID(joinsSingles[1])}
		for _, one := range joinsClients[:2+v.random.IntN(3)] {
			ids = append(ids, joinsService(one, service)...)
		}
		return v.fail(ctx, ids...)
	case n < 56:
		return v.healAll(ctx)
	case n < 66:
		return v.muteIncident(ctx)
	case n < 70:
		return v.mute(ctx, muteJot{Client: client, Until: v.o.now().Add(time.Duration(60+v.random.IntN(60)) * time.Second)})
	case n < 75:
		return v.endMute(ctx)
	case n < 90:
		return v.ackOne(ctx)
	default:
		return v.show(ctx, joinsService(client, service)...)
	}
}

// toggle has checks fail if none of them does, and heals them otherwise.
func (v *victim) toggle(ctx context.Context, ids ...model.CheckID) error {
	if slices.ContainsFunc(ids, func(id model.CheckID) bool { return v.down[id] }) {
		return v.heal(ctx, ids...)
	}
	return v.fail(ctx, ids...)
}

// fail has checks fail at once, one result before the others, or reported by a source before any result.
func (v *victim) fail(ctx context.Context, ids ...model.CheckID) error {
	for _, id := range ids {
		v.down[id] = true
	}
	switch v.random.IntN(3) {
	case 0:
		return v.show(ctx, ids...)
	case 1:
		return v.show(ctx, ids[0])
	}
	var events []model.Event
	for _, id := range ids {
		if host := id.Host(); host != "" {
			key := model.EventKey{Source: "icinga", ID: fmt.Sprintf("%s@%d", host, v.o.now().UnixMilli())}
			events = append(events, model.Event{
				EventKey: key, Object: host, Names: []string{host}, Title: "down", Severity: model.SeverityCritical, OpenedAt: v.o.now(), SeenAt: v.o.now(),
			})
		}
	}
	if len(events) == 0 {
		return v.show(ctx, ids...)
	}
	return v.manager.HandleEvents(ctx, events...)
}

// heal has checks work, and ends the events of their hosts.
func (v *victim) heal(ctx context.Context, ids ...model.CheckID) error {
	hosts := map[string]bool{}
	for _, id := range ids {
		v.down[id], hosts[id.Host()] = false, true
	}
	var ended []model.Event
	for _, e := range v.manager.Events(model.Scope{}) {
		if e.Active() && hosts[e.Host] {
			e.EndedAt, e.End = v.o.now(), model.EndConfirmed
			ended = append(ended, e)
		}
	}
	if err := v.manager.HandleEvents(ctx, ended...); err != nil {
		return err
	}
	return v.show(ctx, ids...)
}

func (v *victim) healAll(ctx context.Context) error {
	ids := make([]model.CheckID, 0, len(v.down))
	for id := range v.manager.States() {
		ids = append(ids, id)
	}
	return v.heal(ctx, ids...)
}

// muteIncident mutes an open incident, for a while or until it is over.
func (v *victim) muteIncident(ctx context.Context) error {
	open := v.manager.OpenIncidents(model.Scope{})
	if len(open) == 0 {
		return nil
	}
	in := &open[v.random.IntN(len(open))]
	until := v.o.now().Add(time.Duration(60+v.random.IntN(240)) * time.Second)
	if v.random.IntN(2) == 0 {
		until = v.o.now().Add(7 * model.Day)
	}
	return v.mute(ctx, muteJot{Incident: in.ID, Covers: named(in), Perhaps: named(in), Until: until})
}

func (v *victim) mute(ctx context.Context, j muteJot) error {
	j.N, j.Step = v.random.Uint64(), "asked"
	if err := v.jot(jot{Mute: &j}); err != nil {
		return err
	}
	m := model.Mute{Incident: j.Incident, From: v.o.now(), Until: j.Until}
	if j.Client != "" {
		m.Selector = model.Selector{Clients: []string{j.Client}}
	}
	set, _, err := v.manager.Mute(ctx, m, model.AuditEntry{})
	if err != nil {
		return unlessOver(err)
	}
	j.ID, j.Step = set.ID, "set"
	j.Covers, j.Perhaps = v.shown(j.Incident, j.Covers)
	return v.jot(jot{Mute: &j})
}

// shown is what an incident showed before and after a moment, and what before or after: a verification may change it meanwhile.
func (v *victim) shown(id model.IncidentID, before model.Named) (always, perhaps model.Named) {
	in, _ := v.manager.Incident(id)
	always, perhaps = model.Named{}, maps.Clone(before)
	for subject, down := range named(&in) {
		perhaps.Add(subject, down)
		if was, showed := before[subject]; showed {
			always[subject] = was && down
		}
	}
	return always, perhaps
}

func (v *victim) endMute(ctx context.Context) error {
	mutes := v.manager.Mutes()
	if len(mutes) == 0 {
		return nil
	}
	id := mutes[v.random.IntN(len(mutes))].ID
	if err := v.jot(jot{Mute: &muteJot{ID: id, Step: "ending"}}); err != nil {
		return err
	}
	_, err := v.manager.EndMute(ctx, id, true, model.AuditEntry{})
	return unlessOver(err)
}

// unlessOver drops the error that an incident or a mute has just ended by itself.
func unlessOver(err error) error {
	if code := model.CodeOf(err); code == model.ErrNoMute || code == model.ErrNoIncident {
		return nil
	}
	return err
}

func (v *victim) ackOne(ctx context.Context) error {
	open := v.manager.OpenIncidents(model.Scope{})
	if len(open) == 0 {
		return nil
	}
	in := &open[v.random.IntN(len(open))]
	if _, err := v.manager.Ack(ctx, in.ID, model.Ack{Name: "ann"}, model.AuditEntry{}); err != nil {
		return unlessOver(err)
	}
	covered, _ := v.shown(in.ID, named(in))
	return v.jot(jot{Ack: &ackJot{in.ID, covered}})
}

// settle ends what drain does not: mutes and events.
func (v *victim) settle(ctx context.Context) error {
	for _, m := range v.manager.Mutes() {
		if err := v.jot(jot{Mute: &muteJot{ID: m.ID, Step: "ending"}}); err != nil {
			return err
		}
		if _, err := v.manager.EndMute(ctx, m.ID, true, model.AuditEntry{}); unlessOver(err) != nil {
			return err
		}
	}
	return v.healAll(ctx)
}
