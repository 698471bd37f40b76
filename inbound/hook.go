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

	"opsbot/model"
)

// The bounds of a Hook.
const (
	MaxHookBody = 8 << 20         // bytes; 10,000 alerts of Alertmanager in one group are under 7 MiB
	hookMemory  = 4 * MaxHookBody // of bodies at once, in bytes
	hookShare   = 64 << 10        // what a small body takes of that
	hookWait    = 5 * time.Second // for room in it
	hookRate    = 500             // a second, for long
	hookBurst   = 20_000          // at once: a storm of a source that sends each event by itself
	retryAfter  = 5               // seconds
)

// HeaderSecret is a header that may hold the secret, for senders that cannot set Authorization.
const HeaderSecret = "X-Opsbot-Secret"

// Parse reads the body of a kind's hook. An error is a sentence for whoever set up the sender; events beside it are those that can
// be read all the same. again says that the body does not hold all that there was to say.
type Parse func(body []byte) (events []model.Event, again bool, err error)

// Receiver takes what a hook brought: a Watcher.
type Receiver interface {
	// Receive returns without an error when all of it is on the disk.
	Receive(ctx context.Context, events []model.Event, again bool) error
	// Wake asks for a poll of the source.
	Wake()
}

// HookOptions make a Hook.
type HookOptions struct {
	Secret model.Secret // without one, nothing is taken
	Parse  Parse
	To     Receiver
	Now    func() time.Time
	Log    func(error) // takes why a body was not taken, for the log; nil drops it. It never has a body or a secret in it
}

// Hook is the http.Handler of one source's hook. The secret is the credentials of Authorization: Bearer, the password of Basic,
// HeaderSecret, or the last part of the path: whoever logs paths must leave that out. What is answered 2xx is on the disk; 503
// means that it must be sent again, 400 that it never will be understood. How slowly a body may come is for the server to
// bound.
type Hook struct {
	o      HookOptions
	secret [sha256.Size]byte
	memory *semaphore.Weighted
	rate   bucket
}

// NewHook makes a Hook.
func NewHook(o HookOptions) *Hook {
	if o.Log == nil {
		o.Log = func(error) {}
	}
	h := &Hook{o: o, secret: sha256.Sum256([]byte(o.Secret.Reveal())), memory: semaphore.NewWeighted(hookMemory)}
	h.rate = bucket{left: hookBurst, at: o.Now()}
	return h
}

// ServeHTTP takes one body.
func (h *Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	code, err := h.serve(w, r)
	if err == nil {
		answer(w, http.StatusOK, "taken")
		return
	}
	h.o.Log(fmt.Errorf("hook: answered %d: %w", code, err))
	if code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		err = errors.New("this could not be stored now: send it again") // why is for the log
	}
	answer(w, code, err.Error())
}

// serve takes one body; the code belongs to the error.
func (h *Hook) serve(w http.ResponseWriter, r *http.Request) (code int, err error) {
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, errors.New("only POST is taken here")
	case !h.knows(r):
		w.Header().Set("WWW-Authenticate", `Bearer realm="opsbot"`)
		return http.StatusUnauthorized, errors.New("the secret is missing or wrong")
	case r.ContentLength > MaxHookBody:
		h.o.To.Wake() // it is not sent again: where the source can be asked, that is done
		return http.StatusRequestEntityTooLarge, errTooLarge
	case packed(r):
		return http.StatusUnsupportedMediaType, errors.New("a packed body is not taken: send it as it is")
	case !h.rate.take(h.o.Now()):
		h.o.To.Wake() // what is not taken is not lost where the source can be asked; after 429 Alertmanager would not send it again
		return http.StatusServiceUnavailable, errors.New("too much is sent at once")
	}
	size := int64(MaxHookBody)
	if r.ContentLength >= 0 {
		size = max(r.ContentLength, hookShare)
	}
	if !h.room(r.Context(), size) {
		h.o.To.Wake() // what waits outside is known sooner so
		return http.StatusServiceUnavailable, errors.New("too much is being read at once")
	}
	defer h.memory.Release(size)
	return h.take(w, r)
}

var errTooLarge = fmt.Errorf("the body is over %d MiB", MaxHookBody>>20)

// take reads a body and hands on what is in it.
func (h *Hook) take(w http.ResponseWriter, r *http.Request) (code int, err error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxHookBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		h.o.To.Wake()
		return http.StatusRequestEntityTooLarge, errTooLarge
	} else if err != nil {
		return http.StatusServiceUnavailable, errors.New("the body ended early")
	}
	events, again, err := h.parse(body)
	if err != nil {
		h.o.To.Wake() // something was to be said: the source may say it better
	}
	if len(events) > 0 || err == nil {
		if err := h.receive(r.Context(), events, again); err != nil {
			return http.StatusServiceUnavailable, err
		}
	}
	if err != nil {
		return http.StatusBadRequest, err
	}
	return http.StatusOK, nil
}

// parse reads a body; a panic is an error of one body, not the end of the program.
func (h *Hook) parse(body []byte) (events []model.Event, again bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			events, err = nil, errors.New("the body cannot be read")
		}
	}()
	return h.o.Parse(body)
}

func (h *Hook) receive(ctx context.Context, events []model.Event, again bool) (err error) {
	defer caught(&err)
	return h.o.To.Receive(ctx, events, again)
}

// room waits a little for memory.
func (h *Hook) room(ctx context.Context, size int64) bool {
	ctx, cancel := context.WithTimeout(ctx, hookWait)
	defer cancel()
	return h.memory.Acquire(ctx, size) == nil
}

// knows reports whether a request shows the secret. It takes as long for a wrong one.
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

// packed reports whether a body is compressed: a small one may be endless.
func packed(r *http.Request) bool {
	coding := r.Header.Get("Content-Encoding")
	return coding != "" && !strings.EqualFold(coding, "identity")
}

func answer(w http.ResponseWriter, code int, said string) {
	w.Header().Set("Content-Type", mime.TypeByExtension(".json"))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	key := "error"
	if code == http.StatusOK {
		key = "status"
	}
	// Whoever hung up does not read it.
	_ = json.NewEncoder(w).Encode(map[string]string{key: said})
}

// bucket is a rate limit of hookRate with hookBurst at once. It is safe for concurrent use.
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
