package ops_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"opsbot/model"
	"opsbot/ops"
)

func TestParseMute(t *testing.T) {
	for _, c := range []struct {
		line   string
		length time.Duration
		words  []string
		reason string
		code   model.ErrorCode
	}{
		{line: "2h clientA reports -- update", length: 2 * time.Hour, words: []string{"clientA", "reports"}, reason: "update"},
		{line: "2h clientA — update  of\nall", length: 2 * time.Hour, words: []string{"clientA"}, reason: "update of all"},
		{line: "90m a–b a--b — c--d – e", length: 90 * time.Minute, words: []string{"a–b", "a--b"}, reason: "c--d – e"},
		{line: "1d --quick", length: model.Day, reason: "quick"},
		{line: "1d clientA-- quick", length: model.Day, words: []string{"clientA"}, reason: "quick"},
		{line: "1 h clientA", length: time.Hour, words: []string{"clientA"}}, // case 18
		{line: "2 hours clientA", length: 2 * time.Hour, words: []string{"clientA"}},
		{line: "2ч clientA -- обновление", length: 2 * time.Hour, words: []string{"clientA"}, reason: "обновление"},
		{line: "30\u00a0мин\u00a0clientA\u00a0—\u00a0why", length: 30 * time.Minute, words: []string{"clientA"}, reason: "why"},
		{line: "clientA 1 час 30 минут", length: 90 * time.Minute, words: []string{"clientA"}},
		{line: "1.5h clientA", length: 90 * time.Minute, words: []string{"clientA"}},
		{line: "90 clientA", words: []string{"90", "clientA"}},
		{line: "1h30m", length: 90 * time.Minute},
		{line: "2h --", length: 2 * time.Hour},
		{line: "", code: model.ErrNeedDuration},
		{line: "-- reason", reason: "reason", code: model.ErrNeedDuration},
		{line: "clientA reports 2h -- update", length: 2 * time.Hour, words: []string{"clientA", "reports"}, reason: "update"},
		{line: "2h 3h", length: 2 * time.Hour, words: []string{"3h"}}, // the first is the time
		{line: "clientA 2h web1", words: []string{"clientA", "2h", "web1"}},
		{line: "clientA -- 2h", words: []string{"clientA"}, reason: "2h"},
		{line: "0 clientA", words: []string{"clientA"}},
		{line: "2h--update", words: []string{"2h--update"}},
	} {
		req, err := ops.ParseMute(c.line)
		if model.CodeOf(err) != c.code {
			t.Errorf("%q: %v, wanted %q", c.line, err, c.code)
			continue
		}
		if req.For != c.length || !slices.Equal(req.Words, c.words) || req.Reason != c.reason {
			t.Errorf("%q reads %+v", c.line, req)
		}
	}
}

func FuzzParseMute(f *testing.F) {
	for _, seed := range []string{"2h a -- b", "1d — ы", "–––", "1h a--b", "\xff -- \xff", "99999999w x", "until 18:00 a", "a до завтра в 9 -- b", "until"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		req, err := ops.ParseMute(line)
		if err != nil {
			if code := model.CodeOf(err); code != model.ErrNeedDuration && code != model.ErrBadTime {
				t.Fatalf("%q: %v", line, err)
			}
			return
		}
		if req.For < 0 || utf8.RuneCountInString(req.Reason) > 201 || strings.ContainsAny(req.Reason, "\n\r\t") {
			t.Fatalf("%q reads %+v", line, req)
		}
		for _, w := range req.Words {
			if w == "" || w == "--" || w == "—" || strings.ContainsAny(w, " \n") {
				t.Fatalf("%q has the word %q", line, w)
			}
		}
	})
}

func TestMuteAsksBeforeItHidesMuch(t *testing.T) {
	who := actor(model.RoleOperator)
	for _, c := range []struct {
		name string
		req  ops.MuteRequest
		asks bool
	}{
		{"one client", muteOf("acme"), false},
		{"all by name", muteOf("all"), false}, // two clients and five checks are not many
		{"no words", ops.MuteRequest{For: time.Hour}, true},
		{"no words, sure", ops.MuteRequest{For: time.Hour, Sure: true}, false},
		{"an incident", ops.MuteRequest{For: time.Hour, Incident: 1}, false},
	} {
		b := newBench(t)
		a, err := b.actions.Mute(t.Context(), who, c.req)
		if err != nil || a.Asks != c.asks || (len(b.mutes) == 0) != c.asks {
			t.Errorf("%s: asks %v, %d mutes, %v", c.name, a.Asks, len(b.mutes), err)
		}
	}
	b := newBench(t)
	b.inv = inventory("a/x@1", "b/x@1", "c/x@1")
	if a, err := b.actions.Mute(t.Context(), who, muteOf("all")); err != nil || !a.Asks {
		t.Errorf("three clients: asks %v, %v", a.Asks, err)
	}
}

