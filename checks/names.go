package checks

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// How long answers of the name server are cached. The machine's resolver does not return the TTL.
const (
	namesKnown = time.Minute            // addresses
	namesNone  = 5 * time.Second        // that there is no such name, or that the name server fails
	namesKept  = 10 * time.Minute       // addresses, while the name server fails
	namesHurry = 500 * time.Millisecond // time limit of a query while cached addresses can be used
)

// maxNames bounds the cache, at about 200 bytes each: redirects bring names that nobody configured.
const maxNames = 32_768

// LookupFunc returns the addresses of a name, as net.Resolver.LookupHost does.
type LookupFunc func(ctx context.Context, host string) ([]string, error)

// Names caches the addresses of names, so that thousands of checks do not query the same ones again. There is one query
// per name at a time. That a name does not exist is accepted at once; a failing name server is our own problem, so the
// last addresses are used for a while. It is safe for concurrent use; a nil *Names asks the machine's resolver each time.
type Names struct {
	lookup LookupFunc
	now    func() time.Time

	mu    sync.Mutex
	known map[string]*name
}

// name is the cache entry of a name. Its fields are guarded by Names.mu.
type name struct {
	addrs   []string
	learned time.Time     // when addrs came
	err     error         // of the last query; nil: addrs are valid
	fresh   time.Time     // no new query before this time
	asked   chan struct{} // closed when the current query ends; nil if there is none
}

// NewNames returns an empty cache. now is the clock of its expiry.
func NewNames(lookup LookupFunc, now func() time.Time) *Names {
	return &Names{lookup: lookup, now: now, known: map[string]*name{}}
}

// Lookup returns the addresses of a name, which the caller must not change. The error is the resolver's, or ctx's.
func (n *Names) Lookup(ctx context.Context, host string) ([]string, error) {
	if n == nil {
		return net.DefaultResolver.LookupHost(ctx, host)
	}
	for {
		n.mu.Lock()
		k := n.find(host)
		if n.now().Before(k.fresh) {
			addrs, err := k.answer(n.now())
			n.mu.Unlock()
			return addrs, err
		}
		asked := k.asked
		if asked == nil {
			k.asked = make(chan struct{})
			hurry := k.serves(n.now())
			n.mu.Unlock()
			return n.ask(ctx, host, k, hurry)
		}
		n.mu.Unlock()
		select {
		case <-asked: // the query ended, or was cancelled by its caller
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// ask queries a name, for all who wait for it. hurry: there are cached addresses to use.
func (n *Names) ask(ctx context.Context, host string, k *name, hurry bool) ([]string, error) {
	lookupCtx := ctx
	if hurry {
		var cancel context.CancelFunc
		lookupCtx, cancel = context.WithTimeout(ctx, namesHurry)
		defer cancel()
	}
	addrs, err := n.lookup(lookupCtx, host)
	n.mu.Lock()
	defer n.mu.Unlock()
	close(k.asked)
	k.asked = nil
	now := n.now()
	switch {
	case err == nil:
		k.addrs, k.err, k.learned, k.fresh = addrs, nil, now, now.Add(namesKnown)
	case ctx.Err() != nil: // we had no time: nothing was learned
		return nil, err
	case isNoName(err): // its addresses are no longer valid
		k.addrs, k.err, k.fresh = nil, err, now.Add(namesNone)
	default:
		k.err, k.fresh = err, now.Add(namesNone)
	}
	return k.answer(now)
}

// answer is the result of the last query.
func (k *name) answer(now time.Time) ([]string, error) {
	if k.err == nil || k.serves(now) {
		return k.addrs, nil
	}
	return nil, k.err
}

// serves reports whether there are addresses to use while the name server fails.
func (k *name) serves(now time.Time) bool {
	return len(k.addrs) > 0 && now.Sub(k.learned) <= namesKept
}

// isNoName reports whether a name server answered that there is no such name.
func isNoName(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound
}

// find returns the entry of a name, creating it if necessary.
func (n *Names) find(host string) *name {
	k := n.known[host]
	if k == nil {
		if len(n.known) >= maxNames {
			n.forget()
		}
		k = &name{}
		n.known[host] = k
	}
	return k
}

// forget removes a quarter of the entries, in random order. What is needed again is queried again.
func (n *Names) forget() {
	for host := range n.known {
		if len(n.known) <= maxNames*3/4 {
			return
		}
		delete(n.known, host)
	}
}
