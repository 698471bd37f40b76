package app

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"path/filepath"
	"syscall"
	"time"

	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/model"
	"opsbot/web"
)

// listen opens the control socket and, when one is configured, the web listener. A port or socket in use is an error
// that names it and what to do.
func (a *App) listen(ctx context.Context, g *group) error {
	cfg := a.conf.current().Config
	control, err := web.ListenControl(ctx, cfg.Control.Socket)
	if err != nil {
		return listening(cfg.Control.Socket, "socket in [control]", err)
	}
	deps := web.ControlDeps{
		Actions: a.actions, States: a.alerts.manager.StatesJSON, Reload: a.reload, Paired: a.people.Paired, Now: func() time.Time { return a.Now().In(a.zone()) },
		Renderer: a.plain,
	}
	g.run("control", func(ctx context.Context) error { return web.Serve(ctx, control, web.Control(deps), nil) })
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
	guard := web.NewGuard(a.Now, setup.Wait, a.refusals.add)
	failures := guard.ErrorLog(a.rateLimitedLine("web", "a connection failed"))
	handler := web.Public(web.Parts{
		Guard: guard, Redact: a.redact,
		Health: a.healthz, Metrics: web.NewMetrics(a.Version, a.snapshot), Jobs: newHeartbeats(a.base, a.checks), API: web.API(deps, a.conf.admit), Hooks: a.sources,
	})
	g.run("web", func(ctx context.Context) error {
		return web.Serve(ctx, public, web.Hosts(cfg.Web.Hosts, certificate, handler), failures)
	})
	g.run("heartbeats", a.checks.heartbeats.noteReceiving(a.base))
	return nil
}

// certificate is that of the web listener; nil without one.
func (a *App) certificate(cfg *config.Web) (*web.Certificate, error) {
	if cfg.CertFile == "" {
		return nil, nil //nolint:nilnil // plain HTTP
	}
	log := a.component("web")
	return web.NewCertificate(cfg.CertFile, cfg.KeyFile, func(err error) { log.WithError(err).Error("renew the certificate") }, a.Now)
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
