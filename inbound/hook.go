package inbound

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"opsbot/inbound/payload"
	"opsbot/model"
)

// The limits of a Hook.
const (
	MaxHookBody = 8 << 20         // bytes; 10,000 alerts of Alertmanager in one group are under 7 MiB
	hookMemory  = 4 * MaxHookBody // of bodies at once, in bytes
	hookShare   = 64 << 10        // counted for a small body
	hookWait    = 5 * time.Second // for free memory
	hookRate    = 500             // events a second, sustained
	hookBurst   = 20_000          // events at once: a storm of a source that sends each event in a call of its own
	retryAfter  = 5               // seconds
)

// HeaderSecret is a header that may hold the secret, for senders that cannot set Authorization.
const HeaderSecret = "X-Opsbot-Secret"

// Parse parses the body of a kind's hook. An error is a sentence for whoever set up the sender: nothing could be taken. What is odd
// about single events is in the result.
type Parse func(body []byte) (payload.Parsed, error)

// Receiver receives the events of a hook: a Watcher.
type Receiver interface {
	// Receive returns without an error if all of it is on the disk.
	Receive(ctx context.Context, events []model.Event, again bool) error
	// Wake requests a poll of the source.
	Wake()
	// NoteOdd records what was dropped from a body that was taken.
	NoteOdd(odd []payload.Oddity)
}

// HookOptions configure a Hook.
type HookOptions struct {
	Secret model.Secret // if empty, every request is rejected
	Parse  Parse
	To     Receiver
	Now    func() time.Time
	Log    func(error) // receives why a body was rejected, for the log; nil drops it. It never contains a body or a secret
}

// Hook is the http.Handler of one source's hook. The secret is the credentials of Authorization: Bearer, the password of Basic,
// HeaderSecret, or the last part of the path: access logs must leave that out. What is answered 2xx is on the disk, and the answer says
// what was dropped from it; 503 means that it must be sent again, 400 that nothing of it will ever be accepted. The server must bound how slowly a body may arrive.
type Hook struct {
	o      HookOptions
	secret [sha256.Size]byte
	memory *semaphore.Weighted
	rate   bucket
}

// NewHook returns a Hook.
func NewHook(o HookOptions) *Hook {
	if o.Log == nil {
		o.Log = func(error) {}
	}
	h := &Hook{o: o, secret: sha256.Sum256([]byte(o.Secret.Reveal())), memory: semaphore.NewWeighted(hookMemory)}
	h.rate = bucket{left: hookBurst, at: o.Now()}
	return h
}

// ServeHTTP handles one body.
func (h *Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	odd, code, err := h.serve(w, r)
	if err == nil {
		answer(w, http.StatusOK, "taken", odd)
		return
	}
	if code != http.StatusUnauthorized { // who calls without the secret is counted where all strangers are, and costs no line
		h.o.Log(fmt.Errorf("hook: answered %d: %w", code, err))
	}
	if code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		err = errors.New("the events could not be stored: send them again") // the cause is for the log
	}
	answer(w, code, err.Error(), nil)
}

// serve handles one body; the code belongs to the error.
func (h *Hook) serve(w http.ResponseWriter, r *http.Request) (odd []payload.Oddity, code int, err error) {
	if code, err = h.admit(w, r); err != nil {
		return nil, code, err
	}
	size := int64(MaxHookBody)
	if r.ContentLength >= 0 {
		size = max(r.ContentLength, hookShare)
	}
	if !h.room(r.Context(), size) {
		h.o.To.Wake() // the events waiting outside are known sooner
		return nil, http.StatusServiceUnavailable, errors.New("too many concurrent requests")
	}
	defer h.memory.Release(size)
	return h.take(w, r)
}

