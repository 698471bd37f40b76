package app

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/inventory"
	"opsbot/model"
	"opsbot/texts"
	"opsbot/web"
)

// troubles says what ails opsbot itself now.
func (a *App) healthIssues() []model.Reason {
	var all []model.Reason
	if h := a.manager.Health(); h.Err != nil {
		what := h.Err.Error()
		if e, ok := errors.AsType[*model.Error](h.Err); ok && e.Args["what"] != "" {
			what = e.Args["what"]
		}
		all = append(all, model.NewReason(model.IssueStore, "what", what, "since", h.Since.UTC().Format(time.RFC3339)))
	}
	return append(all, a.issuesAround()...)
}

// issuesAround is troubles but for those of the book itself, which must not be asked while it judges.
func (a *App) issuesAround() []model.Reason {
	var all []model.Reason
	if t, ok := a.telegramIssue(); ok {
		all = append(all, t)
	}
	if q, err := a.db.Queue(context.Background(), time.Now()); err == nil {
		all = append(all, queueIssues(q, time.Now())...)
	}
	if problems := a.reloadFault.Load(); problems != nil {
		all = append(all, model.NewReason(model.IssueReload, "what", (*problems)[0].Encode()))
	}
	return all
}

// outboxPatience is how old a due message may be before that is worth a word: Telegram's own pauses are shorter.
const outboxPatience = 2 * time.Minute

func queueIssues(q model.QueueStats, now time.Time) []model.Reason {
	var all []model.Reason
	if !q.Oldest.IsZero() && now.Sub(q.Oldest) > outboxPatience {
		all = append(all, model.NewReason(model.IssueOutbox, "waiting", strconv.Itoa(q.Length), "since", q.Oldest.UTC().Format(time.RFC3339)))
	}
	if q.Dead > 0 {
		all = append(all, model.NewReason(model.IssueDeadLetters, "count", strconv.Itoa(q.Dead)))
	}
	return all
}

func nameIssue(w inventory.Warning) model.Reason {
	return model.NewReason(model.IssueName, "name", w.Name, "kept", strconv.Itoa(w.Kept), "said", string(w.Reason.Code))
}

// visible reports whether somebody may know of a name: one of its clients lies in their scope.
func visible(clients []string, scope model.Scope) bool {
	return !scope.Limited || slices.ContainsFunc(clients, scope.Sees)
}

// health is what /healthz answers. Telegram being away is said, and is no reason for a restart.
func (a *App) health() web.Health {
	h := web.Health{OK: a.manager.Health().Err == nil && !a.commits.hang(), Ready: a.ready.Load(), Version: a.o.Version, Instance: a.loaded.Load().Config.Instance.Name}
	p := a.texts.For(texts.English)
	for _, t := range a.healthIssues() {
		h.HealthIssues = append(h.HealthIssues, p.Reason(public(t)))
	}
	return h
}

// public is a trouble without what is not for everybody who can reach the listener: mistakes in the configuration name
// clients.
func public(t model.Reason) model.Reason {
	if t.Code == model.IssueReload {
		return model.NewReason(model.IssueReload, "what", "opsbot config check says which")
	}
	return t
}

// isForPeople reports whether an error has words for people.
func isForPeople(err error) bool {
	_, ok := errors.AsType[*model.Error](err)
	return ok
}

// consoleLanguage is that of the machine's locale.
func consoleLanguage(getenv func(string) string) string {
	if getenv == nil {
		getenv = os.Getenv
	}
	for _, name := range []string{"OPSBOT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), texts.Russian) {
				return texts.Russian
			}
			return texts.English
		}
	}
	return texts.English
}
