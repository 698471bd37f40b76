package app

import (
	"context"

	"github.com/sirupsen/logrus"

	"opsbot/model"
)

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
