// Package sandbox is opsbot's environment in one process: a local Bot API server, a simulated fleet, its monitoring systems, a page in the
// browser to chat and to break things, and the text of a config that connects the product to them: one of its own, or an example's.
//
// It must not know the product's insides: it speaks HTTP and TCP, and returns a config as text.
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
	"opsbot/sandbox/page"
	"opsbot/sandbox/phones"
)

// DefaultPageAddr is the page's address; if it is in use, the next free port is taken.
const DefaultPageAddr = "127.0.0.1:8899"

// Options configure a Sandbox.
type Options struct {
	PageAddr  string      // default DefaultPageAddr; only loopback addresses are allowed
	Dir       string      // absolute; the config puts the product's database and socket there. It must exist
	FreePorts bool        // the fleet takes ports from the system, even if its usual ones are free
	Example   Example     // whose world to run; the zero Example is the hosting company's
	Leader    page.Leader // of several opsbots, for a switch on the page; nil: there is one
}

// Sandbox is a running world. It is safe for concurrent use.
type Sandbox struct {
	Bot      *botapi.Server // Telegram and its users
	Fleet    *fleet.Fleet
	Monitors *monitors.Monitors // the fleet's monitors; nil in the worlds of examples
	Mailbox  *mailbox.Box       // where all mail goes
	Phones   *phones.Phones     // of those who are on call; nil in the worlds of examples

	dir     string
	example Example
	leader  page.Leader
	stage   stage
	url     string
	watch   watch
	outage  *outage
	server  *http.Server
	ended   chan struct{} // closed when the page is no longer served
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
	s := &Sandbox{dir: o.Dir, example: o.Example, leader: o.Leader, stage: here, url: "http://" + listener.Addr().String() + "/", ended: make(chan struct{})}
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
	if s.example.Name == "" {
		if s.Phones, err = phones.Start(ctx, allPhones()...); err != nil {
			bot.Close()
			box.Close()
			s.Fleet.Close()
			return err
		}
	}
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

// Wait blocks until the page is no longer served, and returns why if that was not requested.
func (s *Sandbox) Wait() error {
	<-s.ended
	return s.err
}

// Close ends everything and waits for it. It can be called twice.
func (s *Sandbox) Close() {
	s.stop()
	s.wait.Wait()
	s.outage.close()
	if s.Phones != nil {
		s.Phones.Close()
	}
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
			_ = s.server.Close() // whoever did not leave in time is disconnected
		}
	})
}

// portsTried is how many consecutive ports are tried.
const portsTried = 50

// listenNear listens on the address or, if its port is in use, on the next free one.
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
