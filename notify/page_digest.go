package notify

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"opsbot/model"
)

// startPages sends pages: each by itself as long as there is room for one more message to the same person in the same way, and with the last
// room all that are left as one. Those that there is no room for wait; it returns how long. Nothing is written for that: each page remains a
// row of its own, which an answer takes out of whatever is about to be sent.
func (d *Dispatcher) startPages(ctx context.Context, queues *sync.WaitGroup, pages []claimed) (sleep time.Duration) {
	sleep = longestSleep
	pages = d.recordPages(ctx, queues, pages)
	for _, together := range byPerson(pages) {
		key := pageKeyOf(&together[0].rows[0])
		free, wait := d.pageRoom(key, len(together))
		alone := len(together)
		switch {
		case free == 0:
			sleep = min(sleep, wait)
			for _, c := range together {
				d.release(c.queue)
			}
			continue
		case free < len(together):
			alone = free - 1
			d.startTogether(ctx, queues, key, together[alone:])
		}
		for _, c := range together[:alone] {
			at := d.takePage(key)
			queues.Go(func() {
				defer d.Notify()
				defer d.free(c.queue)
				if c.run(ctx, c.rows); !c.reached {
					d.giveBackPage(key, at)
				}
			})
		}
	}
	return sleep
}

// recordPages records anew what was accepted and could not be recorded, and returns the others.
func (d *Dispatcher) recordPages(ctx context.Context, queues *sync.WaitGroup, pages []claimed) []claimed {
	return slices.DeleteFunc(pages, func(c claimed) bool {
		accepted := len(c.delivered) > 0
		if accepted {
			queues.Go(func() {
				defer d.Notify()
				defer d.free(c.queue)
				c.run(ctx, c.rows)
			})
		}
		return accepted
	})
}

// byPerson groups queues of pages by whom they reach how, in their order.
func byPerson(pages []claimed) (all [][]claimed) {
	places := map[pageKey]int{}
	for _, c := range pages {
		key := pageKeyOf(&c.rows[0])
		at, known := places[key]
		if !known {
			at = len(all)
			all, places[key] = append(all, nil), at
		}
		all[at] = append(all[at], c)
	}
	return all
}

// startTogether sends pages as one message.
func (d *Dispatcher) startTogether(ctx context.Context, queues *sync.WaitGroup, key pageKey, pages []claimed) {
	at := d.takePage(key)
	queues.Go(func() {
		defer d.Notify()
		defer func() {
			for _, c := range pages {
				d.release(c.queue)
			}
		}()
		if !sendTogether(ctx, pages) {
			d.giveBackPage(key, at)
		}
	})
}

// sendTogether sends pages as one message; false: it was not accepted. Those that were taken back by now are no part of it.
func sendTogether(ctx context.Context, pages []claimed) bool {
	lead := pages[0].queue
	channel, semaphore, known := lead.d.channel(lead.to.Channel, false)
	if !known {
		for _, c := range pages {
			c.run(ctx, c.rows)
		}
		return false
	}
	var begun []claimed
	by := &line{channel: channel, semaphore: semaphore}
	by.begin = func(ctx context.Context, t *model.Notification) (bool, error) {
		var err error
		if begun, err = beginAll(ctx, pages); len(begun) == 0 {
			return false, err
		}
		*t = putTogether(begun)
		if by.card, err = lead.card(ctx, t); err != nil {
			lead.d.storeErr(err) // what wakes somebody goes out without the card that it would reply to
		}
		return true, nil
	}
	t := pages[0].rows[0]
	receipt, err := lead.deliver(ctx, by, &t)
	switch store, isStore := errors.AsType[*storeError](err); {
	case errors.Is(err, errNotBegun):
		return false
	case isStore:
		lead.storeFailed(store.error)
		waitTogether(pages, 0)
		return false
	case err != nil:
		refusedTogether(ctx, begun, lead.countFailure(err))
		return false
	}
	lead.accepted(ctx, &t)
	recordTogether(ctx, begun, t.Snapshot.Page.Several, receipt)
	return true
}

