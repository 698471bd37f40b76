package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/store"
	"opsbot/store/lease"
	"opsbot/web"
)

// cluster decides, together with the other opsbots of the same database, which of them leads, and runs the terms of this one. While it does
// not lead it is a standby: its listeners pass requests on, its inventory is kept.
type cluster struct {
	*core
	lease   *lease.Lease
	forward *web.Forward
	started func() // called once, when this process leads or stands by

	once   sync.Once
	away   atomic.Pointer[model.Span] // when the database was away last
	status atomic.Pointer[clusterStatus]
}

// clusterStatus is what is known of who leads.
type clusterStatus struct {
	leader  lease.Leader
	leads   bool      // this process does
	failing error     // the database does not answer about it; nil: it does
	since   time.Time // of failing
}

// The bounds of a takeover.
const (
	downBound   = 3 * time.Second         // of a term that has lost its lease: then the process ends
	yieldBound  = 1500 * time.Millisecond // of what a term is still sending when it ends
	answerBound = time.Second             // of requests under way when a term ends
	buildPause  = 5 * time.Second         // after a takeover that failed: another opsbot may be able to
	lookPause   = time.Second             // after the database did not answer
	soon        = 10 * time.Millisecond   // before the next look for a lease that ends now
)

// newCluster returns nil if nobody else can use the database.
func newCluster(ctx context.Context, c *core) (*cluster, error) {
	cfg := c.conf.current().Config
	if cfg.Store.DSN.IsZero() {
		return nil, nil //nolint:nilnil // this process leads by itself
	}
	l, err := lease.New(cfg.Store.DSN.Reveal(), lease.Self{
		Instance: cfg.Instance.Name, Address: cfg.Cluster.Advertise, Version: c.Version, Schema: store.Schema(),
	})
	if err != nil {
		return nil, &model.Error{Code: model.ErrDatabaseDSN, Err: err}
	}
	k := &cluster{core: c, lease: l}
	k.forward = web.NewForward(web.ForwardOptions{Leader: k.leader, Secret: cfg.Cluster.Secret, Roots: cfg.Cluster.Roots()})
	k.status.Store(&clusterStatus{})
	c.permit = newPermit(l.Ends)
	if _, err := l.Look(ctx); err != nil && store.IsMistake(err) { // what no waiting mends; a server that is away comes back
		l.Close()
		return nil, &model.Error{Code: model.ErrDatabaseServer, Args: map[string]string{"path": l.Place(), "what": store.Words(err)}, Err: err}
	}
	return k, nil
}

