package app

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"opsbot/config"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
	"opsbot/web"
)

// listen opens the control socket and, when one is configured, the web listener. Whoever leads answers there. A port or socket in use is
// an error that names it and what to do.
func (a *App) listen(ctx context.Context, g *group) error {
	cfg := a.conf.current().Config
	control, err := web.ListenControl(ctx, cfg.Control.Socket)
	if err != nil {
		return listening(cfg.Control.Socket, "socket in [control]", err)
	}
	g.run("control", func(ctx context.Context) error { return web.Serve(ctx, control, a.control, nil) })
	if cfg.Web.Listen == "" {
		return nil
	}
	public, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Web.Listen)
	if err != nil {
		return listening(cfg.Web.Listen, "listen in [web]", err)
	}
	a.component("web").WithField("address", public.Addr().String()).Info("listening")
	certificate, err := a.certificate(&cfg.Web)
	if err != nil {
		return errors.Join(err, public.Close())
	}
	if certificate != nil {
		public = tls.NewListener(public, certificate.Config())
	}
	failures := a.guard.ErrorLog(a.rateLimitedLine("web", "a connection failed"))
	g.run("web", func(ctx context.Context) error {
		return web.Serve(ctx, public, web.Hosts(cfg.Web.Hosts, certificate, a.public), failures)
	})
	return nil
}

// answer has the term answer at the listeners, in place of whoever did.
func (t *term) answer() {
	deps := web.ControlDeps{
		Actions: t.actions, States: t.alerts.manager.StatesJSON, Reload: t.reload, Paired: t.people.Paired, OpenPairing: t.people.OpenPairing, Now: func() time.Time { return t.Now().In(t.zone()) },
		Renderer: t.plain,
	}
	control := web.Control(deps)
	metrics := web.NewMetrics(t.Version, t.snapshot)
	public := web.Public(web.Parts{
		Guard: t.guard, Redact: t.redact,
		Health: t.healthz, Metrics: metrics, Jobs: newHeartbeats(t.base, t.checks), Checks: web.CheckMetrics(t.conf.admit, t.measures), API: web.API(deps, t.conf.admit), Hooks: t.sources,
		Acks: t.actions, AckSays: t.plain, Calendar: t.actions.CalendarOf,
	})
	if t.cluster != nil {
		public = web.NewForwardReceiver(t.conf.current().Config.Cluster.Secret, t.cluster.lease.Holder()).Handler(public, control)
	}
	t.serving.Store(&serving{control: control, public: public})
	t.control.replace(t.process(t.healthIn, metrics).Handler(control))
	t.public.replace(public)
}

// measures are the metrics of checks for the owner of a token.
func (t *term) measures(ctx context.Context, who model.Actor) (*ops.Measures, error) {
	return t.actions.Measures(ctx, who, t.conf.current().Config.Web.MetricsChecks)
}

// process answers for this process at the control socket, in words of the command line.
func (c *core) process(health func(p *texts.Printer) web.Health, metrics prometheus.Gatherer) web.Process {
	return web.Process{Health: func(language string) web.Health { return health(c.plain.Texts.For(language)) }, Metrics: metrics, Log: c.lately.lines}
}

// serving are the handlers of a term.
type serving struct{ control, public http.Handler }

// certificate is that of the web listener; nil without one.
func (c *core) certificate(cfg *config.Web) (*web.Certificate, error) {
	if cfg.CertFile == "" {
		return nil, nil //nolint:nilnil // plain HTTP
	}
	log := c.component("web")
	return web.NewCertificate(cfg.CertFile, cfg.KeyFile, func(err error) { log.WithError(err).Error("renew the certificate") }, c.Now)
}

// listening is an error of a listener with the key to change.
func listening(address, key string, err error) error {
	code := model.ErrListen
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		code = model.ErrInUse
	case filepath.IsAbs(address):
		key += ": " + filepath.Dir(address)
	}
	what := err.Error()
	if op, ok := errors.AsType[*net.OpError](err); ok {
		what = op.Err.Error()
	}
	return &model.Error{Code: code, Args: map[string]string{"address": address, "key": key, "what": what}, Err: err}
}
