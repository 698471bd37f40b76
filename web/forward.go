package web

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"opsbot/model"
)

// The headers of a request that one opsbot passes on to the one that leads.
const (
	headerFrom      = "X-Opsbot-From"      // the address that it came from
	headerUser      = "X-Opsbot-User"      // the local user, of a request at a control socket
	headerTo        = "X-Opsbot-To"        // the start of the leader that it is meant for: it is worth nothing to another
	headerNonce     = "X-Opsbot-Nonce"     // no other request has it
	headerSignature = "X-Opsbot-Signature" // of all of it, with the secret that the opsbots share
)

// The limits of passing on.
const (
	maxForward   = 16 << 20 // bytes of a body: over the largest that any handler accepts
	forwardTime  = callTime
	forwardDial  = 2 * time.Second
	leaderWait   = 10 * time.Second // how long a request waits for a leader: a takeover takes less
	leaderPace   = 100 * time.Millisecond
	maxBodies    = 32         // at once
	maxNonces    = 100_000    // that are remembered
	clusterRoute = "/cluster" // of requests that came in at another's control socket
)

// Leader is where the opsbot that leads can be reached.
type Leader struct {
	Address string // a URL; "": it has none
	Start   string // of the process; "": nobody leads
}

// Forward passes requests on to the opsbot that leads. It is safe for concurrent use.
type Forward struct {
	leader func() Leader
	secret model.Secret
	client *http.Client
	bodies bodies
}

// ForwardOptions configure a Forward.
type ForwardOptions struct {
	Leader func() Leader
	Secret model.Secret   // that all opsbots of a database share; zero: nothing is passed on
	Roots  *x509.CertPool // that vouch for the leader's certificate; nil is the machine's
}

// NewForward returns a Forward.
func NewForward(o ForwardOptions) *Forward {
	transport := &http.Transport{
		DialContext: (&net.Dialer{Timeout: forwardDial}).DialContext, TLSHandshakeTimeout: forwardDial, IdleConnTimeout: idleTime,
		TLSClientConfig: &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
	}
	return &Forward{leader: o.Leader, secret: o.Secret, bodies: make(bodies, maxBodies), client: &http.Client{
		Transport: transport, Timeout: forwardTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Public passes on what comes in at the web listener, with the address of its caller. Once this process leads, here is its own handler, else
// nil.
func (f *Forward) Public(here func() http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(headerSignature) != "" { // it was meant for a leader, and comes too late or too early: the sender asks again who that is
			unled(w)
			return
		}
		if r.URL.Path == clusterRoute || strings.HasPrefix(path.Clean(r.URL.Path), clusterRoute+"/") { // only a local user's requests go there
			http.NotFound(w, r)
			return
		}
		harmless := strings.HasPrefix(r.URL.Path, "/in/") || strings.HasPrefix(r.URL.Path, "/beat/") || strings.HasPrefix(r.URL.Path, AckPrefix) || strings.HasPrefix(r.URL.Path, "/calendar/")
		f.pass(w, r, passing{path: r.URL.RequestURI(), harmless: harmless, marks: map[string]string{headerFrom: addressOf(r.RemoteAddr).String()}, here: here})
	})
}

// Control is Public for what comes in at the control socket, with its local user.
func (f *Forward) Control(here func() http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.pass(w, r, passing{path: clusterRoute + r.URL.RequestURI(), marks: map[string]string{headerUser: actor(r).Name}, here: here})
	})
}

// bodies bounds how many requests are kept in memory at once.
type bodies chan struct{}

// take returns what gives the place back; false: there is none.
func (b bodies) take() (release func(), ok bool) {
	select {
	case b <- struct{}{}:
		return func() { <-b }, true
	default:
		return nil, false
	}
}

// unled answers that nobody leads; whoever calls again will be answered.
func unled(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "2")
	writeJSON(w, http.StatusServiceUnavailable, ControlError{Code: model.ErrNoLeader})
}

// passing is how a request is passed on.
type passing struct {
	path  string
	marks map[string]string // headers
	here  func() http.Handler

	harmless bool // it may arrive twice
}

// pass sends a request to the leader, as soon as there is one. One that surely did not arrive is sent again, to whoever leads then.
func (f *Forward) pass(w http.ResponseWriter, r *http.Request, p passing) {
	release, ok := f.bodies.take()
	if !ok {
		unled(w)
		return
	}
	defer release()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForward))
	if err != nil {
		writeJSON(w, http.StatusRequestEntityTooLarge, unread(err))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), leaderWait)
	defer cancel()
	for {
		if here := p.here(); here != nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
			here.ServeHTTP(w, r)
			return
		}
		if leader := f.leader(); leader.Start != "" {
			if leader.Address == "" || f.secret.IsZero() {
				writeJSON(w, http.StatusServiceUnavailable, ControlError{Code: model.ErrStandby, Args: map[string]string{"address": leader.Address}})
				return
			}
			answered, again := f.send(w, r, &onward{leader: leader, passing: p, body: body})
			if answered || !again {
				return
			}
		}
		if !pauseFor(ctx, leaderPace) {
			unled(w)
			return
		}
	}
}

