package monitors

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// listener is one open event stream.
type listener struct {
	types []string
	lines chan []byte
}

// backlog is how many events a listener may lag; beyond it is disconnected, as Icinga does.
const backlog = 1000

// stream answers with one event per line, from now on: there is no replay.
func (ic *icinga) stream(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Queue string   `json:"queue"`
		Types []string `json:"types"`
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || ask.Queue == "" || len(ask.Types) == 0 {
		refuse(w, http.StatusBadRequest, "'queue' and 'types' are required.")
		return
	}
	l := &listener{types: ask.Types, lines: make(chan []byte, backlog)}
	ic.listen(l, true)
	defer ic.listen(l, false)
	w.Header().Set("Content-Type", "application/json")
	control := http.NewResponseController(w)
	for err := control.Flush(); err == nil; err = control.Flush() {
		select {
		case line, open := <-l.lines:
			if !open {
				return
			}
			if _, err := w.Write(line); err != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

func (ic *icinga) listen(l *listener, on bool) {
	ic.mu.Lock()
	defer ic.mu.Unlock()
	if on {
		ic.listeners[l] = true
		return
	}
	delete(ic.listeners, l)
}

// emit sends an event to listeners of its type. The caller holds the lock.
func (ic *icinga) emit(kind string, at time.Time, event map[string]any) {
	event["type"], event["timestamp"] = kind, seconds(at)
	line, err := json.Marshal(event)
	if err != nil {
		return // it consists of texts and numbers
	}
	line = append(line, '\n')
	for l := range ic.listeners {
		if !slices.Contains(l.types, kind) {
			continue
		}
		select {
		case l.lines <- line:
		default:
			close(l.lines)
			delete(ic.listeners, l)
		}
	}
}
