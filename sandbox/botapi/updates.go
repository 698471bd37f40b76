package botapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// Limits of the real server: https://core.telegram.org/bots/api#getupdates, and observed behaviour.
const (
	maxPoll       = 50 * time.Second
	maxUpdates    = 100
	messageExpiry = 24 * time.Hour
	pressExpiry   = 150 * time.Second
)

type update struct {
	id      int64
	kind    string
	expires time.Time
	raw     json.RawMessage
}

// queue queues an update for the bot; the caller holds the lock.
func (s *Server) queue(kind string, fields object) {
	raw, err := json.Marshal(fields)
	if err != nil {
		return // consists of strings and numbers: cannot happen
	}
	s.queueRaw(kind, raw)
}

func (s *Server) queueRaw(kind string, fields []byte) {
	if s.allowed != nil && !s.allowed[kind] {
		s.touch()
		return
	}
	s.nextID++
	life := messageExpiry
	if kind == "callback_query" {
		life = pressExpiry
	}
	id, _ := json.Marshal(s.nextID) //nolint:errchkjson // a number
	raw := slices.Concat([]byte(`{"update_id":`), id, []byte(`,"`+kind+`":`), fields, []byte("}"))
	s.updates = append(s.updates, update{id: s.nextID, kind: kind, expires: s.clock.Now().Add(life), raw: raw})
	s.touch()
}

// getUpdates waits until there is an update, the timeout ends, or another poller comes.
func (s *Server) getUpdates(ctx context.Context, r *request) (any, *apiError) {
	timeout := min(time.Duration(r.int("timeout"))*time.Second, maxPoll)
	limit := int(r.int("limit"))
	if limit <= 0 || limit > maxUpdates {
		limit = maxUpdates
	}
	me, fail := s.beginPoll(r)
	if fail != nil {
		return nil, fail
	}
	end := s.clock.After(timeout)
	for {
		s.mu.Lock()
		batch, replaced, changed := s.batch(limit), s.poller != me, s.changed
		s.mu.Unlock()
		if replaced {
			return nil, &apiError{Code: http.StatusConflict, Description: "Conflict: terminated by other getUpdates request; " +
				"make sure that only one bot instance is running"}
		}
		if len(batch) > 0 || timeout == 0 {
			return batch, nil
		}
		select {
		case <-changed:
		case <-end:
			timeout = 0
		case <-ctx.Done():
			return batch, nil
		case <-s.closed:
			return batch, nil
		}
	}
}

// beginPoll replaces an older poller, sets the allowed updates, and deletes what the offset confirms.
func (s *Server) beginPoll(r *request) (int64, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.webhook != "" {
		return 0, &apiError{Code: http.StatusConflict, Description: "Conflict: can't use getUpdates method while webhook is active; " +
			"use deleteWebhook to delete the webhook first"}
	}
	s.poller++
	s.allow(r.params["allowed_updates"])
	s.confirm(r.int("offset"))
	s.touch()
	return s.poller, nil
}

// allow parses allowed_updates; absent keeps the last list, an empty one means all.
func (s *Server) allow(text string) {
	var kinds []string
	if text == "" || json.Unmarshal([]byte(text), &kinds) != nil {
		return
	}
	s.allowed = nil
	if len(kinds) > 0 {
		s.allowed = map[string]bool{}
	}
	for _, k := range kinds {
		s.allowed[k] = true
	}
}

// confirm deletes updates below the offset; a negative one keeps that many from the end. An unknown offset confirms
// nothing.
func (s *Server) confirm(offset int64) {
	switch {
	case offset < 0:
		s.updates = s.updates[max(0, len(s.updates)+int(offset)):]
	case offset <= s.nextID+1:
		s.updates = slices.DeleteFunc(s.updates, func(u update) bool { return u.id < offset })
	}
}

func (s *Server) batch(limit int) []json.RawMessage {
	now := s.clock.Now()
	s.updates = slices.DeleteFunc(s.updates, func(u update) bool { return !u.expires.After(now) })
	batch := []json.RawMessage{}
	for _, u := range s.updates[:min(limit, len(s.updates))] {
		batch = append(batch, u.raw)
	}
	return batch
}

// Waiting is the number of unconfirmed updates.
func (s *Server) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.updates)
}
