package checks

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// How long answers of the name server are taken for true. The machine's resolver does not say how long a record lives.
const (
	namesKnown = time.Minute            // addresses
	namesNone  = 5 * time.Second        // that there is no such name, or that the name server fails
	namesKept  = 10 * time.Minute       // addresses, while the name server fails
	namesHurry = 500 * time.Millisecond // to answer in, when there are addresses to go on with
)

// maxNames bounds what is remembered, at about 200 bytes each: redirects bring names that nobody configured.
const maxNames = 32_768

// LookupFunc gives the addresses of a name, as net.Resolver.LookupHost does.
type LookupFunc func(ctx context.Context, host string) ([]string, error)

// Names remembers the addresses of names, so that thousands of checks do not ask for the same ones again. A name is asked
// for once at a time. That it does not exist is believed at once; a name server that fails is our own trouble, so the
// last addresses serve on for a while. It is safe for concurrent use; a nil *Names asks the machine's resolver each time.
type Names struct {
	lookup LookupFunc
	now    func() time.Time

	mu    sync.Mutex
	known map[string]*name
}

// name is what is known of one. Its fields are guarded by Names.mu.
type name struct {
	addrs   []string
	learned time.Time     // when addrs came
	err     error         // of the last time it was asked for; nil: addrs are true
	fresh   time.Time     // nobody asks again before
	asked   chan struct{} // closed when who asks has the answer; nil when nobody does
}

// NewNames makes an empty memory. now is the clock by which it forgets.
func NewNames(lookup LookupFunc, now func() time.Time) *Names {
	return &Names{lookup: lookup, now: now, known: map[string]*name{}}
}

// Lookup gives the addresses of a name, which the caller must not change. The error is the resolver's, or ctx's.
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
		case <-asked: // the answer is there, or whoever asked had no time left for it
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// ask asks for a name, for all who want it. hurry: there are addresses to go on with.
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
	case ctx.Err() != nil: // it is us who had no time: nothing was learned
		return nil, err
	case isNoName(err): // what it had is gone for good
		k.addrs, k.err, k.fresh = nil, err, now.Add(namesNone)
	default:
		k.err, k.fresh = err, now.Add(namesNone)
	}
	return k.answer(now)
}

// answer is what is known once it was asked for.
func (k *name) answer(now time.Time) ([]string, error) {
	if k.err == nil || k.serves(now) {
		return k.addrs, nil
	}
	return nil, k.err
}

// serves reports that there are addresses to go on with while the name server fails.
func (k *name) serves(now time.Time) bool {
	return len(k.addrs) > 0 && now.Sub(k.learned) <= namesKept
}

// isNoName reports that a name server has answered that there is no such name.
func isNoName(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound
}

// find is the place of a name, made when there is none.
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

// forget makes room: for a quarter, whoever is met first. What is wrongly forgotten is asked for again.
func (n *Names) forget() {
	for host := range n.known {
		if len(n.known) <= maxNames*3/4 {
			return
		}
		delete(n.known, host)
	}
}
