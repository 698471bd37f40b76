package app

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"opsbot/config"
	"opsbot/inventory"
	"opsbot/logs"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/ssh"
)

// logRoom is what reads logs, by the configuration that holds now. It is safe for concurrent use.
type logRoom struct{ now atomic.Pointer[logsNow] }

// logsNow is one configuration's.
type logsNow struct {
	reading sync.RWMutex // held, not alone, by whoever reads
	reader  *logs.Reader
	pool    *ssh.Pool // nil: no source is remote
}

// use gives what holds now; it stays open until reading is unlocked.
func (r *logRoom) use() *logsNow {
	for {
		now := r.now.Load()
		now.reading.RLock()
		if r.now.Load() == now {
			return now
		}
		now.reading.RUnlock()
	}
}

// retire ends the connections once nobody reads over them any more.
func (n *logsNow) retire() {
	n.reading.Lock()
	defer n.reading.Unlock()
	if n.pool != nil {
		n.pool.Close()
	}
}

// Sources implements ops.Logs.
func (r *logRoom) Sources(host model.Host) []string { return r.now.Load().reader.Sources(host) }

// Excerpts implements ops.Logs.
func (r *logRoom) Excerpts(ctx context.Context, inv *model.Inventory, questions []model.LogQuestion) []model.LogExcerpt {
	now := r.use()
	defer now.reading.RUnlock()
	return now.reader.Excerpts(ctx, inv, questions)
}

// open makes the first one.
func (r *logRoom) open(cfg *config.Config, now func() time.Time) error {
	made, err := newLogs(cfg, now)
	if err == nil {
		r.now.Store(made)
	}
	return err
}

// close ends the connections.
func (r *logRoom) close() {
	if now := r.now.Load(); now != nil && now.pool != nil {
		now.pool.Close()
	}
}

// logHostsAtOnce is how many hosts are read at a time: more than a person waits for, fewer than a storm has.
const logHostsAtOnce = 8

// buildLogs makes what reads logs.
func (a *App) buildLogs(context.Context) error {
	if err := a.logRoom.open(a.loaded.Load().Config, a.o.Now); err != nil {
		return err
	}
	log := &rateLimited{log: a.component("logs"), text: "put lines of logs on a card", now: time.Now}
	a.collector = logs.NewCollector(logs.CollectorOptions{
		Read: a.readAround, Note: a.manager.NoteLogs, Around: a.collects, Fail: log.write, Now: a.o.Now,
	})
	a.commits.seen = a.collector.See
	return nil
}

// readAround asks hosts that have logs for a span of them.
func (a *App) readAround(ctx context.Context, hosts []string, span model.Span) []model.LogExcerpt {
	inv := a.live.Current()
	var questions []model.LogQuestion
	for _, name := range hosts {
		if h, known := inv.Host(name); known && len(a.logRoom.Sources(h)) > 0 {
			questions = append(questions, model.LogQuestion{Host: name, From: span.From, To: span.To, Pages: ops.TestPages(inv, name)})
		}
	}
	return a.logRoom.Excerpts(ctx, inv, questions)
}

// collects is how much of the logs is taken when an incident opens.
func (a *App) collects() (before time.Duration, hosts int) {
	cfg := a.loaded.Load().Config
	if !cfg.Excerpts.Collect || len(cfg.Logs) == 0 {
		return 0, 0
	}
	return time.Duration(cfg.Excerpts.Before), cfg.Excerpts.Hosts
}

// collected implements what ops.Deps asks for.
func (a *App) collected(id model.IncidentID) (ops.Collected, bool) {
	excerpts, at, found := a.collector.Collected(id)
	return ops.Collected{At: at, Excerpts: excerpts}, found
}

// hasLogs reports whether an incident's hosts have logs.
func (a *App) hasLogs(in *model.Incident) bool {
	return a.actions != nil && a.actions.HasLogs(in.Hosts())
}

func newLogs(cfg *config.Config, now func() time.Time) (*logsNow, error) {
	made := &logsNow{}
	o := logs.Options{
		Means: inventory.Means, Redact: cfg.Excerpts.Secrets, Lines: cfg.Excerpts.Lines, Bytes: cfg.Excerpts.Bytes,
		Timeout: time.Duration(cfg.Excerpts.Timeout), AtOnce: logHostsAtOnce, Now: now,
	}
	for i := range cfg.Logs {
		s := &cfg.Logs[i]
		o.Sources = append(o.Sources, logs.Source{
			Name: s.Name, Hosts: s.Hosts, Files: s.Files, Unit: s.Unit, Command: s.Command, Local: s.Local, Plain: s.Format == config.LogPlain,
			Zone: s.Zone.Location(),
		})
		if !s.Local && made.pool == nil {
			pool, err := ssh.NewPool(sshOptions(&cfg.SSH))
			if err != nil {
				return nil, fmt.Errorf("set up SSH: %w", err)
			}
			made.pool, o.Remote = pool, pool
		}
	}
	made.reader = logs.New(o)
	return made, nil
}

func sshOptions(s *config.SSH) ssh.Options {
	home, err := os.UserHomeDir()
	if err != nil { // a service without a home: whoever needs one is told
		home = ""
	}
	return ssh.Options{
		User: s.User, Key: s.Key, PassphraseFile: s.PassphraseFile, Agent: s.Agent, KnownHosts: s.KnownHosts, Config: s.Config, Jump: s.Jump,
		Port: s.Port, PerHost: s.PerHost, Connect: time.Duration(s.Timeout), Home: home,
	}
}

// reloadLogs changes to another configuration of logs. What is being read is read to its end with the old one.
func (a *App) reloadLogs(old, next *config.Config) {
	if reflect.DeepEqual(old.SSH, next.SSH) && reflect.DeepEqual(old.Logs, next.Logs) && reflect.DeepEqual(old.Excerpts, next.Excerpts) {
		return
	}
	made, err := newLogs(next, a.o.Now)
	if err != nil {
		a.component("logs").WithError(err).Error("take up the configuration of logs; the one before goes on")
		return
	}
	before := a.logRoom.now.Swap(made)
	a.running.Go(before.retire)
}

// logPolicy is how much is asked of the logs of hosts that failed.
func (a *App) logPolicy() ops.LogPolicy { return logPolicyOf(a.loaded.Load().Config) }

func logPolicyOf(cfg *config.Config) ops.LogPolicy {
	e := &cfg.Excerpts
	return ops.LogPolicy{Before: time.Duration(e.Before), After: time.Duration(e.After), Hosts: e.Hosts}
}

// idleLogs finds what is wrong with the files of [ssh], and words of log sources that name no host.
func (l *Loaded) idleLogs() model.Problems {
	var problems model.Problems
	for _, wrong := range sshOptions(&l.Config.SSH).Check() {
		problems = append(problems, l.Config.SSH.At.Problem(wrong))
	}
	for i := range l.Config.Logs {
		s := &l.Config.Logs[i]
		for _, word := range s.Hosts {
			if word != "all" && !l.Plan.Picks(word) {
				problems = append(problems, s.At.Problem(l.unknownHost(word)))
			}
		}
	}
	return problems
}
