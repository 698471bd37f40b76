package ops

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// mostAudit bounds how many lines of the audit log are read for one answer.
const mostAudit = 2000

// AuditLog is what people did since a time.
type AuditLog struct {
	Since time.Time
	Lines []model.AuditEntry // newest first
	More  bool               // there were more than could be read
}

// AuditLog returns the audit entries since a time that match all the words: part of a name, an action, or its target, ignoring
// case. It requires an admin; with a limited scope, only entries of people with the same or a smaller scope are returned.
func (k *Actions) AuditLog(ctx context.Context, who model.Actor, words []string, since time.Time) (*AuditLog, error) {
	if err := k.need(ctx, who, model.RoleAdmin, "audit", strings.Join(words, " ")); err != nil {
		return nil, err
	}
	all, more, err := k.audited(ctx, who, since)
	if err != nil {
		return nil, err
	}
	log := &AuditLog{Since: since, More: more}
	for i := range all {
		if e := &all[i]; matches(e, words) {
			log.Lines = append(log.Lines, *e)
		}
	}
	return log, nil
}

// targetNumber is the number of an incident or a mute that a target begins with.
var targetNumber = regexp.MustCompile(`^(?:incident )?#(\d+)`)

func matches(e *model.AuditEntry, words []string) bool {
	text := strings.ToLower(strings.Join([]string{e.Actor.Name, e.Actor.Via, e.Action, e.Target, e.Result}, " "))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, strings.ToLower(w)) })
}
