package inventory

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"opsbot/model"
)

// Resolver is a DNS resolver. *net.Resolver is one.
type Resolver interface {
	// LookupNetIP returns the addresses of one family, "ip4" or "ip6". A missing name, and a name without such
	// addresses, are a *net.DNSError with IsNotFound.
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Keep is how long the last good answer for a name is used when DNS returns none any more.
const Keep = 24 * time.Hour

// Warning says that DNS does not resolve a name.
type Warning struct {
	Name    string
	Clients []string     // of the domain; empty if it is a host's address
	Reason  model.Reason // dns.no_name, dns.error
	Since   time.Time    // of the first bad answer
	Kept    int          // addresses in use from the last good answer
	Until   time.Time    // when those expire; zero if there are none
}

// entry is the state of a name.
type entry struct {
	answer model.DNSAnswer
	reason model.Reason // of the last answer if it was bad; zero if it was good
	since  time.Time    // since when it has been bad
}

func (e *entry) addresses() []netip.Addr { return slices.Concat(e.answer.IPv4, e.answer.IPv6) }

// family is the answer for one kind of address.
type family struct {
	found []netip.Addr
	err   error
}

func (f family) absent() bool {
	e, ok := errors.AsType[*net.DNSError](f.err)
	return ok && e.IsNotFound
}

// ask queries both families concurrently.
func ask(ctx context.Context, r Resolver, name string) (v4, v6 family) {
	var g errgroup.Group
	g.Go(func() error { v4 = askFamily(ctx, r, "ip4", name); return nil })
	g.Go(func() error { v6 = askFamily(ctx, r, "ip6", name); return nil })
	// The errors are part of the answers.
	_ = g.Wait()
	return v4, v6
}

func askFamily(ctx context.Context, r Resolver, network, name string) family {
	found, err := r.LookupNetIP(ctx, network, name)
	if err == nil && len(found) == 0 {
		err = &net.DNSError{Err: "no addresses", Name: name, IsNotFound: true}
	}
	for i := range found {
		found[i] = plain(found[i])
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return family{slices.Compact(found), err}
}

// learn returns the entry after an answer. A family that is certainly gone, because the name answers with the other, is
// dropped at once; anything else keeps the last good answer for a while.
func (e entry) learn(v4, v6 family, now time.Time) entry {
	next := e
	next.answer.IPv4, next.answer.At4 = keep(e.answer.IPv4, e.answer.At4, v4, v6.err == nil, now)
	next.answer.IPv6, next.answer.At6 = keep(e.answer.IPv6, e.answer.At6, v6, v4.err == nil, now)
	next.reason = judge(e, v4, v6)
	switch {
	case next.reason.IsZero():
		next.since = time.Time{}
	case e.since.IsZero():
		next.since = now
	}
	return next
}

func keep(had []netip.Addr, at time.Time, f family, otherAnswers bool, now time.Time) ([]netip.Addr, time.Time) {
	switch {
	case f.err == nil:
		return f.found, now
	case f.absent() && otherAnswers, now.Sub(at) >= Keep:
		return nil, time.Time{}
	default:
		return had, at
	}
}

// judge returns why an answer is bad: both families are absent, or a required one could not be queried. Many servers
// fail for AAAA while A works; that is reported only if there were such addresses.
func judge(e entry, v4, v6 family) model.Reason {
	failed := func(f family) bool { return f.err != nil && !f.absent() }
	name := e.answer.Name
	switch {
	case v4.absent() && v6.absent():
		return model.NewReason(model.ReasonNoName, "name", name)
	case failed(v4) && (v6.err != nil || len(e.answer.IPv4) > 0):
		return model.NewReason(model.ReasonDNS, "name", name, "said", said(v4.err))
	case failed(v6) && (v4.err != nil || len(e.answer.IPv6) > 0):
		return model.NewReason(model.ReasonDNS, "name", name, "said", said(v6.err))
	default:
		return model.Reason{}
	}
}

func said(err error) string {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e.Err
	}
	return err.Error()
}

// warning is the warning about the entry; ok is false if there is none.
func (e *entry) warning() (w Warning, ok bool) {
	if e.reason.IsZero() {
		return Warning{}, false
	}
	w = Warning{Name: e.answer.Name, Reason: e.reason, Since: e.since, Kept: len(e.addresses())}
	for _, at := range []time.Time{e.answer.At4, e.answer.At6} {
		if !at.IsZero() && at.Add(Keep).After(w.Until) {
			w.Until = at.Add(Keep)
		}
	}
	return w, true
}
