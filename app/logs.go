package app

import (
	"context"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/alerts"
	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/logs"
	"opsbot/model"
	"opsbot/ops"
)

// logReading reads the logs of hosts: when asked, and by the collector when an incident opens.
type logReading struct {
	*setup.Logs
	collector *logs.Collector
	live      *inventory.Live
	conf      *configuration
	log       logrus.FieldLogger
	releasing sync.WaitGroup // readers of replaced configurations that finish
}

// newLogReading makes what reads logs. The manager notes log lines on cards.
func newLogReading(b *base, live *inventory.Live, manager func() *alerts.Manager) (*logReading, error) {
	reader, err := setup.NewLogs(b.conf.current().Config, b.Now)
	if err != nil {
		return nil, err
	}
	r := &logReading{Logs: reader, live: live, conf: b.conf, log: b.component("logs")}
	r.collector = logs.NewCollector(logs.CollectorOptions{
		Read: r.around, Around: r.policy, Now: b.Now, Fail: b.rateLimited("logs", "put lines of logs on a card"),
		Note: func(ctx context.Context, id model.IncidentID, groups []model.LogGroup) error {
			return manager().NoteLogs(ctx, id, groups)
		},
	})
	return r, nil
}

// run collects logs until ctx ends, and waits for readers that were replaced.
func (r *logReading) run(ctx context.Context) error {
	err := r.collector.Run(ctx)
	r.releasing.Wait()
	return err
}

// configure reads logs by another configuration. What is being read is read to its end with the old one.
func (r *logReading) configure(old, next *config.Config) {
	release, err := r.Replace(old, next)
	if err != nil {
		r.log.WithError(err).Error("take up the configuration of logs; the one before stays in use")
		return
	}
	if release != nil {
		r.releasing.Go(release)
	}
}

// around reads a span of the logs of hosts that have any.
func (r *logReading) around(ctx context.Context, hosts []string, span model.Span) []model.LogExcerpt {
	inv := r.live.Current()
	var questions []model.LogQuestion
	for _, name := range hosts {
		if h, known := inv.Host(name); known && len(r.Sources(h)) > 0 {
			questions = append(questions, model.LogQuestion{Host: name, From: span.From, To: span.To, Pages: ops.TestPages(inv, name)})
		}
	}
	return r.Excerpts(ctx, inv, questions)
}

// policy is how much of the logs is collected when an incident opens.
func (r *logReading) policy() (before time.Duration, hosts int) {
	cfg := r.conf.current().Config
	if !cfg.Excerpts.Collect || len(cfg.Logs) == 0 {
		return 0, 0
	}
	return time.Duration(cfg.Excerpts.Before), cfg.Excerpts.Hosts
}

// collected are the excerpts that were collected for an incident.
func (r *logReading) collected(id model.IncidentID) (ops.Collected, bool) {
	excerpts, at, found := r.collector.Collected(id)
	return ops.Collected{At: at, Excerpts: excerpts}, found
}

// has reports whether any host of an incident has logs.
func (r *logReading) has(in *model.Incident) bool {
	inv := r.live.Current()
	for _, name := range in.Hosts() {
		if h, known := inv.Host(name); known && len(r.Sources(h)) > 0 {
			return true
		}
	}
	return false
}
