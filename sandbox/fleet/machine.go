package fleet

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// machine is one target: an address with its sites. Fields but the mood are guarded by the fleet's lock.
type machine struct {
	name    string
	kind    Kind
	address string
	labels  map[string]string
	clients []string
	modes   []Mode
	sites   []*site
	since   time.Time
	journal *journal // nil if there is none

	mood mood
}

// mood is the mode, for handlers: they must not wait for the fleet's lock, whose holder waits for them.
type mood struct {
	mu      sync.Mutex
	mode    Mode
	changed chan struct{}
}

func (m *mood) get() (Mode, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mode, m.changed
}

func (m *mood) set(mode Mode) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mode = mode
	close(m.changed)
	m.changed = make(chan struct{})
}

func newMachine(name string, kind Kind, address string) *machine {
	return &machine{name: name, kind: kind, address: address, mood: mood{mode: OK, changed: make(chan struct{})}}
}

func (m *machine) mode() Mode {
	mode, _ := m.mood.get()
	return mode
}

// become opens or closes sites for the mode, then sets it.
func (m *machine) become(mode Mode) error {
	if mode == Killed {
		m.journal.event("signal 15 (SIGTERM) received, exiting")
		m.close()
	} else if err := m.open(context.Background()); err != nil {
		return err
	}
	if m.mode() == Killed {
		m.journal.event("start worker processes")
	}
	m.mood.set(mode)
	return nil
}

// open opens closed sites; an error leaves all closed.
func (m *machine) open(ctx context.Context) error {
	for _, s := range m.sites {
		if err := s.open(ctx); err != nil {
			m.close()
			return err
		}
	}
	return nil
}

func (m *machine) close() {
	for _, s := range m.sites {
		s.close()
	}
}

func (m *machine) at(port int) string { return net.JoinHostPort(m.address, strconv.Itoa(port)) }

// website is one service of a host.
type website struct {
	machine *machine
	service Service
	first   bool     // of its host's services
	all     *machine // the switch of the service on all hosts; nil if there is none
	slow    time.Duration
}

// ServeHTTP answers by the host's mode, then by the service's, and logs it.
func (s *website) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.machine.journal.noted(w, r, s.serve)
}

func (s *website) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case !s.machine.obey(w, r, s.slow):
	case s.all != nil && s.all.mode() == Sick, s.first && s.machine.mode() == Partly:
		http.Error(w, "the "+s.service.Name+" backend is away", http.StatusServiceUnavailable)
	case r.URL.Path != s.service.Path:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		// A reader who has gone needs no answer.
		_, _ = fmt.Fprintf(w, "<!doctype html><title>%[1]s</title><h1>%[1]s works on %[2]s</h1>\n", s.service.Name, s.machine.name)
	}
}

// obey applies the mode, and reports whether the page is still to be written.
func (m *machine) obey(w http.ResponseWriter, r *http.Request, slow time.Duration) bool {
	mode, changed := m.mood.get()
	for mode == Hung {
		select {
		case <-changed:
			mode, changed = m.mood.get()
		case <-r.Context().Done():
			return false
		}
	}
	switch mode {
	case Sick:
		http.Error(w, "the "+m.name+" backend is away", http.StatusServiceUnavailable)
		return false
	case Slow:
		late := time.NewTimer(slow)
		defer late.Stop()
		select {
		case <-late.C:
		case <-r.Context().Done():
			return false
		}
	}
	return true
}

// oracle is an HTTP service that answers yes or no.
type oracle struct {
	machine *machine
	stub    Stub
	slow    time.Duration
}

// ServeHTTP answers by the mode.
func (o *oracle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !o.machine.obey(w, r, o.slow) {
		return
	}
	if r.URL.Path != o.stub.Path {
		http.NotFound(w, r)
		return
	}
	answer := o.stub.Good
	if mode := o.machine.mode(); mode == Broken || mode == Denied {
		answer = o.stub.Bad
	}
	w.Header().Set("Content-Type", "application/json")
	// A reader who has gone needs no answer.
	_, _ = fmt.Fprintln(w, answer)
}
