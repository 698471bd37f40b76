package bot

import (
	"context"
	"strconv"
	"sync"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// The limits of watches at once, in one chat and in all. Each edits a message every few seconds and holds one of 64 handlers.
const (
	watchesOfAChat = 3
	watchesOfAll   = 16
)

// watching are the running watches. The zero value is ready to use.
type watching struct {
	mu   sync.Mutex
	last int
	all  map[int]*oneWatch
}

type oneWatch struct {
	chat    model.ChatID
	user    model.UserID
	stopped bool
	stop    context.CancelFunc
}

// begin registers a watch. ErrTooManyWatches if there are too many.
func (w *watching) begin(one *oneWatch, now time.Time) (id int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil { // numbers go on from the clock: yesterday's buttons must not name a watch of today
		w.all, w.last = map[int]*oneWatch{}, int(now.Unix())
	}
	n := 0
	for _, other := range w.all {
		if other.chat == one.chat {
			n++
		}
	}
	if n >= watchesOfAChat || len(w.all) >= watchesOfAll {
		return 0, &model.Error{Code: model.ErrTooManyWatches, Args: map[string]string{"most": strconv.Itoa(max(n, min(len(w.all), watchesOfAll)))}}
	}
	w.last++
	w.all[w.last] = one
	return w.last, nil
}

func (w *watching) end(id int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.all, id)
}

// find returns a watch of a chat.
func (w *watching) find(chat model.ChatID, id int) (*oneWatch, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one, ok := w.all[id]
	return one, ok && one.chat == chat
}

// halt ends a watch before its next round.
func (w *watching) halt(one *oneWatch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one.stopped = true
	one.stop()
}

func (w *watching) wanted(one *oneWatch) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !one.stopped
}

// testWatch repeats a web test for a while and edits one message.
func (r *request) testWatch(ctx context.Context, ws []string, length time.Duration) error {
	r.in.Yield()
	one := &oneWatch{chat: r.in.Chat.ID, user: r.in.User.ID}
	until, stop := context.WithCancel(ctx)
	defer stop()
	one.stop = stop
	id, err := r.b.watches.begin(one, r.b.d.Now())
	if err != nil {
		return err
	}
	defer r.b.watches.end(id)
	live := &liveRun{r: r, rows: r.buttons(ctx, 1, action{label: r.p.T("button.stop"), name: actStopWatch, args: map[string]string{"watch": strconv.Itoa(id)}})}
	defer live.stop()
	last, err := r.b.d.Actions.Watch(until, r.actor, ops.WatchRequest{
		Words: ws, For: length,
		Report: func(s *ops.WatchState) { live.progress(ctx, func() string { return r.renderer().watch(s) }) },
		Still: func() (now model.Actor, wanted bool) {
			now, _ = r.b.d.People.Actor(whoOf(r.in)) // the zero Actor if the user was removed
			return now, r.b.watches.wanted(one)
		},
	})
	live.stop()
	if err != nil {
		r.shown = live.message()
		return err
	}
	r.endWatch(ctx, last, live.message())
	return nil
}

// endWatch shows the result in the message. If something is worse it also sends a new message, since an edit makes no sound.
func (r *request) endWatch(ctx context.Context, last *ops.WatchState, message int) {
	again := action{label: r.p.T("button.watch_again"), name: actRun, args: map[string]string{"line": "/webtest " + last.Words + " watch " + model.Duration(last.Until.Sub(last.Since)).String()}}
	r.shown = message
	message = r.replyUnless(ctx, nil, r.renderer().watch(last), r.buttons(ctx, 1, again))
	if r.shown = 0; last.Worse() || last.Measuring && last.Failed > 0 {
		o := r.outgoing(string(r.renderer().watchHeadline(model.Clip(last.Words, 100), last)), nil)
		o.ReplyTo = message
		r.send(ctx, o, nil)
	}
}

// pressStopWatch ends a watch: its owner and operators may.
func (r *request) pressStopWatch(ctx context.Context, args map[string]string) error {
	id, _ := strconv.Atoi(args["watch"])
	one, found := r.b.watches.find(r.in.Chat.ID, id)
	switch {
	case !found:
		return &model.Error{Code: model.ErrButtonExpired}
	case one.user != r.in.User.ID && r.actor.Role < model.RoleOperator:
		return &model.Error{Code: model.ErrForbidden, Args: map[string]string{"need": model.RoleOperator.String()}}
	}
	r.b.watches.halt(one)
	r.answer(ctx, r.p.T("watch.stopped"), false)
	return nil
}

// mostNews limits the changes in the message of a watch.
const mostNews = 6

// watch renders the message of a watch.
func (s *renderer) watch(w *ops.WatchState) string {
	what := model.Clip(w.Words, 100)
	lines := blocks{s.watchHeadline(what, w), block(s.p.HTML("watch.round", texts.Args{"n": w.Round, "ok": w.Up, "failed": w.Failed, "unknown": w.Unknown}))}
	if w.Unknown == 0 {
		lines[1] = block(s.p.HTML("watch.round_seen", texts.Args{"n": w.Round, "ok": w.Up, "failed": w.Failed}))
	}
	if w.Stored {
		lines = append(lines, block(s.p.HTML("watch.against", texts.Args{"at": s.moment(w.Against.At)})))
	}
	if n := len(w.Began); n > 0 {
		names := make([]string, n)
		for i := range w.Began {
			names[i] = w.Began[i].String() + " · " + w.Began[i].Host
		}
		lines = append(lines, marked(texts.LevelWarning, s.p.HTMLN("watch.began", n, texts.Args{"names": model.Clip(s.p.Names(names, mostNamed), 250)})))
	}
	var rows blocks
	if w.Against != nil {
		rows = s.changeRows(w.Changes, severalClients(w.Against))
	}
	for i := range w.News[:min(len(w.News), mostNews)] {
		if i == 0 {
			rows = append(rows, block(s.p.HTML("watch.news")))
		}
		rows = append(rows, s.watchNews(&w.News[i]))
	}
	return message{head: lines, rows: rows}.fit(mostRows+mostNews, s.more)
}

func (s *renderer) watchHeadline(what string, w *ops.WatchState) block {
	switch until := s.moment(w.Until); {
	case w.Ended && w.Measuring && !w.Worse():
		level := texts.LevelUnknown
		if w.Failed > 0 {
			level = texts.LevelCritical
		}
		return marked(level, s.p.HTML("watch.too_short", texts.Args{"what": what}))
	case w.Ended:
		return s.changeHeadline(s.p.T("watch.over", texts.Args{"what": what}), &w.Comparison)
	case w.Measuring && !w.Worse():
		return block(s.p.HTML("watch.measuring", texts.Args{"what": what, "until": until}))
	default:
		return s.changeHeadline(s.p.T("watch.until", texts.Args{"what": what, "until": until}), &w.Comparison)
	}
}

func (s *renderer) watchNews(n *ops.WatchNews) block {
	id, level := "watch.broke", texts.LevelCritical
	if n.Works {
		id, level = "watch.works", texts.LevelOK
	}
	return block(s.p.HTML(id, texts.Args{
		"mark": level.Mark(),
		"at":   s.moment(n.At), "what": model.Clip(n.String(), 100), "host": model.Clip(n.Host, 64), "reason": model.Clip(s.p.Reason(n.Reason), 150),
	}))
}
