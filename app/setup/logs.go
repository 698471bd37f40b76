package setup

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

// maxLogHosts is how many hosts are read at a time: more than a person waits for, fewer than a storm has.
const maxLogHosts = 8

// Logs reads logs by a configuration that can be replaced. Make one with NewLogs; it is safe for concurrent use.
type Logs struct {
	now     func() time.Time
	current atomic.Pointer[logReader]
}

// NewLogs opens the log reader of a configuration. Close it.
func NewLogs(cfg *config.Config, now func() time.Time) (*Logs, error) {
	r, err := newLogReader(cfg, now)
	if err != nil {
		return nil, err
	}
	l := &Logs{now: now}
	l.current.Store(r)
	return l, nil
}

// Sources implements ops.Logs.
func (l *Logs) Sources(host model.Host) []string { return l.current.Load().reader.Sources(host) }

// Excerpts implements ops.Logs.
func (l *Logs) Excerpts(ctx context.Context, inv *model.Inventory, questions []model.LogQuestion) []model.LogExcerpt {
	r := l.acquire()
	defer r.inUse.RUnlock()
	return r.reader.Excerpts(ctx, inv, questions)
}

// acquire returns the current reader; it stays open until inUse is unlocked.
func (l *Logs) acquire() *logReader {
	for {
		r := l.current.Load()
		r.inUse.RLock()
		if l.current.Load() == r {
			return r
		}
		r.inUse.RUnlock()
	}
}

// Replace changes to another configuration. release closes the connections of the one before, once nobody reads over them
// any more; it is nil when nothing has changed.
func (l *Logs) Replace(old, next *config.Config) (release func(), err error) {
	if reflect.DeepEqual(old.SSH, next.SSH) && reflect.DeepEqual(old.Logs, next.Logs) && reflect.DeepEqual(old.Excerpts, next.Excerpts) {
		return nil, nil
	}
	r, err := newLogReader(next, l.now)
	if err != nil {
		return nil, err
	}
	return l.current.Swap(r).closeWhenUnused, nil
}

// Close closes the connections at once.
func (l *Logs) Close() { l.current.Load().close() }

// logReader reads the logs of one configuration.
type logReader struct {
	inUse  sync.RWMutex // read-locked by whoever reads
	reader *logs.Reader
	pool   *ssh.Pool // nil: no source is remote
}

func newLogReader(cfg *config.Config, now func() time.Time) (*logReader, error) {
	r := &logReader{}
	o := logs.Options{
		Means: inventory.Means, Redact: cfg.Excerpts.Secrets, Lines: cfg.Excerpts.Lines, Bytes: cfg.Excerpts.Bytes,
		Timeout: time.Duration(cfg.Excerpts.Timeout), AtOnce: maxLogHosts, Now: now,
	}
	for i := range cfg.Logs {
		s := &cfg.Logs[i]
		o.Sources = append(o.Sources, logs.Source{
			Name: s.Name, Hosts: s.Hosts, Files: s.Files, Unit: s.Unit, Command: s.Command, Local: s.Local, Plain: s.Format == config.LogPlain,
			Zone: s.Zone.Location(), Encoding: s.Encoding.Charset(),
		})
		if !s.Local && r.pool == nil {
			pool, err := ssh.NewPool(SSHOptions(&cfg.SSH))
			if err != nil {
				return nil, fmt.Errorf("set up SSH: %w", err)
			}
			r.pool, o.Remote = pool, pool
		}
	}
	r.reader = logs.New(o)
	return r, nil
}

func (r *logReader) closeWhenUnused() {
	r.inUse.Lock()
	defer r.inUse.Unlock()
	r.close()
}

func (r *logReader) close() {
	if r.pool != nil {
		r.pool.Close()
	}
}

// SSHOptions say how hosts are reached over SSH.
func SSHOptions(s *config.SSH) ssh.Options {
	home, err := os.UserHomeDir()
	if err != nil { // a service without a home: an option that needs one is an error of its own
		home = ""
	}
	return ssh.Options{
		User: s.User, Key: s.Key, PassphraseFile: s.PassphraseFile, Agent: s.Agent, KnownHosts: s.KnownHosts, Config: s.Config, Jump: s.Jump,
		Port: s.Port, PerHost: s.PerHost, Connect: time.Duration(s.Timeout), Home: home,
	}
}

// LogPolicy says how much is read of the logs of hosts that failed.
func (l *Loaded) LogPolicy() ops.LogPolicy {
	e := &l.Config.Excerpts
	return ops.LogPolicy{Before: time.Duration(e.Before), After: time.Duration(e.After), Hosts: e.Hosts}
}
