// Package phones is the phones of the sandbox's people: a local web service that calls them, as a provider of calls does, and what each of them
// does when the phone rings.
//
// It must not know the product: it is called by HTTP, and acknowledges by the link that came with the call.
package phones

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Phone is somebody's phone.
type Phone struct {
	Name   string // of the person
	Number string
}

const (
	rings  = 15 * time.Second // how long a phone rings
	awake  = 4 * time.Second  // after how long somebody who is awake takes the call
	answer = 10 * time.Second // most time for the link of a call
)

// The states of the last call of a phone.
const (
	Ringing  = "ringing"
	Answered = "answered" // 1 was pressed, and accepted
	Missed   = "missed"
	Failed   = "failed" // no signal, or what the link answered was no success
)

// State is a phone as the page shows it.
type State struct {
	Name     string `json:"name"`
	Sleeps   bool   `json:"sleeps"`    // nobody takes calls
	NoSignal bool   `json:"no_signal"` // calls are refused
	Call     *Call  `json:"call,omitempty"`
}

// Call is the last call of a phone.
type Call struct {
	ID    int    `json:"id"`
	At    int64  `json:"at"` // Unix milliseconds
	Text  string `json:"text"`
	State string `json:"state"`
}

// Phones is the service and the phones. It is safe for concurrent use.
type Phones struct {
	url    string
	server *http.Server
	client *http.Client
	ctx    context.Context //nolint:containedctx // ends with Close: of calls that ring
	stop   context.CancelFunc
	wait   sync.WaitGroup

	rings, awake time.Duration

	mu     sync.Mutex
	phones []*phone
	last   int // id of a call
}

type phone struct {
	Phone
	State
	link string        // of the call that rings
	over chan struct{} // closed when it does not ring any more
}

// Start starts the service on a port of its own. Close ends it.
func Start(ctx context.Context, all ...Phone) (*Phones, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for calls: %w", err)
	}
	p := &Phones{url: "http://" + l.Addr().String() + "/call", client: &http.Client{Timeout: answer}, rings: rings, awake: awake}
	p.ctx, p.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, one := range all {
		p.phones = append(p.phones, &phone{Phone: one, State: State{Name: one.Name}})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /call", p.call)
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	p.wait.Go(func() { _ = p.server.Serve(l) }) // it ends with Close
	return p, nil
}

// Close ends the service and every call.
func (p *Phones) Close() {
	p.stop()
	_ = p.server.Close()
	p.wait.Wait()
	p.client.CloseIdleConnections()
}

// URL is where a call is ordered: a form of "to", "text" and "ack", the link that acknowledges.
func (p *Phones) URL() string { return p.url }

// States are the phones, in their order.
func (p *Phones) States() []State {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]State, len(p.phones))
	for i, one := range p.phones {
		all[i] = one.State
		if one.Call != nil {
			call := *one.Call
			all[i].Call = &call
		}
	}
	return all
}

// errUnknown says that nobody has such a phone.
var errUnknown = errors.New("nobody has a phone by that name")

// Set has somebody sleep, or be without signal.
func (p *Phones) Set(name string, sleeps, noSignal bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.of(name)
	if one == nil {
		return errUnknown
	}
	one.Sleeps, one.NoSignal = sleeps, noSignal
	if noSignal {
		one.ends(Missed)
	}
	return nil
}

// Answer takes the call that rings, and presses 1.
func (p *Phones) Answer(name string) error {
	p.mu.Lock()
	one := p.of(name)
	if one == nil || one.Call == nil || one.Call.State != Ringing {
		p.mu.Unlock()
		return errors.New("this phone does not ring")
	}
	id, link := one.Call.ID, one.link
	p.mu.Unlock()
	return p.press(name, id, link)
}

func (p *Phones) of(name string) *phone {
	at := slices.IndexFunc(p.phones, func(one *phone) bool { return one.Phone.Name == name })
	if at < 0 {
		return nil
	}
	return p.phones[at]
}

// call is the service: a call that is accepted rings.
func (p *Phones) call(w http.ResponseWriter, r *http.Request) {
	to, text, link := r.FormValue("to"), r.FormValue("text"), r.FormValue("ack")
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.phones, func(one *phone) bool { return one.Number == to })
	if at < 0 {
		http.Error(w, "unknown number", http.StatusBadRequest)
		return
	}
	one := p.phones[at]
	one.ends(Missed)
	p.last++
	one.Call, one.link = &Call{ID: p.last, At: time.Now().UnixMilli(), Text: text, State: Ringing}, link
	if one.NoSignal {
		one.Call.State = Failed
		http.Error(w, "the phone is switched off, or has no signal", http.StatusNotFound)
		return
	}
	one.over = make(chan struct{})
	id, over, name := p.last, one.over, one.Phone.Name
	p.wait.Go(func() { p.ring(name, id, link, over) })
	w.WriteHeader(http.StatusAccepted)
}

// ring waits until whoever is awake takes the call, or nobody does.
func (p *Phones) ring(name string, id int, link string, over <-chan struct{}) {
	end := time.NewTimer(p.rings)
	defer end.Stop()
	look := time.NewTimer(p.awake)
	defer look.Stop()
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-over:
			return
		case <-end.C:
			p.note(name, id, Missed)
			return
		case <-look.C:
			p.mu.Lock()
			sleeps := p.of(name).Sleeps
			p.mu.Unlock()
			if !sleeps {
				_ = p.press(name, id, link) // the call says that it failed
				return
			}
			look.Reset(p.awake) // somebody may wake up
		}
	}
}

// press acknowledges by the link of a call.
func (p *Phones) press(name string, id int, link string) error {
	req, err := http.NewRequestWithContext(p.ctx, http.MethodPost, link, http.NoBody)
	if err != nil {
		p.note(name, id, Failed)
		return err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		p.note(name, id, Failed)
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		p.note(name, id, Failed)
		return fmt.Errorf("the link answers %s", resp.Status)
	}
	p.note(name, id, Answered)
	return nil
}

// note ends a call.
func (p *Phones) note(name string, id int, state string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if one := p.of(name); one.Call != nil && one.Call.ID == id {
		one.ends(state)
	}
}

// ends ends the call that rings, if one does.
func (one *phone) ends(state string) {
	if one.Call == nil || one.Call.State != Ringing {
		return
	}
	one.Call.State = state
	close(one.over)
}
