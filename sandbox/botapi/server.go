package botapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options configure a server. The zero value works on the machine's clock, without rate limits.
type Options struct {
	Token    string // default "100000:sandbox-token-not-a-secret-at-all"
	Username string // of the bot, default "opsbot_sandbox_bot"
	Clock    Clock  // default the machine's
	Limits   Limits // the zero Limits are off
	Listen   string // default "127.0.0.1:0"
}

// DefaultToken is the default token.
const DefaultToken = "100000:sandbox-token-not-a-secret-at-all"

// Server is the Bot API of one bot, with its users and chats. It is safe for concurrent use.
type Server struct {
	clock   Clock
	token   string
	methods map[string]method

	mu      sync.Mutex
	version uint64
	changed chan struct{} // closed and replaced on each change
	closed  chan struct{}

	me        User
	users     map[int64]User
	chats     map[int64]*chat
	files     map[string]*File
	presses   map[string]*press
	answers   []Answer
	commands  map[commandKey][]Command
	updates   []update
	allowed   map[string]bool
	poller    int64 // the newest pending getUpdates
	nextPress int64
	nextID    int64 // of updates
	webhook   string

	limits Limits
	all    window
	pauses map[int64]time.Time // by chat: until when a 429 asked to wait
	faults []*Fault
	calls  []Call
	seq    int

	listen   string
	http     *http.Server
	listener net.Listener
}

// New returns a server without a listener: mount it, or use Start.
func New(o Options) *Server {
	s := &Server{
		clock: o.Clock, token: o.Token, listen: o.Listen, limits: o.Limits,
		changed: make(chan struct{}), closed: make(chan struct{}),
		users: map[int64]User{}, chats: map[int64]*chat{}, files: map[string]*File{}, presses: map[string]*press{},
		commands: map[commandKey][]Command{}, pauses: map[int64]time.Time{},
	}
	if s.clock == nil {
		s.clock = wallClock{}
	}
	if s.token == "" {
		s.token = DefaultToken
	}
	if s.listen == "" {
		s.listen = "127.0.0.1:0"
	}
	s.me = User{ID: 100000, FirstName: "opsbot", Username: o.Username, IsBot: true}
	if s.me.Username == "" {
		s.me.Username = "opsbot_sandbox_bot"
	}
	s.users[s.me.ID] = s.me
	s.methods = s.methodTable()
	// Real update ids begin anywhere; 0 would hide mistakes with offsets.
	s.nextID = 5000
	return s
}

// Start starts a server with a listener. Close ends it.
func Start(o Options) (*Server, error) {
	s := New(o)
	if err := s.Plug(); err != nil {
		return nil, err
	}
	return s, nil
}

// Plug listens (again): after Unplug on the same address.
func (s *Server) Plug() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http != nil {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", s.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.listen, err)
	}
	s.listen, s.listener = l.Addr().String(), l
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go serve(s.http, l)
	return nil
}

func serve(h *http.Server, l net.Listener) {
	// Serve returns ErrServerClosed after Unplug or Close; any other end shows as a refused connection.
	_ = h.Serve(l)
}

// Unplug makes the server unreachable: connections are closed and new ones refused, until Plug. Its state is kept.
func (s *Server) Unplug() {
	s.mu.Lock()
	h, l := s.http, s.listener
	s.http = nil
	s.mu.Unlock()
	if h != nil {
		// Errors do not matter. The server knows its listener only once its goroutine runs: close both.
		_, _ = l.Close(), h.Close()
	}
}

// Plugged reports whether the server is reachable.
func (s *Server) Plugged() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.http != nil
}

// Close ends the server and all waiting calls.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	s.mu.Unlock()
	s.Unplug()
}

// URL is the base for a bot: "http://127.0.0.1:port".
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "http://" + s.listen
}

// Token is the bot's token.
func (s *Server) Token() string { return s.token }

// Version counts changes: messages, edits, answers, commands, chats, calls.
func (s *Server) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// WaitChange waits until Version is over since, and returns it.
func (s *Server) WaitChange(ctx context.Context, since uint64) (uint64, error) {
	var now uint64
	err := s.wait(ctx, func() bool { now = s.version; return now > since })
	return now, err
}

var errClosed = errors.New("the server is closed")

// wait blocks until cond, called under the lock after each change, is true.
func (s *Server) wait(ctx context.Context, cond func() bool) error {
	for {
		s.mu.Lock()
		done, changed := cond(), s.changed
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.closed:
			return errClosed
		}
	}
}

// touch wakes all waiters; the caller holds the lock.
func (s *Server) touch() {
	s.version++
	close(s.changed)
	s.changed = make(chan struct{})
}