// recordTogether stores that pages were accepted as one message, and has whoever pages know of all of them at once: how the message goes on
// depends on each.
func recordTogether(ctx context.Context, pages []claimed, several int, receipt model.Receipt) {
	ctx, cancel := writing(ctx)
	defer cancel()
	var all []model.PageResult
	for _, c := range pages {
		row := c.rows[0]
		info := *row.Snapshot.Page
		info.Several, row.Snapshot.Page = several, &info
		if c.record(ctx, &row, receipt) {
			all = append(all, resultOf(&row, model.PageResult{Sent: true, Message: receipt.Message}))
		}
	}
	if d := pages[0].d; d.Paged != nil && len(all) > 0 {
		d.Paged(ctx, all...)
	}
}

// beginAll marks pages as being sent, and returns those that are. An error matters only if that is none.
func beginAll(ctx context.Context, pages []claimed) (begun []claimed, err error) {
	for _, c := range pages {
		is, e := c.begin(ctx, &c.rows[0])
		if e != nil {
			return begun, e
		}
		if is {
			begun = append(begun, c)
		}
	}
	return begun, nil
}

// refusedTogether decides what becomes of pages whose message was not accepted. What is tried again is tried as one message again, also by
// the next process: by itself the first of them would take the room of all.
func refusedTogether(ctx context.Context, pages []claimed, send *model.SendError) {
	wait, passes := pages[0].pauseAfter(send)
	if !passes {
		for _, c := range pages {
			c.refused(ctx, c.rows[0], send)
		}
		return
	}
	ctx, cancel := writing(ctx)
	defer cancel()
	ids := make([]int64, len(pages))
	for i, c := range pages {
		row := &c.rows[0]
		if ids[i] = row.ID; i > 0 {
			pause, _ := c.pauseAfter(send)
			wait = max(wait, pause)
		}
		if mayHaveArrived(send) {
			c.doubtful[row.ID] = true
		}
		c.fails(ctx, send)
		c.d.paged(ctx, row, model.PageResult{Why: string(send.Failure), Retried: true})
	}
	waitTogether(pages, wait)
	d := pages[0].d
	if err := d.Store.Postpone(ctx, d.Now().Add(wait), mayHaveArrived(send), ids...); err != nil {
		d.storeErr(err)
	}
}

// waitTogether has the queues of pages wait for at least so long, and as long as that of them which waits longest.
func waitTogether(pages []claimed, least time.Duration) {
	d := pages[0].d
	d.mu.Lock()
	defer d.mu.Unlock()
	until := d.Elapsed() + least
	for _, c := range pages {
		until = max(until, c.until)
	}
	for _, c := range pages {
		c.until = until
	}
}

// putTogether is one message of pages: of all their incidents, each once. Of one incident it is an ordinary page.
func putTogether(pages []claimed) model.Notification {
	t := pages[0].rows[0]
	var open []model.Incident
	for _, c := range pages {
		row := &c.rows[0]
		t.Repeat, t.Created = t.Repeat || row.Repeat || c.doubtful[row.ID], model.Earlier(t.Created, row.Created)
		if in := row.Snapshot.Incident; !slices.ContainsFunc(open, func(o model.Incident) bool { return o.ID == in.ID }) {
			open = append(open, *in)
		}
	}
	if len(open) == 1 {
		return t
	}
	info := model.PageInfo{Person: t.Snapshot.Page.Person, User: t.Snapshot.Page.User, Way: t.Snapshot.Page.Way, Language: t.Snapshot.Page.Language, Ask: t.Snapshot.Page.Ask}
	info.Several = len(open)
	t.Incident, t.Snapshot = 0, model.Snapshot{Page: &info, Open: open}
	shorten(&t.Snapshot)
	return t
}
