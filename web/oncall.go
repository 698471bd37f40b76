package web

import (
	"net/http"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// OnCallRenderer renders who is on call.
type OnCallRenderer interface {
	OnCall(language string, a *ops.OnCall) string
	TakenOver(language string, t *ops.Takeover) string
	HandedBack(language string, t *ops.Takeover) string
	CoverAsked(language string, c *ops.CoverDone) string
	CoverAnswered(language string, answer model.CoverAnswer, c *ops.CoverDone) string
}

// OnCallView is `opsbot oncall --json` and GET /api/v1/oncall: names here are stable across versions.
type OnCallView struct {
	At        time.Time      `json:"at"`
	Schedules []ScheduleView `json:"schedules"` // who is on call now
	Shifts    []ShiftView    `json:"shifts"`    // with "me" or "next", by their beginning
}

// ScheduleView is who is on call in a schedule.
type ScheduleView struct {
	Name string      `json:"name"`
	Now  []ShiftView `json:"now"`           // empty: nobody
	Next time.Time   `json:"next,omitzero"` // when that changes
	Then []string    `json:"then"`          // the people from then on
	Gaps []GapView   `json:"gaps"`          // with nobody, in the next 14 days
}

// ShiftView is the time of one person. An end that is missing is more than a year away.
type ShiftView struct {
	Schedule string    `json:"schedule"`
	Person   string    `json:"person"`
	Phone    string    `json:"phone,omitempty"` // for admins
	From     time.Time `json:"from,omitzero"`
	To       time.Time `json:"to,omitzero"`
}

// GapView is a time with nobody on call.
type GapView struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func onCallView(a *ops.OnCall) *OnCallView {
	v := &OnCallView{At: a.At, Schedules: []ScheduleView{}, Shifts: shiftViews(a.Shifts)}
	for i := range a.Schedules {
		d := &a.Schedules[i]
		s := ScheduleView{Name: d.Name, Now: shiftViews(d.Now), Next: d.Next, Then: listOf(d.Then), Gaps: []GapView{}}
		for _, g := range d.Gaps {
			s.Gaps = append(s.Gaps, GapView{g.From, g.To})
		}
		v.Schedules = append(v.Schedules, s)
	}
	return v
}

func shiftViews(all []ops.DutyShift) []ShiftView {
	views := []ShiftView{}
	for i := range all {
		s := &all[i]
		views = append(views, ShiftView{Schedule: s.Schedule, Person: s.Person, Phone: s.Phone, From: s.From, To: s.To})
	}
	return views
}

func onCallRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/oncall", ask(func(r *http.Request, req ControlRequest) (*ops.OnCall, error) {
		return d.Actions.OnCall(r.Context(), actor(r), req.Words)
	}, d.Renderer.OnCall, func(a *ops.OnCall) any { return onCallView(a) }))
	handle(mux, "POST /v1/takeover", ask(func(r *http.Request, req ControlRequest) (*ops.Takeover, error) {
		until, err := d.until(req)
		if err != nil {
			return nil, err
		}
		t, err := d.Actions.Takeover(r.Context(), actor(r), ops.MuteRequest{For: time.Duration(req.For), Until: until, Words: req.Words, Reason: req.Reason})
		return &t, err
	}, d.Renderer.TakenOver, takeoverView))
	handle(mux, "POST /v1/handback", ask(func(r *http.Request, req ControlRequest) (*ops.Takeover, error) {
		t, err := d.Actions.Handback(r.Context(), actor(r), req.Words)
		return &t, err
	}, d.Renderer.HandedBack, takeoverView))
	coverRoutes(mux, d)
	mux.HandleFunc("GET /v1/oncall", func(w http.ResponseWriter, r *http.Request) {
		a, err := d.Actions.OnCall(r.Context(), actor(r), r.URL.Query()["schedule"])
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, onCallView(a))
	})
}

func coverRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/cover", ask(func(r *http.Request, req ControlRequest) (*ops.CoverDone, error) {
		asked, err := ops.ParseCover(strings.Join(req.Words, " "), d.Now())
		if err != nil {
			return nil, err
		}
		if req.For > 0 {
			asked.For = time.Duration(req.For)
		}
		if req.Reason != "" {
			asked.Reason = req.Reason
		}
		done, err := d.Actions.Cover(r.Context(), actor(r), asked)
		return &done, err
	}, d.Renderer.CoverAsked, func(c *ops.CoverDone) any { return c.Cover }))
	for _, answer := range []model.CoverAnswer{model.CoverTake, model.CoverRefuse, model.CoverWithdraw} {
		handle(mux, "POST /v1/cover/"+string(answer), ask(func(r *http.Request, req ControlRequest) (*ops.CoverDone, error) {
			done, err := d.Actions.AnswerCover(r.Context(), actor(r), answer, req.Words)
			return &done, err
		}, func(language string, c *ops.CoverDone) string { return d.Renderer.CoverAnswered(language, answer, c) }, func(c *ops.CoverDone) any { return c.Cover }))
	}
}

// TakeoverView is `opsbot takeover --json`.
type TakeoverView struct {
	model.Override
	Before []string `json:"before"` // who was on call
	After  []string `json:"after"`  // who is now
}

func takeoverView(t *ops.Takeover) any {
	return &TakeoverView{t.Override, listOf(t.Before), listOf(t.After)}
}
