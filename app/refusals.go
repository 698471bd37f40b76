package app

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/web"
)

// refusalPause is how often refusals are written to the log: however many strangers come, and wherever, they cost one line each.
const refusalPause = time.Minute

// refusals counts what was refused to strangers: unknown chats, wrong codes, tokens and secrets, failed handshakes. All of it together is
// one line of the log a minute. It is safe for concurrent use.
type refusals struct {
	log logrus.FieldLogger
	now func() time.Time

	mu      sync.Mutex
	all     map[string]uint64 // since the start, by kind
	unsaid  map[string]int    // since the last line, by kind
	last    web.Refusal
	written time.Time
}

// refusalKinds are the kinds; each is a series of the metrics from the start.
var refusalKinds = []string{"chat", "code", "token", "hook", "heartbeat", "ack", "calendar", "tls", "dropped"}

func newRefusals(log logrus.FieldLogger, now func() time.Time) *refusals {
	r := &refusals{log: log, now: now, all: map[string]uint64{}, unsaid: map[string]int{}}
	for _, kind := range refusalKinds {
		r.all[kind] = 0
	}
	return r
}

// add counts one, and writes the line if it is time.
func (r *refusals) add(one web.Refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all[one.Kind]++
	r.unsaid[one.Kind]++
	r.last = one
	r.write()
}

// chat counts what was refused in Telegram.
func (r *refusals) chat(kind string, in telegram.Incoming) {
	r.add(web.Refusal{Kind: kind, From: model.Destination{Channel: "telegram", Chat: in.Chat.ID}.String(), What: personOf(in)})
}

func personOf(in telegram.Incoming) string {
	who := model.Actor{User: in.User.ID, Name: model.PersonName(in.User.Name)}
	return who.Person()
}

// dropped counts an update that found no place.
func (r *refusals) dropped(in telegram.Incoming) { r.chat("dropped", in) }

// write writes the line, unless one was written a moment ago or there is nothing to say. The caller holds mu.
func (r *refusals) write() {
	now := r.now()
	if since := now.Sub(r.written); len(r.unsaid) == 0 || since >= 0 && since < refusalPause {
		return
	}
	fields := logrus.Fields{"last": r.last.Kind, "from": r.last.From}
	if r.last.What != "" {
		fields["what"] = model.PersonName(r.last.What)
	}
	for kind, n := range r.unsaid {
		fields[kind] = n
	}
	r.log.WithFields(fields).Warn("calls and messages were refused")
	clear(r.unsaid)
	r.written = now
}

// run writes what a flood that is over has left unsaid.
func (r *refusals) run(ctx context.Context) error {
	tick := time.NewTicker(refusalPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			r.mu.Lock()
			r.write()
			r.mu.Unlock()
		}
	}
}

// counts are the refusals since the start, by kind.
func (r *refusals) counts() map[string]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.all)
}

// auditLines writes audit entries to the log as well, so that they outlive the database and can be shipped elsewhere. Those of strangers
// are refusals.
func auditLines(log logrus.FieldLogger) func(model.AuditEntry) {
	return func(e model.AuditEntry) {
		if e.Actor.Role > model.RoleNone || e.Result == "ok" {
			log.WithFields(auditFields(&e)).Info("done by a person")
		}
	}
}

// auditFields are the fields of an audit entry. A name is never without its number, its role and its chat.
func auditFields(e *model.AuditEntry) logrus.Fields {
	a := &e.Actor
	fields := logrus.Fields{
		"user": int64(a.User), "name": a.Name, "chat": int64(a.Chat), "role": a.Role.String(), "via": a.Via, "action": e.Action,
		"target": e.Target, "result": e.Result,
	}
	if a.Scope.Limited {
		fields["clients"] = a.Scope.Clients
	}
	for name, value := range map[string]string{"before": e.Before, "after": e.After} {
		if value != "" {
			fields[name] = value
		}
	}
	return fields
}