// pauseFor waits, and reports whether ctx has not ended.
func pauseFor(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// onward is a request on its way to the leader.
type onward struct {
	passing
	leader Leader
	body   []byte
}

// send sends a request and copies the answer. again: it did not arrive, or not at a leader.
func (f *Forward) send(w http.ResponseWriter, r *http.Request, o *onward) (answered, again bool) {
	out, err := f.request(r, o)
	if err != nil {
		unled(w)
		return true, false
	}
	resp, err := f.client.Do(out)
	if err != nil {
		op, known := errors.AsType[*net.OpError](err)
		if r.Context().Err() == nil && (o.harmless || known && op.Op == "dial") {
			return false, true
		}
		writeJSON(w, http.StatusBadGateway, ControlError{Code: model.ErrLeaderSilent, Args: map[string]string{"address": o.leader.Address}})
		return true, false
	}
	defer func() { _ = resp.Body.Close() }() // it is read to its end
	if resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get(headerTo) == "" {
		_, _ = io.Copy(io.Discard, resp.Body) // the connection is used again
		return false, true
	}
	for name, values := range resp.Header {
		if name != http.CanonicalHeaderKey(headerTo) {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // it only fails if the client is gone
	return true, false
}

// hopByHop are headers of one connection.
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

func (f *Forward) request(r *http.Request, o *onward) (*http.Request, error) {
	address, err := url.Parse(o.leader.Address)
	if err != nil {
		return nil, fmt.Errorf("read the leader's address: %w", err)
	}
	out, err := http.NewRequestWithContext(r.Context(), r.Method, strings.TrimSuffix(address.String(), "/")+o.path, bytes.NewReader(o.body))
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	out.Header = r.Header.Clone()
	for _, name := range hopByHop {
		out.Header.Del(name)
	}
	for _, name := range []string{headerFrom, headerUser} { // what a caller wrote there is not ours
		out.Header.Del(name)
	}
	for name, value := range o.marks {
		out.Header.Set(name, value)
	}
	out.Header.Set(headerTo, o.leader.Start)
	out.Header.Set(headerNonce, rand.Text())
	out.Header.Set(headerSignature, signature(f.secret, out, o.body))
	return out, nil
}

// signature is that of a request with the marks in its headers.
func signature(secret model.Secret, r *http.Request, body []byte) string {
	sum := sha256.Sum256(body)
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	for _, part := range []string{
		r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), r.Header.Get(headerFrom), r.Header.Get(headerUser), r.Header.Get(headerTo), r.Header.Get(headerNonce), hex.EncodeToString(sum[:]),
	} {
		fmt.Fprintf(mac, "%d:%s\n", len(part), part)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// ForwardReceiver takes requests that another opsbot has passed on, while this one leads.
type ForwardReceiver struct {
	secret model.Secret
	start  string
	bodies bodies

	mu   sync.Mutex
	seen map[string]bool
}

// NewForwardReceiver returns one for a start of the process. A zero secret takes none.
func NewForwardReceiver(secret model.Secret, start string) *ForwardReceiver {
	return &ForwardReceiver{secret: secret, start: start, bodies: make(bodies, maxBodies), seen: map[string]bool{}}
}

// Handler passes requests that were passed on to the handler of the listener that they came in at, as if they had come in at this one;
// others go to public.
func (c *ForwardReceiver) Handler(public, control http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := strings.HasPrefix(r.URL.Path, clusterRoute+"/")
		if r.Header.Get(headerSignature) == "" {
			if at {
				http.NotFound(w, r)
				return
			}
			public.ServeHTTP(w, r)
			return
		}
		if r.Header.Get(headerTo) != c.start { // it was meant for an earlier start, or for another opsbot: its sender asks again who leads
			unled(w)
			return
		}
		release, ok := c.bodies.take()
		if !ok {
			unled(w)
			return
		}
		defer release()
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForward))
		if err != nil || !c.signed(r, body) {
			http.Error(w, "this request was not signed by an opsbot of this database", http.StatusForbidden)
			return
		}
		w.Header().Set(headerTo, c.start)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if at {
			ctx := context.WithValue(r.Context(), peerKey{}, r.Header.Get(headerUser))
			http.StripPrefix(clusterRoute, control).ServeHTTP(w, r.WithContext(ctx))
			return
		}
		r = r.Clone(r.Context())
		r.RemoteAddr = net.JoinHostPort(r.Header.Get(headerFrom), "0")
		public.ServeHTTP(w, r)
	})
}

// signed reports whether a request was signed for this start, and not seen before.
func (c *ForwardReceiver) signed(r *http.Request, body []byte) bool {
	if c.secret.IsZero() || !hmac.Equal([]byte(signature(c.secret, r, body)), []byte(r.Header.Get(headerSignature))) {
		return false
	}
	nonce := r.Header.Get(headerNonce)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[nonce] {
		return false
	}
	if len(c.seen) >= maxNonces {
		clear(c.seen)
	}
	c.seen[nonce] = true
	return true
}
