package ops_test

import (
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// people who answer covers, by their Telegram ids.
var (
	annaActs  = model.Actor{User: 7, Name: "Anna", Role: model.RoleOperator}
	borisActs = model.Actor{User: 8, Name: "Boris", Role: model.RoleOperator}
	veraActs  = model.Actor{User: 9, Name: "Vera", Role: model.RoleOperator}
)

func coverBench(t *testing.T) *bench {
	b := newBench(t)
	b.roster = threePeople(t)
	b.roster.People[2].Telegram = 9
	b.tick(0)
	return b
}

func (b *bench) covers1(who model.Actor, text string) ops.CoverDone {
	b.Helper()
	req, err := ops.ParseCover(text, b.now())
	if err != nil {
		b.Fatal(err)
	}
	done, err := b.actions.Cover(b.Context(), who, req)
	if err != nil {
		b.Fatal(err)
	}
	return done
}

func (b *bench) onCallNow() string {
	a, err := b.actions.OnCall(b.Context(), model.Actor{Role: model.RoleAdmin}, nil)
	if err != nil || len(a.Schedules[0].Now) != 1 {
		b.Fatal(a, err)
	}
	return a.Schedules[0].Now[0].Person
}

// TestACoverIsTaken: asked of one person, refused, asked of all, taken once; then that person is on call in its time alone.
func TestACoverIsTaken(t *testing.T) {
	b := coverBench(t)
	day := epoch.Truncate(model.Day)
	c := b.covers1(annaActs, "boris 20:00 until 22:00 - dentist")
	if !c.From.Equal(day.Add(20*time.Hour)) || !c.To.Equal(day.Add(22*time.Hour)) || c.Reason != "dentist" || c.Person != "anna" || c.Asked != "boris" || len(c.Asks) != 1 {
		t.Fatalf("%+v", c)
	}
	b.wants("one is asked", b.notified(), "wanted 1 to 8")
	for name, one := range map[string]struct {
		who    model.Actor
		answer model.CoverAnswer
		words  []string
		want   model.ErrorCode
	}{
		"not asked":        {veraActs, model.CoverTake, []string{"1"}, model.ErrCoverNotAsked},
		"herself":          {annaActs, model.CoverTake, []string{"1"}, model.ErrCoverOwn},
		"nobody":           {model.Actor{User: 99, Role: model.RoleOperator}, model.CoverTake, []string{"1"}, model.ErrNotOnCall},
		"a viewer":         {model.Actor{User: 8, Role: model.RoleViewer}, model.CoverTake, []string{"1"}, model.ErrForbidden},
		"limited":          {model.Actor{User: 8, Role: model.RoleOperator, Scope: model.ScopeOf([]string{"acme"})}, model.CoverTake, []string{"1"}, model.ErrNoCover},
		"another number":   {borisActs, model.CoverTake, []string{"2"}, model.ErrNoCover},
		"no number":        {borisActs, model.CoverTake, nil, model.ErrNoCover},
		"others' withdraw": {borisActs, model.CoverWithdraw, []string{"1"}, model.ErrNotYours},
	} {
		if _, err := b.actions.AnswerCover(t.Context(), one.who, one.answer, one.words); model.CodeOf(err) != one.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.actions.AnswerCover(t.Context(), borisActs, model.CoverRefuse, []string{"#1"}); err != nil {
		t.Fatal(err)
	}
	b.wants("all are asked", b.notified(), "refused 1 to 7", "wanted 1 to -100")
	done, err := b.actions.AnswerCover(t.Context(), veraActs, model.CoverTake, []string{"1"})
	if err != nil || done.Taken != "vera" || done.Override == 0 {
		t.Fatal(done, err)
	}
	b.wants("she is told", b.notified(), "taken 1 to 7")
	if _, err := b.actions.AnswerCover(t.Context(), borisActs, model.CoverTake, []string{"1"}); model.CodeOf(err) != model.ErrNoCover {
		t.Errorf("taken twice: %v", err)
	}
	if b.onCallNow() != "anna" {
		t.Error("before its time")
	}
	b.wants("it begins", b.tick(8*time.Hour+time.Minute), "begins vera to 9", "ends anna to 7", "group  to -100")
	if b.onCallNow() != "vera" {
		t.Error("in its time")
	}
	if _, err := b.actions.Handback(t.Context(), veraActs, nil); err != nil || b.onCallNow() != "anna" {
		t.Errorf("handed back: %v", err)
	}
}

// TestWhoAskedForACoverWithdrawsIt: a program with a token asks for somebody, and takes it back; another program does not.
func TestWhoAskedForACoverWithdrawsIt(t *testing.T) {
	b := coverBench(t)
	deploy := model.Actor{Name: "deploy", Via: "api", Role: model.RoleOperator}
	b.covers1(deploy, "anna boris 20:00 until 22:00 - dentist")
	other := deploy
	for _, other.Name = range []string{"board", ""} {
		if _, err := b.actions.AnswerCover(t.Context(), other, model.CoverWithdraw, []string{"1"}); model.CodeOf(err) != model.ErrNotYours {
			t.Errorf("%q: %v", other.Name, err)
		}
	}
	if done, err := b.actions.AnswerCover(t.Context(), deploy, model.CoverWithdraw, []string{"1"}); err != nil || done.Ended.IsZero() {
		t.Errorf("%+v, %v", done, err)
	}
}

// TestACoverIsAskedAgain: after half of the time, and everybody shortly before; then it is too late, once.
func TestACoverIsAskedAgain(t *testing.T) {
	b := coverBench(t)
	b.roster.Schedules[0].Layers = nil
	b.roster.Schedules[0].GapsAllowed = true
	b.roster.Schedules[0].Overrides = nil
	if _, err := b.actions.Takeover(t.Context(), annaActs, ops.MuteRequest{For: 100 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	b.tick(0)
	b.covers1(annaActs, "boris in 20h 4h")
	b.wants("asked", b.notified(), "wanted 1 to 8")
	b.wants("not yet", b.tick(9*time.Hour))
	b.wants("half of the time", b.tick(2*time.Hour), "wanted 1 to 8")
	b.wants("once", b.tick(time.Hour))
	b.wants("soon", b.tick(6*time.Hour), "wanted 1 to -100")
	b.wants("it has begun, and can be taken", b.tick(3*time.Hour))
	b.wants("too late", b.tick(4*time.Hour), "too_late 1 to 7")
	b.wants("once", b.tick(time.Hour))
	b.covers1(annaActs, "vera 1h")
	b.wants("at once", b.notified(), "wanted 2 to 9")
	if _, err := b.actions.AnswerCover(t.Context(), annaActs, model.CoverWithdraw, []string{"2"}); err != nil {
		t.Fatal(err)
	}
	b.wants("whoever was asked", b.notified(), "withdrawn 2 to 9")
}

// TestCoverTimes: what people write, and what it means.
func TestCoverTimes(t *testing.T) {
	b := coverBench(t) // anna until midnight, boris the next day, then vera
	day := epoch.Truncate(model.Day)
	at := func(hours float64) time.Time { return day.Add(time.Duration(hours * float64(time.Hour))) }
	for _, c := range []struct {
		who      model.Actor
		text     string
		from, to time.Time
		want     model.ErrorCode
	}{
		{annaActs, "", at(12), at(24), ""},
		{borisActs, "", at(24), at(48), ""},
		{annaActs, "2h", at(12), at(14), ""},
		{annaActs, "until 15:00", at(12), at(15), ""},
		{borisActs, "tomorrow 18:00", at(42), at(48), ""},
		{borisActs, "anna from tomorrow 18:00 2h", at(42), at(44), ""},
		{borisActs, "tomorrow 18:00 until 20:30 -- why", at(42), at(44.5), ""},
		{borisActs, "20:00 2h", at(0), at(0), model.ErrCoverNoShift},
		{annaActs, "primary vera anna", at(0), at(0), ""}, // vera asks anna
		{annaActs, "anna", at(0), at(0), model.ErrCoverOwn},
		{annaActs, "nights", at(0), at(0), model.ErrNoSchedule},
		{annaActs, "40d", at(0), at(0), model.ErrTakeoverLong},
		{annaActs, "until 2000-01-01", at(0), at(0), model.ErrBadTime},
		{model.Actor{User: 99, Role: model.RoleOperator}, "2h", at(0), at(0), model.ErrNotOnCall},
		{model.Actor{User: 7, Role: model.RoleViewer}, "2h", at(0), at(0), model.ErrForbidden},
		{model.Actor{User: 7, Role: model.RoleOperator, Scope: model.ScopeOf([]string{"acme"})}, "2h", at(0), at(0), model.ErrNoSchedule},
	} {
		req, err := ops.ParseCover(c.text, b.now())
		var done ops.CoverDone
		if err == nil {
			done, err = b.actions.Cover(t.Context(), c.who, req)
		}
		if model.CodeOf(err) != c.want && (err != nil || c.want != "") {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
			continue
		}
		if c.want == "" && c.to.After(c.from) && (!done.From.Equal(c.from) || !done.To.Equal(c.to)) {
			t.Errorf("%q: %s – %s, want %s – %s", c.text, done.From, done.To, c.from, c.to)
		}
	}
	b.notified()
	b.locked(func() { b.away = []string{"boris", "vera", "anna", "group"} })
	if _, err := b.actions.Cover(t.Context(), annaActs, ops.CoverRequest{}); model.CodeOf(err) != model.ErrCoverNobody {
		t.Errorf("nobody can be asked: %v", err)
	}
}

// answer has somebody answer a cover that anna asked boris for: boris, or anna herself who withdraws it.
func (b *bench) answer(who model.Actor, answer model.CoverAnswer) error {
	b.roster = twoWeeks()
	if _, err := b.actions.Cover(b.Context(), actor(model.RoleAdmin), ops.CoverRequest{Words: []string{"anna", "boris"}}); err != nil {
		return err
	}
	b.locked(func() { b.audit = nil })
	name := "boris"
	if answer == model.CoverWithdraw {
		name = "anna"
	}
	_, err := b.actions.AnswerCover(b.Context(), who, answer, []string{"1", name})
	return err
}