func TestMuteWithoutTime(t *testing.T) {
	who, cli := actor(model.RoleOperator), model.Actor{Name: "root", Via: "cli", Role: model.RoleAdmin}
	for _, c := range []struct {
		name string
		who  model.Actor
		req  ops.MuteRequest
		code model.ErrorCode // "" asks
	}{
		{"a client", who, ops.MuteRequest{Words: []string{"acme"}}, ""},
		{"an incident", who, ops.MuteRequest{Incident: 1}, ""},
		{"nothing", who, ops.MuteRequest{}, model.ErrNeedDuration},
		{"sure of everything but the time", who, ops.MuteRequest{Words: []string{"acme"}, Sure: true}, model.ErrNeedDuration},
		{"on the command line", cli, ops.MuteRequest{Words: []string{"acme"}, Sure: true}, model.ErrNeedDuration},
		{"a misspelt time", who, ops.MuteRequest{Words: []string{"2x", "acme"}}, model.ErrBadDuration},
		{"an unknown word", who, ops.MuteRequest{Words: []string{"nobody"}}, model.ErrUnknownWord},
		{"without the right", actor(model.RoleViewer), ops.MuteRequest{Words: []string{"acme"}}, model.ErrForbidden},
	} {
		b := newBench(t)
		a, err := b.actions.Mute(t.Context(), c.who, c.req)
		if model.CodeOf(err) != c.code || a.Asks != (c.code == "") || len(b.mutes) != 0 {
			t.Errorf("%s: asks %v, %d mutes, %v", c.name, a.Asks, len(b.mutes), err)
		}
	}
}

func TestUnmuteByWordsInAnyOrder(t *testing.T) {
	b := newBench(t)
	for _, words := range [][]string{{"acme", "beta"}, {"acme"}} {
		if _, err := b.actions.Mute(t.Context(), actor(model.RoleOperator), muteOf(words...)); err != nil {
			t.Fatal(err)
		}
	}
	ended, err := b.actions.Unmute(t.Context(), actor(model.RoleOperator), []string{"beta", "acme"}, false)
	if err != nil || len(ended) != 1 || ended[0].ID != 1 {
		t.Errorf("ended %+v, %v", ended, err)
	}
}

func TestMuteLengthAndPlace(t *testing.T) {
	b := newBench(t)
	for _, d := range []time.Duration{-time.Hour, 59 * time.Second, 91 * model.Day} {
		req := muteOf("acme")
		req.For = d
		if _, err := b.actions.Mute(t.Context(), actor(model.RoleOperator), req); model.CodeOf(err) != model.ErrMuteLength {
			t.Errorf("%v: %v", d, err)
		}
	}
	cli := model.Actor{Name: "root", Via: "cli", Role: model.RoleAdmin}
	if _, err := b.actions.Mute(t.Context(), cli, ops.MuteRequest{For: time.Hour, Sure: true}); model.CodeOf(err) != model.ErrNothingNamed {
		t.Errorf("nothing named on the command line: %v", err)
	}
	if _, err := b.withMute().actions.Extend(t.Context(), actor(model.RoleOperator), ops.Extension{Mute: 1, By: 90 * model.Day}); model.CodeOf(err) != model.ErrMuteLength {
		t.Errorf("a mute without end: %v", err)
	}
	if m, err := b.actions.Extend(t.Context(), actor(model.RoleOperator), ops.Extension{Mute: 1, By: time.Hour}); err != nil || !m.Until.Equal(epoch.Add(2*time.Hour)) {
		t.Errorf("extended to %v, %v", m.Until, err)
	}
}

// TestAMuteOfAnIncidentHasAnEnd: however it is asked for, it lasts seven days at most, and is not extended beyond.
func TestAMuteOfAnIncidentHasAnEnd(t *testing.T) {
	who := actor(model.RoleOperator)
	for _, asked := range []time.Duration{ops.UntilHealthy, 30 * model.Day, time.Hour} { // 30 days: a button of an earlier version
		b := newBench(t)
		a, err := b.actions.Mute(t.Context(), who, ops.MuteRequest{For: asked, Incident: 1})
		if want := b.now().Add(min(asked, 7*model.Day)); err != nil || !a.Mute.Until.Equal(want) {
			t.Errorf("for %v: until %v, %v", asked, a.Mute.Until, err)
		}
		if e := b.audit[0]; e.Target != "incident #1" || e.After != model.Duration(min(asked, 7*model.Day)).String() {
			t.Errorf("for %v: the audit log says it mutes %q for %q", asked, e.Target, e.After)
		}
	}
	b := newBench(t)
	b.mutes = []model.Mute{{ID: 1, Incident: 1, From: epoch, Until: epoch.Add(6 * model.Day)}}
	_, err := b.actions.Extend(t.Context(), who, ops.Extension{Mute: 1, By: 2 * model.Day})
	if e, ok := errors.AsType[*model.Error](err); !ok || e.Code != model.ErrMuteLength || e.Args["most"] != "7d" {
		t.Errorf("extended beyond: %v", err)
	}
	if m, err := b.actions.Extend(t.Context(), who, ops.Extension{Mute: 1, By: model.Day}); err != nil || !m.Until.Equal(epoch.Add(7*model.Day)) {
		t.Errorf("extended to %v, %v", m.Until, err)
	}
}

