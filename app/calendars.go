package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"time"

	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/model"
	"opsbot/oncall"
	"opsbot/oncall/calendar"
	"opsbot/ops"
)

// How calendars are fetched.
const (
	calendarPace    = 15 * time.Minute
	calendarTimeout = 30 * time.Second
	maxCalendar     = 8 << 20        // bytes, unpacked
	maxRedirects    = 5              // Google and Outlook need one or two
	calendarKept    = 14 * model.Day // the last good copy counts for so long
)

// calendars are the calendars of shifts that are fetched, each with its last good copy, which survives a restart.
type calendars struct {
	*base
	again   chan struct{} // the configuration may have others
	changed chan struct{} // others may be on call

	mu     sync.Mutex
	kept   map[string]model.KeptCalendar // by key
	failed map[string]calendarFailure    // by key
	made   madeRoster
}

// calendarFailure is since when a calendar cannot be read, and why.
type calendarFailure struct {
	since time.Time
	what  string
}

// madeRoster is what was made of one configuration and of the copies that counted.
type madeRoster struct {
	of     *setup.Loaded
	roster *oncall.Roster
	until  time.Time // when the first of the copies no longer counts; zero: none does
}

func newCalendars(ctx context.Context, b *base) (*calendars, error) {
	c := &calendars{base: b, again: make(chan struct{}, 1), changed: make(chan struct{}, 1), kept: map[string]model.KeptCalendar{}, failed: map[string]calendarFailure{}}
	return c, c.takeUp(ctx)
}

// takeUp reads the last good copies. Where the configuration has no people there is nobody whose shifts they could be, and nothing is read.
func (c *calendars) takeUp(ctx context.Context) error {
	if len(c.conf.current().Config.People) == 0 {
		return nil
	}
	all, err := c.db.KeptCalendars(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range all {
		c.kept[one.Key] = one
	}
	return err
}

// keyOf names a calendar without its address, which may be secret.
func keyOf(f *config.Feed) string {
	sum := sha256.Sum256([]byte(f.URL.Reveal()))
	return hex.EncodeToString(sum[:])
}

// current is who can be on call by the configuration in use.
func (c *calendars) current() *oncall.Roster { return c.roster(c.conf.current()) }

// roster is who can be on call by a configuration, with the calendars that were fetched.
func (c *calendars) roster(l *setup.Loaded) *oncall.Roster {
	now := c.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made.of == l && (c.made.until.IsZero() || now.Before(c.made.until)) {
		return c.made.roster
	}
	made := madeRoster{of: l}
	made.roster = l.Config.RosterWith(func(f *config.Feed) (oncall.Layer, bool) {
		kept, known := c.kept[keyOf(f)]
		if !known {
			return nil, false
		}
		ends := kept.At.Add(calendarKept)
		if !now.Before(ends) {
			return nil, true // whoever it has on call is not known any more: a gap, which is said
		}
		if made.until.IsZero() || ends.Before(made.until) {
			made.until = ends
		}
		cal, err := calendar.ReadICS(kept.Body, f.Options)
		if err != nil { // it was read before
			return nil, true
		}
		return cal, true
	})
	c.made = made
	return made.roster
}

// reload fetches soon: there may be other calendars.
func (c *calendars) reload() {
	select {
	case c.again <- struct{}{}:
	default: // it is done soon anyway
	}
}

// wake has it looked soon whether others are on call.
func (c *calendars) wake() {
	select {
	case c.changed <- struct{}{}:
	default: // it is looked soon anyway
	}
}

// run fetches all calendars at once, and again and again, until ctx ends. moved is told when that changes who is on call.
func (c *calendars) run(ctx context.Context, moved func(ctx context.Context, before, after *oncall.Roster)) error {
	again := time.NewTicker(calendarPace)
	defer again.Stop()
	for {
		c.fetchAll(ctx, moved)
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		case <-c.again:
		}
	}
}

func (c *calendars) fetchAll(ctx context.Context, moved func(ctx context.Context, before, after *oncall.Roster)) {
	l := c.conf.current()
	before, changed, seen := c.roster(l), false, map[string]bool{}
	l.Config.Feeds(func(schedule string, f *config.Feed) {
		if key := keyOf(f); !seen[key] && ctx.Err() == nil {
			seen[key] = true
			changed = c.update(ctx, schedule, f) || changed
		}
	})
	if changed {
		moved(ctx, before, c.roster(l))
		c.wake()
	}
}

