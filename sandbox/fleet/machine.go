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
	modes   []Mode
	sites   []*site
	since   time.Time

	mood mood
}

// mood is the mode, for handlers: they must not wait for the fleet's lock, which is held while they are waited for.
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

// become opens or closes what the mode asks for, then takes it on.
func (m *machine) become(mode Mode) error {
	if mode == Killed {
		m.close()
	} else if err := m.open(context.Background()); err != nil {
		return err
	}
	m.mood.set(mode)
	return nil
}

// open opens the sites that are closed; an error leaves all closed.
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

func (m *machine) webSite(s Service, slow time.Duration) *site {
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !m.obey(w, r, slow) {
			return
		}
		if r.URL.Path != s.Path {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		// A reader who has gone needs no answer.
		_, _ = fmt.Fprintf(w, "<!doctype html><title>%[1]s</title><h1>%[1]s works on %[2]s</h1>\n", s.Name, m.name)
	})
	return &site{address: m.at(s.Port), handler: page}
}

// obey does what the mode asks for, and reports whether the page is still to be written.
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

func (m *machine) licence(port int) *site {
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != LicencePath {
			http.NotFound(w, r)
			return
		}
		valid := m.mode() == OK
		w.Header().Set("Content-Type", "application/json")
		// A reader who has gone needs no answer.
		_, _ = fmt.Fprintf(w, `{"licence":"recognition","expiration_time":{"is_available":%t}}`+"\n", valid)
	})
	return &site{address: m.at(port), handler: answer}
}

// socket only has to take connections: nobody asks it for a page.
func (m *machine) socket(port int) *site {
	return &site{address: m.at(port), handler: http.NotFoundHandler()}
}