// TestTheAnswerSaysWhichEndCounts: of what mutes the same, or all of it and more, the latest.
func TestTheAnswerSaysWhichEndCounts(t *testing.T) {
	b := newBench(t)
	who := actor(model.RoleOperator)
	mute := func(length time.Duration, words ...string) ops.MuteAnswer {
		t.Helper()
		a, err := b.actions.Mute(t.Context(), who, ops.MuteRequest{For: length, Words: words, Sure: true})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	counts := func(longer *model.Mute) model.MuteID {
		if longer == nil {
			return 0
		}
		return longer.ID
	}
	for i, c := range []struct {
		length time.Duration
		words  []string
		longer model.MuteID
	}{
		{2 * time.Hour, []string{"acme"}, 0},
		{time.Hour, []string{"acme"}, 1},
		{3 * time.Hour, []string{"acme", "beta"}, 0},
		{time.Hour, []string{"acme", "reports"}, 3},
		{4 * time.Hour, []string{"acme", "reports"}, 0},
		{time.Hour, []string{"main-db"}, 0},
		{time.Hour, []string{"acme"}, 3},
	} {
		if got := counts(mute(c.length, c.words...).Longer); got != c.longer {
			t.Errorf("mute %d of %v: mute %d counts, want %d", i+1, c.words, got, c.longer)
		}
	}
	for words, still := range map[string]model.MuteID{"2": 3, "6": 0} {
		ended, err := b.actions.Unmute(t.Context(), who, []string{words}, false)
		if err != nil || len(ended) != 1 || counts(ended[0].Still) != still {
			t.Errorf("unmute %s: %+v, %v", words, ended, err)
		}
	}
}

func TestParseExtend(t *testing.T) {
	for line, want := range map[string]struct {
		id   model.MuteID
		by   time.Duration
		code model.ErrorCode
	}{
		"3 1h":   {3, time.Hour, ""},
		"#3 90m": {3, 90 * time.Minute, ""},
		"1h #3":  {3, time.Hour, ""},
		"3 1 h":  {3, time.Hour, ""},
		"1 ч 3":  {3, time.Hour, ""},
		"3 h":    {0, 0, model.ErrBadDuration},
		"2d 12":  {12, 2 * model.Day, ""},
		"":       {0, 0, model.ErrNeedArgument},
		"3":      {0, 0, model.ErrNeedArgument},
		"1h":     {0, 0, model.ErrNeedArgument},
		"3 1h x": {0, 0, model.ErrNeedArgument},
		"3 soon": {0, 0, model.ErrBadDuration},
		"x 1h":   {0, 0, model.ErrNoMute},
		"-3 1h":  {0, 0, model.ErrNoMute},
	} {
		x, err := ops.ParseExtend(strings.Fields(line), epoch)
		if x.Mute != want.id || err == nil && x.By != want.by || !x.Until.IsZero() || model.CodeOf(err) != want.code && (err != nil || want.code != "") {
			t.Errorf("%q: %+v %v, want %+v", line, x, err, want)
		}
	}
}

// TestWhatAMuteFollows: "2h" is elapsed time; "until 18:00" and what is planned are moments on the wall clock.
func TestWhatAMuteFollows(t *testing.T) {
	b := newBench(t)
	length := muteOf("acme")
	length.For = 2 * time.Hour
	until, planned := muteOf("acme"), length
	until.For, until.Until, planned.At = 0, b.now().Add(3*time.Hour), b.now().Add(time.Hour)
	for name, c := range map[string]struct {
		req  ops.MuteRequest
		want model.Duration
	}{"a length": {length, model.Duration(2 * time.Hour)}, "a moment": {until, 0}, "planned": {planned, 0}} {
		a, err := b.actions.Mute(t.Context(), actor(model.RoleOperator), c.req)
		if err != nil || a.Mute.Lasts != c.want {
			t.Errorf("%s: lasts %v, want %v (%v)", name, a.Mute.Lasts, c.want, err)
		}
	}
}
