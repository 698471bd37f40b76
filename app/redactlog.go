package app

import (
	"context"
	"sync"

	"github.com/sirupsen/logrus"

	"opsbot/app/setup"
	"opsbot/logs"
	"opsbot/model"
)

// redactor replaces secrets by the rules of logs and the patterns of the configuration in use. A source says the same labels again and again, at
// each poll: what was short and said lately is not searched again. It is safe for concurrent use.
type redactor struct {
	conf *configuration

	mu    sync.Mutex
	rules *setup.Loaded // of known
	known map[string]string
}

// The bounds of what is remembered.
const (
	mostKnown    = 20_000
	longestKnown = 200 // bytes
)

// text is a text without its secrets.
func (r *redactor) text(said string) string {
	rules := r.conf.current()
	clean, known := r.recall(rules, said)
	if known {
		return clean
	}
	clean = logs.Text(said, rules.Config.Excerpts.Secrets)
	if len(said) <= longestKnown {
		r.remember(rules, said, clean)
	}
	return clean
}

func (r *redactor) recall(rules *setup.Loaded, said string) (clean string, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rules != rules || len(r.known) >= mostKnown {
		r.rules, r.known = rules, map[string]string{}
	}
	clean, known = r.known[said]
	return clean, known
}

func (r *redactor) remember(rules *setup.Loaded, said, clean string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rules == rules { // else the patterns have changed meanwhile
		r.known[said] = clean
	}
}

// redactLog keeps the secrets of what others said out of the log: errors hold answers of servers and output of programs.
type redactLog struct{ redact model.Redactor }

// Levels implements logrus.Hook.
func (redactLog) Levels() []logrus.Level { return logrus.AllLevels }

// foreign are the fields that hold what others said.
var foreign = []string{logrus.ErrorKey, "said", "what", "reason", "panic"}

// Fire implements logrus.Hook. A value keeps its type unless its text holds a secret.
func (h redactLog) Fire(e *logrus.Entry) error {
	for _, key := range foreign {
		var text string
		switch v := e.Data[key].(type) {
		case string:
			text = v
		case error:
			text = v.Error()
		default:
			continue
		}
		if clean := h.redact.Text(text); clean != text {
			e.Data[key] = clean
		}
	}
	return nil
}

// redactedReplies hands on what sources answered to write-back without its secrets.
func redactedReplies(redact model.Redactor, note func(context.Context, model.IncidentID, []model.Reason) error) func(context.Context, model.IncidentID, []model.Reason) error {
	return func(ctx context.Context, id model.IncidentID, replies []model.Reason) error {
		clean := make([]model.Reason, len(replies))
		for i, r := range replies {
			clean[i] = redact.Reason(r)
		}
		return note(ctx, id, clean)
	}
}