// admit refuses a request by its header, and when there are too many.
func (h *Hook) admit(w http.ResponseWriter, r *http.Request) (code int, err error) {
	switch {
	case !h.knows(r): // first: whoever does not have it learns nothing else, and costs no line of the log
		w.Header().Set("WWW-Authenticate", `Bearer realm="opsbot"`)
		return http.StatusUnauthorized, errors.New("the secret is missing or wrong")
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, errors.New("only POST is supported")
	case r.ContentLength > MaxHookBody:
		h.o.To.Wake() // it is not sent again: a source that can be polled is
		return http.StatusRequestEntityTooLarge, errTooLarge
	case packed(r):
		return http.StatusUnsupportedMediaType, errors.New("compressed bodies are not supported: send it uncompressed")
	case !h.rate.take(h.o.Now()):
		h.o.To.Wake() // a rejected body is not lost if the source can be polled; after 429 Alertmanager would not send it again
		return http.StatusServiceUnavailable, errors.New("too many events at once")
	}
	return http.StatusOK, nil
}

var errTooLarge = fmt.Errorf("the body is over %d MiB", MaxHookBody>>20)

// take reads a body and passes on its events.
func (h *Hook) take(w http.ResponseWriter, r *http.Request) (odd []payload.Oddity, code int, err error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxHookBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		h.o.To.Wake()
		return nil, http.StatusRequestEntityTooLarge, errTooLarge
	} else if err != nil {
		return nil, http.StatusServiceUnavailable, errors.New("the body ended early")
	}
	parsed, err := h.parse(body)
	h.o.To.NoteOdd(parsed.Odd)
	if err != nil {
		h.o.To.Wake() // there was something to report: a poll may find it
		return nil, http.StatusBadRequest, err
	}
	if err := h.receive(r.Context(), parsed.Events, parsed.Again); err != nil {
		return nil, http.StatusServiceUnavailable, err
	}
	return parsed.Odd, http.StatusOK, nil
}

// parse parses a body; a panic is an error of one body, not the end of the program.
func (h *Hook) parse(body []byte) (parsed payload.Parsed, err error) {
	defer func() {
		if p := recover(); p != nil {
			parsed, err = payload.Parsed{}, errors.New("the body cannot be parsed")
		}
	}()
	return h.o.Parse(body)
}

func (h *Hook) receive(ctx context.Context, events []model.Event, again bool) (err error) {
	defer caught(&err)
	return h.o.To.Receive(ctx, events, again)
}

// room waits a little for free memory.
func (h *Hook) room(ctx context.Context, size int64) bool {
	ctx, cancel := context.WithTimeout(ctx, hookWait)
	defer cancel()
	return h.memory.Acquire(ctx, size) == nil
}

// knows reports whether a request has the secret, in constant time.
func (h *Hook) knows(r *http.Request) bool {
	_, password, _ := r.BasicAuth()
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	right := 0
	for _, shown := range []string{strings.TrimSpace(token), password, r.Header.Get(HeaderSecret), path.Base(r.URL.Path)} {
		sum := sha256.Sum256([]byte(shown))
		right |= subtle.ConstantTimeCompare(sum[:], h.secret[:])
	}
	return right == 1 && !h.o.Secret.IsZero()
}

// packed reports whether a body is compressed: a small one may expand without end.
func packed(r *http.Request) bool {
	coding := r.Header.Get("Content-Encoding")
	return coding != "" && !strings.EqualFold(coding, "identity")
}

func answer(w http.ResponseWriter, code int, said string, odd []payload.Oddity) {
	w.Header().Set("Content-Type", mime.TypeByExtension(".json"))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	key := "error"
	if code == http.StatusOK {
		key = "status"
	}
	body := map[string]string{key: said}
	if len(odd) > 0 {
		body["dropped"] = payload.Sentence(odd)
	}
	// A client that hung up does not read it.
	_ = json.NewEncoder(w).Encode(body)
}

// bucket is a rate limit of hookRate with bursts of hookBurst. It is safe for concurrent use.
type bucket struct {
	mu   sync.Mutex
	left float64
	at   time.Time
}

func (b *bucket) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if gone := now.Sub(b.at); gone > 0 { // a clock may be set back
		b.left = min(b.left+gone.Seconds()*hookRate, hookBurst)
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