// update fetches one calendar; true: it is another one now.
func (c *calendars) update(ctx context.Context, schedule string, f *config.Feed) bool {
	key, log := keyOf(f), c.component("oncall").WithField("schedule", schedule)
	body, err := fetchCalendar(ctx, f.URL, c.conf.current().Plan.Reach())
	var cal *calendar.Calendar
	if err == nil {
		if cal, err = calendar.ReadICS(body, f.Options); err != nil {
			err = fmt.Errorf("read the calendar: %w", err)
		}
	}
	now := c.Now()
	if err != nil {
		if ctx.Err() == nil && c.fails(key, err, now) {
			log.WithError(err).Error("fetch a calendar; its last copy counts")
		}
		return false
	}
	one := model.KeptCalendar{Key: key, At: now, Body: body}
	if err := c.db.KeepCalendar(ctx, one); err != nil {
		log.WithError(err).Error("keep a calendar that was fetched")
	}
	c.mu.Lock()
	was, known := c.kept[key]
	c.kept[key] = one
	_, failed := c.failed[key]
	delete(c.failed, key)
	c.made = madeRoster{}
	c.mu.Unlock()
	changed := !known || string(was.Body) != string(body)
	if changed {
		for _, note := range cal.Notes {
			log.WithField("note", c.texts.For("en").Sentence(note)).Warn("left out of a calendar")
		}
	}
	if failed {
		log.Info("a calendar can be read again")
	}
	return changed
}

// fails notes that a calendar cannot be read; true: it could before, or for another reason.
func (c *calendars) fails(key string, err error, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, known := c.failed[key]
	if !known {
		f.since = now
	}
	fresh := f.what != err.Error()
	f.what = err.Error()
	c.failed[key] = f
	return fresh
}

// issues are the calendars that cannot be read.
func (c *calendars) issues() []model.Reason {
	var all []model.Reason
	now := c.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conf.current().Config.Feeds(func(schedule string, f *config.Feed) {
		failed, fails := c.failed[keyOf(f)]
		if !fails {
			return
		}
		kept := ""
		if one, known := c.kept[keyOf(f)]; known && now.Before(one.At.Add(calendarKept)) {
			kept = one.At.UTC().Format(time.RFC3339)
		}
		all = append(all, model.NewReason(model.IssueCalendar, "schedule", schedule, "what", failed.what, "since", failed.since.UTC().Format(time.RFC3339), "kept", kept))
	})
	return all
}

// fetchCalendar reads the calendar at an address. No error names the address, which may be secret. The address itself may be any; where it
// redirects to is within reach, so that whoever runs it cannot make opsbot ask what only opsbot can reach.
func fetchCalendar(ctx context.Context, at config.URL, reach model.Reach) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, calendarTimeout)
	defer cancel()
	first, err := url.Parse(at.Reveal())
	if err != nil {
		return nil, errors.New("the address is not valid")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, first.String(), http.NoBody)
	if err != nil {
		return nil, errors.New("the address is not valid")
	}
	request.Header.Set("User-Agent", "opsbot")
	request.Header.Set("Accept", "text/calendar, */*;q=0.1")
	client := calendarClient(first, reach)
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
	if err != nil {
		return nil, withoutAddress(err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d %s", first.Hostname(), answer.StatusCode, http.StatusText(answer.StatusCode))
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxCalendar+1))
	switch {
	case err != nil:
		return nil, withoutAddress(err)
	case len(body) > maxCalendar:
		return nil, fmt.Errorf("it is larger than %d MiB", maxCalendar>>20)
	}
	return body, nil
}

// calendarClient is for one fetch: a redirect away from the first host stays within reach, and no redirect leads from HTTPS to HTTP.
func calendarClient(first *url.URL, reach model.Reach) *http.Client {
	inside := &net.Dialer{Timeout: calendarTimeout}
	outside := &net.Dialer{Timeout: calendarTimeout, Control: func(_, address string, _ syscall.RawConn) error { return within(reach, address) }}
	var own sync.Map // hosts that may be anywhere: the first one, and proxies of this machine, which decide by themselves
	own.Store(first.Hostname(), true)
	transport := &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			proxy, err := http.ProxyFromEnvironment(r)
			if proxy != nil {
				own.Store(proxy.Hostname(), true)
			}
			return proxy, err
		},
		TLSHandshakeTimeout: calendarTimeout, ResponseHeaderTimeout: calendarTimeout, MaxResponseHeaderBytes: 64 << 10,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if host, _, err := net.SplitHostPort(address); err == nil {
				if _, ours := own.Load(host); ours {
					return inside.DialContext(ctx, network, address)
				}
			}
			return outside.DialContext(ctx, network, address)
		},
	}
	return &http.Client{Transport: transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		switch {
		case len(via) > maxRedirects:
			return errors.New("it redirects too often")
		case next.URL.Scheme != "https" && (next.URL.Scheme != "http" || first.Scheme == "https"):
			return errors.New("it redirects to an address that is not of HTTPS")
		}
		return nil
	}}
}

// within is an error for an address that is not within reach.
func within(reach model.Reach, address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !reach.Allows(at.Addr()) {
		return errors.New("it redirects to an address that is not public")
	}
	return nil
}

// withoutAddress is an error of a request without its address.
func withoutAddress(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// notifyMoved tells people whose shifts a calendar moved.
func notifyMoved(b *base, actions *ops.Actions) func(ctx context.Context, before, after *oncall.Roster) {
	return func(ctx context.Context, before, after *oncall.Roster) {
		if err := actions.NotifyMoved(ctx, before, after); err != nil && ctx.Err() == nil {
			b.component("oncall").WithError(err).Error("tell people that their shifts move")
		}
	}
}