// run stands by and leads in turn until ctx ends. An error is of a term that could not be ended in time: what is left of it must not go on.
func (k *cluster) run(ctx context.Context) error {
	defer k.lease.Close()
	for {
		if !k.await(ctx) {
			return nil
		}
		again, err := k.lead(ctx)
		if err != nil {
			return err
		}
		if !again && !pause(ctx, buildPause) {
			return nil
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// await stands by until the lease is ours; false: ctx has ended.
func (k *cluster) await(ctx context.Context) bool {
	parts := newGroup(ctx, k.Log)
	defer func() { _ = parts.stop(downBound) }() // its errors are of lookups that were cut short
	parts.run("inventory", k.askNames)
	for {
		leader, ours, err := k.try(ctx)
		if ctx.Err() != nil {
			return false
		}
		k.note(leader, ours, err)
		wait := lookPause
		switch {
		case ours:
			return true
		case err == nil:
			wait = min(lease.Look, max(leader.Left, soon))
		}
		k.isStarted()
		if !pause(ctx, wait) {
			return false
		}
	}
}

// try takes the lease if nobody has it.
func (k *cluster) try(ctx context.Context) (leader lease.Leader, ours bool, err error) {
	if leader, err = k.lease.Look(ctx); err != nil || leader.Leads() || k.lease.GivesWay(&leader) {
		return leader, false, err
	}
	return k.lease.Acquire(ctx)
}

// note keeps what was learnt of the leader, and writes what changed to the log.
func (k *cluster) note(leader lease.Leader, ours bool, err error) {
	was, is := k.status.Load(), clusterStatus{leader: leader, leads: ours, failing: err}
	log := k.component("cluster")
	switch {
	case err != nil:
		is.leader, is.since = was.leader, was.since
		if was.failing == nil {
			is.since = k.Now()
			log.WithError(err).Error("the database does not say who leads")
		}
	case was.failing != nil:
		k.away.Store(&model.Span{From: was.since, To: k.Now()})
		log.Info("the database says again who leads")
	}
	if err == nil && leader.Leads() && leader.Holder != was.leader.Holder {
		log.WithFields(map[string]any{"leader": leader.Instance, "address": leader.Address, "why": string(leader.Why), "previous": leader.Previous, "us": ours}).Info("the leader changed")
	}
	k.status.Store(&is)
}

func (k *cluster) isStarted() { k.once.Do(k.started) }

// askNames looks names up while nobody needs them, so that a takeover has them.
func (k *cluster) askNames(ctx context.Context) error {
	err := k.live.Start(ctx)
	if ctx.Err() == nil {
		k.answers.asked.Store(true)
	}
	return errors.Join(err, k.live.Run(ctx))
}

// lead runs a term until its lease is lost or ctx ends. again: it is worth trying again at once. An error is of parts that did not stop, or
// of one that could not go on.
func (k *cluster) lead(ctx context.Context) (again bool, err error) {
	t := &tenure{cluster: k, began: time.Now(), lost: make(chan struct{})}
	var cut context.CancelFunc
	ctx, cut = context.WithCancel(ctx)
	defer cut()
	renewing := newGroup(context.WithoutCancel(ctx), k.Log)
	renewing.run("lease", func(renew context.Context) error { return t.renew(renew, cut) })
	renewing.run("permit", t.guard)
	defer func() {
		err = errors.Join(err, renewing.stop(downBound))
		k.release()
	}()
	k.permit.open()
	defer k.permit.close()
	term, err := t.takeOver(ctx)
	if err != nil {
		if ctx.Err() == nil {
			k.component("cluster").WithError(err).Error("take over; it is tried again")
		}
		return t.isLost(), nil
	}
	return true, t.run(ctx, term)
}

// release lets another opsbot take over at once.
func (k *cluster) release() {
	ctx, cancel := context.WithTimeout(context.Background(), answerBound)
	defer cancel()
	if err := k.lease.Release(ctx); err != nil {
		k.component("cluster").WithError(err).Warn("give the lease back; it ends by itself")
	}
}

// tenure is the time for which this process has the lease.
type tenure struct {
	*cluster
	began time.Time
	lost  chan struct{} // closed when another opsbot leads
}

func (t *tenure) isLost() bool {
	select {
	case <-t.lost:
		return true
	default:
		return false
	}
}

// renew renews the lease until ctx ends. While that fails nobody may speak; once another opsbot leads, the term ends.
func (t *tenure) renew(ctx context.Context, end context.CancelFunc) error {
	for pause(ctx, lease.Pace) {
		err := t.lease.Renew(ctx)
		switch {
		case ctx.Err() != nil: // the renewal was cut short
			continue
		case errors.Is(err, lease.ErrLost):
			t.permit.close()
			close(t.lost)
			t.component("cluster").Warn("another opsbot leads; this one stands by")
			end()
			return nil
		case err == nil && t.lease.Valid():
			t.note(t.status.Load().leader, true, nil)
			t.regained(ctx)
		case !t.lease.Valid():
			t.permit.close()
		}
		t.note(t.status.Load().leader, true, err)
	}
	return nil
}

// guard closes the permit when the lease ends by our own clock, whatever the renewal waits for.
func (t *tenure) guard(ctx context.Context) error {
	for wait := lease.Pace; pause(ctx, max(wait, 10*time.Millisecond)); {
		if wait = time.Until(t.lease.Ends()); wait <= 0 {
			t.permit.close()
			wait = lease.Look
		}
	}
	return nil
}

// regained has a term go on that was held back: the lease was in doubt, and nobody has taken it.
func (t *tenure) regained(ctx context.Context) {
	if t.permit.isOpen() {
		return
	}
	t.permit.open()
	if term := t.running.Load(); term != nil {
		term.notice(ctx, databaseAway(t.lastAway()))
		term.outbox.dispatcher.Answers("telegram")
		term.outbox.dispatcher.Notify()
	}
}

// takeOver begins an epoch and builds a term.
func (t *tenure) takeOver(ctx context.Context) (*term, error) {
	epoch, err := t.lease.Raise(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin an epoch: %w", err)
	}
	term, err := newTerm(ctx, t.core, epoch)
	if err != nil {
		return nil, err
	}
	if err := t.lease.Confirm(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("note the schema: %w", err), term.close())
	}
	return term, nil
}

// run runs a term until ctx ends, or a part of it cannot go on.
func (t *tenure) run(ctx context.Context, term *term) (err error) {
	parts := newGroup(ctx, t.Log)
	defer func() { err = t.end(term, parts) }()
	term.answer()
	term.start(ctx, parts)
	term.watch(parts)
	t.announce(ctx, term)
	t.component("cluster").WithField("took", time.Since(t.began).Round(time.Millisecond).String()).Info("this opsbot leads")
	t.isStarted()
	parts.wait()
	return nil
}

// announce has people notified of a takeover that nobody planned, or that the database is back.
func (t *tenure) announce(ctx context.Context, term *term) {
	l := &t.status.Load().leader
	if away := t.lastAway(); l.Why != lease.First && time.Since(away.To) < recently {
		term.notice(ctx, databaseAway(away))
		return
	}
	if l.Why == lease.Expired && l.Previous != l.Instance {
		term.notice(ctx, model.NewReason(model.NoticeTakeover, "leader", l.Instance, "previous", l.Previous, "since", l.Since.UTC().Format(time.RFC3339)))
	}
}

// recently is how long ago the database may have come back for a takeover to be its doing.
const recently = lease.TTL + 10*time.Second

func (k *cluster) lastAway() model.Span {
	if away := k.away.Load(); away != nil {
		return *away
	}
	return model.Span{}
}

func databaseAway(away model.Span) model.Reason {
	return model.NewReason(model.NoticeDatabaseAway, "since", away.From.UTC().Format(time.RFC3339), "until", away.To.UTC().Format(time.RFC3339))
}

// notice puts a notice about opsbot itself into the outbox.
func (t *term) notice(ctx context.Context, what model.Reason) {
	for _, n := range newSetAside(t).notices(what) {
		n.Severity = model.SeverityWarning
		if err := t.db.Enqueue(ctx, n); err != nil && ctx.Err() == nil {
			t.component("cluster").WithError(err).Error("notify of a change of the leader")
		}
	}
	t.outbox.dispatcher.Notify()
}

// end stops a term. What is still being sent is cut off so that it stops in time: another opsbot waits to lead, or leads. Its error is of
// parts that still run, or of one that could not go on: neither may be left like that.
func (t *tenure) end(term *term, parts *group) error {
	cut := time.AfterFunc(yieldBound, t.permit.close)
	defer cut.Stop()
	err := parts.stop(downBound)
	t.standBy()
	closed := term.close()
	if t.isLost() {
		if _, late := errors.AsType[*lateError](err); !late && errors.Join(err, closed) != nil {
			t.component("cluster").WithError(errors.Join(err, closed)).Warn("stop what led")
			return nil
		}
	}
	return errors.Join(err, closed)
}

// standBy has the listeners pass requests on, and waits a moment for those that the term is answering.
func (k *cluster) standBy() {
	k.serving.Store(nil)
	ctx, cancel := context.WithTimeout(context.Background(), answerBound)
	defer cancel()
	reload := func(ctx context.Context, forced bool) (model.Problems, error) { return k.reload(ctx, forced) }
	metrics := web.NewStandbyMetrics(k.Version, k.isAway)
	control := web.StandbyControl(reload, k.forward.Control(func() http.Handler { return k.here().control }))
	k.control.replace(k.process(k.healthIn, metrics).Handler(control))(ctx)
	k.public.replace(web.StandbyPublic(web.StandbyParts{
		Health: k.healthz, Metrics: metrics, Checks: web.CheckMetrics(k.conf.admit, noMeasures), Forward: k.forward.Public(func() http.Handler { return k.here().public }),
	}))(ctx)
}

// noMeasures are the metrics of checks of an opsbot that does not lead: two that say the same would count everything twice.
func noMeasures(context.Context, model.Actor) (*ops.Measures, error) {
	return nil, nil //nolint:nilnil // there are none
}

// here are the handlers of our own term, if we lead.
func (k *cluster) here() serving {
	if s := k.serving.Load(); s != nil {
		return *s
	}
	return serving{}
}

// leader is where requests are passed on to.
func (k *cluster) leader() web.Leader {
	st := k.status.Load()
	if st.leads || !st.leader.Leads() {
		return web.Leader{}
	}
	return web.Leader{Address: st.leader.Address, Start: st.leader.Holder}
}

// isAway reports whether the database does not say who leads.
func (k *cluster) isAway() bool { return k.status.Load().failing != nil }
