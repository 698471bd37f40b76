package zabbix

import (
	"context"
	"strconv"

	"opsbot/model"
)

const (
	// replayPage is how many events one Replay reads.
	replayPage = 500
	// straggle is how much later than its neighbours an event may appear: several writers of the server take ids first and
	// commit afterwards. What is read twice is known already.
	straggle = 60 // seconds
)

// Replay implements inbound.Replayer; the mark is an event's id. Both times of an ended event are Zabbix's. Of active ones
// it returns those that the last Snapshot did not have. Errors are *inbound.Fault.
func (c *Client) Replay(ctx context.Context, mark string) (events []model.Event, next string, more bool, err error) {
	from, err := strconv.ParseInt(mark, 10, 64)
	if err != nil { // there is none yet
		newest, err := c.newest(ctx)
		return nil, strconv.FormatInt(newest, 10), false, err
	}
	var found []problem
	err = c.call(ctx, forEvents, "event.get", params{
		"output": []string{"eventid", "objectid", "clock", "name", "severity", "acknowledged", "suppressed", "r_eventid"},
		"source": 0, "object": 0, "value": []int{1}, "selectTags": []string{"tag", "value"},
		"eventid_from": strconv.FormatInt(from+1, 10), "sortfield": []string{"eventid"}, "sortorder": "ASC", "limit": replayPage,
	}, &found)
	if err != nil {
		return nil, mark, false, err
	}
	if len(found) == 0 {
		newest, err := c.newest(ctx)
		if err != nil || newest >= from {
			return nil, mark, false, err
		}
		return nil, strconv.FormatInt(newest, 10), false, nil // its database was restored from an older one: ids start over
	}
	if events, err = c.replayed(ctx, found); err != nil {
		return nil, mark, false, err
	}
	more = len(found) == replayPage
	return events, strconv.FormatInt(settled(found, from, more), 10), more, nil
}

// settled is the id up to which no further events can appear.
func settled(found []problem, from int64, full bool) int64 {
	last := found[len(found)-1]
	if full {
		return max(from, last.ID.number())
	}
	for i := range found {
		if last.Clock.number()-found[i].Clock.number() <= straggle {
			break
		}
		from = max(from, found[i].ID.number())
	}
	return from
}

// newest is the id of the last event, 0 when there is none.
func (c *Client) newest(ctx context.Context) (int64, error) {
	var found []problem
	err := c.call(ctx, forEvents, "event.get", params{
		"output": []string{"eventid"}, "source": 0, "object": 0, "sortfield": []string{"eventid"}, "sortorder": "DESC", "limit": 1,
	}, &found)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0].ID.number(), nil
}

// replayed turns what was found into events, with their ends.
func (c *Client) replayed(ctx context.Context, found []problem) ([]model.Event, error) {
	ends, err := c.ends(ctx, found)
	if err != nil {
		return nil, err
	}
	all, err := c.events(ctx, found)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []model.Event
	for _, e := range all {
		if at, over := ends[e.ID]; over {
			e.EndedAt, e.End = moment(at), model.EndConfirmed
			if e.EndedAt.Before(e.OpenedAt) { // its end is no longer kept
				e.EndedAt = e.OpenedAt
			}
		}
		if !e.Active() || !c.active[e.ID] {
			out = append(out, e)
		}
	}
	return out, nil
}

// ends are the times at which problems ended, by their ids; "" for one whose end is no longer kept.
func (c *Client) ends(ctx context.Context, found []problem) (map[string]text, error) {
	ends, ids := map[string]text{}, []text{}
	for i := range found {
		if r := found[i].Recovery; r != "" && r != "0" {
			ids = append(ids, r)
		}
	}
	if len(ids) == 0 {
		return ends, nil
	}
	var recoveries []problem
	if err := c.call(ctx, forEvents, "event.get", params{"output": []string{"eventid", "clock"}, "eventids": ids}, &recoveries); err != nil {
		return nil, err
	}
	clocks := map[text]text{}
	for i := range recoveries {
		clocks[recoveries[i].ID] = recoveries[i].Clock
	}
	for i := range found {
		if r := found[i].Recovery; r != "" && r != "0" {
			ends[string(found[i].ID)] = clocks[r]
		}
	}
	return ends, nil
}
