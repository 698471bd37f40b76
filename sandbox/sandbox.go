// Package sandbox is opsbot's world without the world: a local Bot API server, a simulated fleet, the systems that watch it, a
// page in the browser to chat and to break things, and the text of a config that ties the product to them: one of its own, or an example's.
//
// It must not know the product's insides: it speaks HTTP and TCP, and hands out a config as text.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
	"opsbot/sandbox/mailbox"
	"opsbot/sandbox/monitors"
)

// DefaultPageAddr is where the page is, unless it is taken: then on the next free port.
const DefaultPageAddr = "127.0.0.1:8899"

// Options say where things are.
type Options struct {
	PageAddr  string  // default DefaultPageAddr; only loopback addresses are taken
	Dir       string  // absolute; the config puts the product's database and socket there. It must exist
	FreePorts bool    // the fleet takes ports from the system, even when its usual ones are free
	Example   Example // whose world it is; the zero Example is the hosting company's
}

// Sandbox is a running world. It is safe for use by several goroutines.
type Sandbox struct {
	Bot      *botapi.Server // what Telegram and people are
	Fleet    *fleet.Fleet
	Monitors *monitors.Monitors // what watches the fleet; nil in the worlds of examples
	Mailbox  *mailbox.Box       // where all mail goes

	dir     string
	example Example
	stage   stage
	url     string
	watch   watch
	outage  *outage
	server  *http.Server
	ended   chan struct{} // closed once the page is served no more
	stop    context.CancelFunc
	wait    sync.WaitGroup
	err     error // of serving; read after ended
}

// Start starts the fleet, the Bot API and the page. The end of ctx ends the page; Close ends everything, and waits.
func Start(ctx context.Context, o Options) (*Sandbox, error) {
	if o.PageAddr == "" {
		o.PageAddr = DefaultPageAddr
	}
	here := stage{plan: fleet.Hosting()}
	if o.Example.Name != "" {
		var err error
		if here, err = stageOf(o.Example.Name); err != nil {
			return nil, err
		}
	}
	listener, err := listenNear(ctx, o.PageAddr)
	if err != nil {
		return nil, fmt.Errorf("listen for the page: %w", err)
	}
	s := &Sandbox{dir: o.Dir, example: o.Example, stage: here, url: "http://" + listener.Addr().String() + "/", ended: make(chan struct{})}
	if err := s.startParts(ctx, o); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	ctx, s.stop = context.WithCancel(ctx)
	s.serve(ctx, listener)
	return s, nil
}

func (s *Sandbox) startParts(ctx context.Context, o Options) error {
	if s.example.Name == "" {
		if err := s.addMonitors(ctx, o.FreePorts); err != nil {
			return err
		}
	}
	logs := ""
	if s.example.Name == "" {
		logs = s.path("logs")
	}
	s.Fleet = fleet.New(fleet.Options{Plan: s.stage.plan, Free: o.FreePorts, Logs: logs})
	if err := s.Fleet.Start(ctx); err != nil {
		return err
	}
	box, err := mailbox.Start(ctx)
	if err != nil {
		s.Fleet.Close()
		return err
	}
	s.Mailbox = box
	bot, err := botapi.Start(botapi.Options{})
	if err != nil {
		box.Close()
		s.Fleet.Close()
		return fmt.Errorf("start the local Bot API: %w", err)
	}
	if s.Monitors != nil {
		s.Monitors.Watch(s.Fleet)
	}
	s.Bot, s.outage = bot, newOutage(bot)
	for _, p := range people() {
		bot.AddUser(p.User)
	}
	for _, g := range allGroups() {
		bot.AddChat(g.Chat)
	}
	return nil
}

// URL is the page's address.
func (s *Sandbox) URL() string { return s.url }

// Wait blocks until the page is no longer served, and says why when that was nobody's wish.
func (s *Sandbox) Wait() error {
	<-s.ended
	return s.err
}

// Close ends everything and waits for it. It can be called twice.
func (s *Sandbox) Close() {
	s.stop()
	s.wait.Wait()
	s.outage.close()
	s.Bot.Close()
	s.Mailbox.Close()
	if s.Monitors != nil {
		s.Monitors.Close()
	}
	s.Fleet.Close()
}

func (s *Sandbox) serve(ctx context.Context, l net.Listener) {
	s.server = &http.Server{
		Handler: s.pageHandler(), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }, // event streams end with it
	}
	s.wait.Go(func() {
		defer close(s.ended)
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.err = fmt.Errorf("serve the page: %w", err)
		}
	})
	s.wait.Go(func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if s.server.Shutdown(grace) != nil {
			_ = s.server.Close() // whoever did not leave in time is cut off
		}
	})
}

// portsTried is how many ports are tried one after the other.
const portsTried = 50

// listenNear listens on the address or, when its port is taken, on the next free one.
func listenNear(ctx context.Context, address string) (net.Listener, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%q is not a loopback address: the page asks nobody who they are", host)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("port %q is not a number", text)
	}
	for last := port + portsTried; ; port++ {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil || port == last || !errors.Is(err, syscall.EADDRINUSE) {
			return l, err
		}
	}
}
