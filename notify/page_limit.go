package notify

import (
	"slices"
	"time"

	"opsbot/model"
)

// pageKey is one person who is paged in one way; or a chat, of nobody. What asks whether somebody still has something is apart.
type pageKey struct {
	to          model.Destination
	person, way string
	ask         bool
}

func pageKeyOf(t *model.Notification) pageKey {
	p := t.Snapshot.Page
	return pageKey{t.To, p.Person, p.Way, p.Ask}
}

// pageLimit counts the pages of each person and way that were accepted lately, or are on their way. Dispatcher.mu guards it.
type pageLimit struct {
	rate  model.Rate
	begun map[pageKey][]time.Duration // by Elapsed
}

func newPageLimit(rate model.Rate) pageLimit {
	return pageLimit{rate: rate, begun: map[pageKey][]time.Duration{}}
}

// room is how many messages may go out now, and, if none, how long to wait. many: without a limit.
func (p *pageLimit) room(key pageKey, now time.Duration, many int) (free int, wait time.Duration) {
	if p.rate.IsZero() {
		return many, 0
	}
	lately := slices.DeleteFunc(p.begun[key], func(at time.Duration) bool { return at <= now-p.rate.Per })
	if len(lately) == 0 {
		delete(p.begun, key)
	} else {
		p.begun[key] = lately
	}
	if free = p.rate.N - len(lately); free > 0 {
		return free, 0
	}
	return 0, lately[len(lately)-p.rate.N] + p.rate.Per - now
}

// take counts a message that goes out now.
func (p *pageLimit) take(key pageKey, now time.Duration) {
	if !p.rate.IsZero() {
		p.begun[key] = append(p.begun[key], now)
	}
}

// giveBack takes back the one that was counted at a time: it did not go out.
func (p *pageLimit) giveBack(key pageKey, at time.Duration) {
	if i := slices.Index(p.begun[key], at); i >= 0 {
		p.begun[key] = slices.Delete(p.begun[key], i, i+1)
	}
}

// SetPageLimit replaces the limit. What went out counts on. It is safe for concurrent use.
func (d *Dispatcher) SetPageLimit(limit model.Rate) {
	d.mu.Lock()
	d.limit.rate = limit
	d.mu.Unlock()
	d.Notify()
}

// takePage counts a message of a page, or returns how long there is no room for it.
func (d *Dispatcher) takePage(key pageKey) (at time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at = d.Elapsed()
	d.limit.take(key, at)
	return at
}

func (d *Dispatcher) giveBackPage(key pageKey, at time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit.giveBack(key, at)
}

func (d *Dispatcher) pageRoom(key pageKey, many int) (free int, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.limit.room(key, d.Elapsed(), many)
}
