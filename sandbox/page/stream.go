package page

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"opsbot/sandbox/botapi"
)

const (
	roundEvery = 50 * time.Millisecond // minimum: several changes are one round
	lookEvery  = time.Second           // for what changes by time alone
	pingEvery  = 15                    // rounds without changes, after which a comment keeps the connection open
	showLast   = 200                   // messages of a chat
)

// events streams what one person sees: "world" with everything but the messages, "message" for each new or changed one,
// "ready" once the existing state was sent, "toast" for the answer to a press, "typing" with the chat's id. Only
// differences are sent.
func (p *page) events(w http.ResponseWriter, r *http.Request) {
	me, known := p.person(r.URL.Query().Get("person"))
	if !r.URL.Query().Has("person") && len(p.People) > 0 {
		me, known = p.People[0].ID, true
	}
	if !known {
		http.Error(w, "no such person", http.StatusNotFound)
		return
	}
	select {
	case p.streams <- struct{}{}:
		defer func() { <-p.streams }()
	default:
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	s := &stream{
		page: p, me: me, out: w, control: http.NewResponseController(w), messages: map[messageKey]string{},
		answers: len(p.Bot.Answers(me)), actions: map[int64]int{},
	}
	for _, chat := range p.chatsOf(me) {
		s.actions[chat] = len(p.Bot.Actions(chat))
	}
	s.run(r.Context())
}

// person parses an id, and reports whether the page has such a person.
func (p *page) person(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false
	}
	return id, p.knows(id)
}

func (p *page) knows(id int64) bool {
	for i := range p.People {
		if p.People[i].ID == id {
			return true
		}
	}
	return false
}

type messageKey struct {
	chat int64
	id   int
}

// stream is the state sent to one page.
type stream struct {
	page    *page
	me      int64
	out     http.ResponseWriter
	control *http.ResponseController

	world    string
	messages map[messageKey]string
	answers  int
	actions  map[int64]int
	quiet    int
	err      error
}

func (s *stream) run(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	defer watchers.Wait()
	defer stop()
	changed := make(chan struct{}, 1)
	watchers.Go(func() { watch(ctx, s.page.Bot.WaitChange, changed) })
	watchers.Go(func() { watch(ctx, s.page.Fleet.WaitChange, changed) })
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	s.round()
	s.send("ready", "{}")
	for {
		s.flush()
		if s.err != nil || !pause(ctx, roundEvery) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-look.C:
		}
		s.round()
	}
}

// flush ends a round.
func (s *stream) flush() {
	if s.quiet > pingEvery {
		s.write(": still here\n\n")
	}
	if s.quiet == 0 && s.err == nil {
		s.err = s.control.Flush()
	}
}

// watch puts a token into changed on each change, until ctx or the watched object ends.
func watch(ctx context.Context, wait func(context.Context, uint64) (uint64, error), changed chan<- struct{}) {
	for version := uint64(0); ; {
		var err error
		if version, err = wait(ctx, version); err != nil {
			return
		}
		select {
		case changed <- struct{}{}:
		default:
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *stream) round() {
	s.quiet++
	if text := encode(s.page.world(s.me)); text != s.world {
		s.world = text
		s.send("world", text)
	}
	names := s.page.names()
	for _, chat := range s.page.chatsOf(s.me) {
		s.typing(chat)
		messages := s.page.Bot.Messages(chat)
		last := max(0, len(messages)-showLast)
		for i := range messages {
			if i >= last || messages[i].Pinned || s.messages[messageKey{chat, messages[i].ID}] != "" { // what was shown is shown as it changes
				s.message(viewOf(&messages[i], names))
			}
		}
	}
	s.toasts()
}

func (s *stream) message(v messageView) {
	key := messageKey{v.Chat, v.ID}
	before, sent := s.messages[key]
	if !sent && v.Deleted {
		return
	}
	if text := encode(v); text != before {
		s.messages[key] = text
		s.send("message", text)
	}
}

func (s *stream) typing(chat int64) {
	if n := len(s.page.Bot.Actions(chat)); n > s.actions[chat] {
		s.actions[chat] = n
		s.send("typing", strconv.FormatInt(chat, 10))
	}
}

func (s *stream) toasts() {
	answers := s.page.Bot.Answers(s.me)
	for _, a := range answers[min(s.answers, len(answers)):] {
		s.send("toast", encode(toastOf(a)))
	}
	s.answers = len(answers)
}

type toastView struct {
	Chat    int64  `json:"chat"`
	Message int    `json:"message"`
	Text    string `json:"text"`
	Alert   bool   `json:"alert"`
}

func toastOf(a botapi.Answer) toastView {
	return toastView{Chat: a.Chat, Message: a.Message, Text: a.Text, Alert: a.Alert}
}

func (s *stream) send(event, data string) { s.write("event: " + event + "\ndata: " + data + "\n\n") }

func (s *stream) write(text string) {
	s.quiet = 0
	if s.err == nil {
		_, s.err = fmt.Fprint(s.out, text)
	}
}

// encode writes one line of JSON. The views consist of texts and numbers: encoding them cannot fail.
func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(text)
}
