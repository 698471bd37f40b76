package app

import (
	"context"
	"time"

	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/logs"
	"opsbot/model"
	"opsbot/ops"
)

// buildLogs makes what reads logs.
func (a *App) buildLogs(context.Context) error {
	var err error
	if a.logs, err = setup.NewLogs(a.loaded.Load().Config, a.o.Now); err != nil {
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
		if h, known := inv.Host(name); known && len(a.logs.Sources(h)) > 0 {
			questions = append(questions, model.LogQuestion{Host: name, From: span.From, To: span.To, Pages: ops.TestPages(inv, name)})
		}
	}
	return a.logs.Excerpts(ctx, inv, questions)
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

// reloadLogs changes to another configuration of logs. What is being read is read to its end with the old one.
func (a *App) reloadLogs(old, next *config.Config) {
	release, err := a.logs.Replace(old, next)
	if err != nil {
		a.component("logs").WithError(err).Error("take up the configuration of logs; the one before goes on")
		return
	}
	if release != nil {
		a.running.Go(release)
	}
}
