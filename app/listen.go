package app

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"syscall"
	"time"

	"opsbot/bot"
	"opsbot/model"
	"opsbot/web"
)

// listen opens the control socket and, when one is configured, the web listener. A port or socket in use is an error
// that names it and what to do.
func (a *App) listen(ctx context.Context, g *group) error {
	cfg := a.loaded.Load().Config
	control, err := web.ListenControl(ctx, cfg.Control.Socket)
	if err != nil {
		return listening(cfg.Control.Socket, "socket in [control]", err)
	}
	deps := web.ControlDeps{
		Actions: a.actions, States: a.manager.StatesJSON, Reload: a.Reload, Now: func() time.Time { return a.o.Now().In(a.zone()) },
		Renderer: a.plain(),
	}
	g.run("control", func(ctx context.Context) error { return web.Serve(ctx, control, web.Control(deps)) })
	if cfg.Web.Listen == "" {
		return nil
	}
	public, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Web.Listen)
	if err != nil {
		return listening(cfg.Web.Listen, "listen in [web]", err)
	}
	a.component("web").WithField("address", public.Addr().String()).Info("listening")
	metrics := web.NewMetrics(a.o.Version, a.snapshot)
	handler := web.Public(web.Parts{Health: a.health, Metrics: metrics, Jobs: a.jobs(), API: web.API(deps, a.admit), Hooks: a.sources})
	g.run("web", func(ctx context.Context) error { return web.Serve(ctx, public, handler) })
	g.run("heartbeats", a.noteReceiving)
	return nil
}

// listening says an error of a listener with the place to change.
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

// plain says things to those who are not in a chat.
func (a *App) plain() *bot.Plain {
	return &bot.Plain{Texts: a.texts, Zone: a.zone, Now: a.o.Now, Draw: a.charts.draw}
}
