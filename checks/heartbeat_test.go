package checks_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/checks"
	"opsbot/model"
	"opsbot/schedule"
	movable "opsbot/test/clock"
)

// jobs is the state of jobs.
type jobs struct {
	said    model.Heartbeat
	outages []model.Span
	err     error
}

func (j *jobs) Heartbeat(context.Context, model.CheckID) (model.Heartbeat, error) {
	return j.said, j.err
}
func (j *jobs) Outages() []model.Span { return j.outages }

func calls(t *testing.T, j *jobs) *checks.HeartbeatOptions {
	t.Helper()
	o := options[checks.HeartbeatOptions](t, checks.Deps{Heartbeats: j, Timetable: func(expr string, zone *time.Location) (checks.Timetable, error) {
		return schedule.Parse(expr, zone)
	}}, "heartbeat")
	o.SetEnvironment(model.Environment{Listens: true, Zone: time.UTC})
	o.Token = model.NewSecret("0123456789abcdef")
	return o
}

func clock(text string) time.Time {
	t, err := time.Parse("2 15:04:05", text)
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(2026, 10, 0)
}

func TestHeartbeat(t *testing.T) {
	const nightly = "0 3 * * *"
	at := clock
	cases := []struct {
		name           string
		expects, every string
		longest        string
		said           model.Heartbeat
		now            string
		code           model.ReasonCode
	}{
		{"new, before the first time", nightly, "", "", model.Heartbeat{Known: at("1 12:00:00")}, "2 03:09:59", ""},
		{"new, and no call", nightly, "", "", model.Heartbeat{Known: at("1 12:00:00")}, "2 03:10:01", model.ReasonHeartbeatNever},
		{"in time", nightly, "", "", model.Heartbeat{Known: at("1 00:00:00"), Ended: at("2 03:04:00")}, "3 03:09:00", ""},
		{"late", nightly, "", "", model.Heartbeat{Known: at("1 00:00:00"), Ended: at("2 03:04:00")}, "3 03:10:01", model.ReasonHeartbeatLate},
		{"its clock is ahead", nightly, "", "", model.Heartbeat{Known: at("1 00:00:00"), Ended: at("2 02:59:40")}, "2 12:00:00", ""},
		{"much too early is not this one", nightly, "", "", model.Heartbeat{Known: at("1 00:00:00"), Ended: at("2 02:50:00")}, "2 12:00:00", model.ReasonHeartbeatLate},
		{"a start alone is no call", nightly, "", "", model.Heartbeat{Known: at("1 00:00:00"), Started: at("2 03:00:00")}, "2 03:11:00", model.ReasonHeartbeatNever},
		{"at work", nightly, "", "2h", model.Heartbeat{Known: at("1 00:00:00"), Started: at("2 03:00:00")}, "2 04:59:00", ""},
		{"at work for too long", nightly, "", "2h", model.Heartbeat{Known: at("1 00:00:00"), Started: at("2 03:00:00")}, "2 05:00:01", model.ReasonHeartbeatStuck},
		{"every hour", "", "1h", "", model.Heartbeat{Known: at("1 00:00:00"), Ended: at("2 03:00:00")}, "2 04:10:00", ""},
		{"every hour, late", "", "1h", "", model.Heartbeat{Known: at("1 00:00:00"), Ended: at("2 03:00:00")}, "2 04:10:01", model.ReasonHeartbeatLate},
		{"failed", "", "1h", "", model.Heartbeat{Known: at("1 00:00:00"), Ended: at("2 03:00:00"), Failed: true, Said: "disk full"}, "2 03:00:00", model.ReasonHeartbeatFailed},
		{"failed with a code", "", "1h", "", model.Heartbeat{Known: at("1 00:00:00"), Ended: at("2 03:00:00"), Failed: true, Code: 3}, "2 03:00:00", model.ReasonHeartbeatExit},
		{"failed, and begun again", "", "1h", "1h", model.Heartbeat{Known: at("1 00:00:00"), Ended: at("2 03:00:00"), Failed: true, Started: at("2 03:30:00")}, "2 04:20:00", model.ReasonHeartbeatFailed},
		{"failed, and late", "", "1h", "", model.Heartbeat{Known: at("1 00:00:00"), Ended: at("2 03:00:00"), Failed: true}, "2 05:00:00", model.ReasonHeartbeatLate},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := calls(t, &jobs{said: c.said})
			o.Expects, o.Every, o.Longest = c.expects, duration(t, c.every), duration(t, c.longest)
			if wrong := inEnglish(o.Validate()); wrong != nil {
				t.Fatal(wrong)
			}
			r := checks.HeartbeatAt(o, func() time.Time { return at(c.now) }).Check(t.Context())
			if r.Reason.Code != c.code || (r.Status == model.StatusOK) != (c.code == "") {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
		})
	}
}

func duration(t *testing.T, text string) (d model.Duration) {
	t.Helper()
	if text == "" {
		return 0
	}
	if err := d.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestAnOutageMovesTheDeadline: a call that was due while opsbot did not run may have been lost, so the job has its grace of
// 10 min again from our start. It is never excused for good, and what was late before stays late.
func TestAnOutageMovesTheDeadline(t *testing.T) {
	at := clock
	nightly, sinceMonday := model.Heartbeat{Ended: at("1 03:00:00")}, model.Heartbeat{Ended: at("1 04:00:00"), Started: at("2 03:00:00")}
	cases := []struct {
		name         string
		outages      string // "from until, …"
		said         model.Heartbeat
		longest, now string
		code         model.ReasonCode
	}{
		{"away when it was due", "2 02:50:00 2 04:00:00", nightly, "", "2 04:10:00", ""},
		{"and it does not come after our start", "2 02:50:00 2 04:00:00", nightly, "", "2 04:10:01", model.ReasonHeartbeatLate},
		{"away for a part of the grace", "2 03:05:00 2 04:00:00", nightly, "", "2 04:01:00", ""},
		{"away for the rest of the grace", "2 03:09:59 2 04:00:00", nightly, "", "2 04:10:01", model.ReasonHeartbeatLate},
		{"back long before the grace is over", "2 02:50:00 2 03:00:30", nightly, "", "2 03:10:30", ""},
		{"and late then", "2 02:50:00 2 03:00:30", nightly, "", "2 03:10:31", model.ReasonHeartbeatLate},
		{"away for days", "2 02:50:00 5 12:00:00", nightly, "", "5 12:10:00", ""},
		{"and it stopped meanwhile", "2 02:50:00 5 12:00:00", nightly, "", "5 12:10:01", model.ReasonHeartbeatLate},
		{"late before we went", "2 03:20:00 2 04:00:00", nightly, "", "2 04:01:00", model.ReasonHeartbeatLate},
		{"away at another time", "1 12:00:00 1 13:00:00", nightly, "", "2 03:10:01", model.ReasonHeartbeatLate},
		{"away twice", "2 02:50:00 2 03:05:00,2 03:14:00 2 03:16:00", nightly, "", "2 03:26:00", ""},
		{"twice, and late", "2 02:50:00 2 03:05:00,2 03:14:00 2 03:16:00", nightly, "", "2 03:26:01", model.ReasonHeartbeatLate},
		{"the second came too late to matter", "2 02:50:00 2 03:05:00,2 03:16:00 2 03:17:00", nightly, "", "2 03:18:00", model.ReasonHeartbeatLate},
		{"its end may be lost", "2 03:30:00 2 06:00:00", sinceMonday, "2h", "2 06:10:00", ""},
		{"its end does not come after our start", "2 03:30:00 2 06:00:00", sinceMonday, "2h", "2 06:10:01", model.ReasonHeartbeatStuck},
		{"stuck before we went", "2 05:30:00 2 06:00:00", sinceMonday, "2h", "2 06:01:00", model.ReasonHeartbeatStuck},
		{"away for a while of a long run", "2 03:30:00 2 03:40:00", sinceMonday, "2h", "2 05:00:01", model.ReasonHeartbeatStuck},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			j := &jobs{said: c.said}
			for span := range strings.SplitSeq(c.outages, ",") {
				j.outages = append(j.outages, model.Span{From: at(span[:10]), To: at(span[11:])})
			}
			o := calls(t, j)
			o.Expects, o.Longest = "0 3 * * *", duration(t, c.longest)
			r := checks.HeartbeatAt(o, func() time.Time { return at(c.now) }).Check(t.Context())
			if r.Reason.Code != c.code {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
		})
	}
}

// TestNoOutagesHideADeadJob: whatever opsbot's outages were, a job that has stopped is late at the latest one grace after the last of
// them; and one whose grace has not passed since a start is not.
func TestNoOutagesHideADeadJob(t *testing.T) {
	const grace = 10 * time.Minute
	rapid.Check(t, func(r *rapid.T) {
		ended := clock("1 03:00:00")
		j, last := &jobs{said: model.Heartbeat{Ended: ended}}, ended
		for range rapid.IntRange(0, 8).Draw(r, "outages") {
			from := last.Add(time.Duration(rapid.IntRange(1, 40*3600).Draw(r, "run")) * time.Second)
			last = from.Add(time.Duration(rapid.IntRange(1, 40*3600).Draw(r, "away")) * time.Second)
			j.outages = append(j.outages, model.Span{From: from, To: last})
		}
		due := ended.Add(24 * time.Hour)
		o := calls(t, j)
		o.Expects = "0 3 * * *"
		late := func(now time.Time) bool {
			return checks.HeartbeatAt(o, func() time.Time { return now }).Check(t.Context()).Status == model.StatusFail
		}
		latest := due.Add(grace)
		if end := last.Add(grace); end.After(latest) {
			latest = end
		}
		if !late(latest.Add(time.Second)) {
			r.Fatalf("a job that stopped is not late at %v: %v", latest, j.outages)
		}
		for _, o := range j.outages {
			soon := o.To.Add(grace)
			if waited := o.From.Before(due.Add(grace)); waited && late(soon) {
				r.Fatalf("late at %v, one grace after a start, though it was awaited when opsbot went: %v", soon, j.outages)
			}
		}
	})
}

func TestHeartbeatThatCannotBeReadIsUnknown(t *testing.T) {
	o := calls(t, &jobs{err: errors.New("the disk is full")})
	o.Every = duration(t, "1h")
	if r := o.Checker().Check(t.Context()); r.Status != model.StatusUnknown || r.Reason.Args["said"] != "the disk is full" {
		t.Errorf("got %+v", r)
	}
}

func TestHeartbeatSaysWhatIsWrong(t *testing.T) {
	cases := map[string]func(o *checks.HeartbeatOptions){
		"token is missing":                             func(o *checks.HeartbeatOptions) { o.Token = model.Secret{} },
		"token is 5 bytes long":                        func(o *checks.HeartbeatOptions) { o.Token = model.NewSecret("short") },
		"token contains characters that a URL cannot":  func(o *checks.HeartbeatOptions) { o.Token = model.NewSecret("0123456789abcde/") },
		`token_file "/nowhere" cannot be read`:         func(o *checks.HeartbeatOptions) { o.Token, o.TokenFile = model.Secret{}, "/nowhere" },
		`methods "HEAD" is not allowed; allowed: POST`: func(o *checks.HeartbeatOptions) { o.Methods = []string{"POST", "HEAD"} },
		"methods is missing":                           func(o *checks.HeartbeatOptions) { o.Methods = nil },
		"every is missing":                             func(o *checks.HeartbeatOptions) { o.Every = 0 },
		"expects and every are both set":               func(o *checks.HeartbeatOptions) { o.Expects = "@daily" },
		"expects \"99 * * * *\"":                       func(o *checks.HeartbeatOptions) { o.Every, o.Expects = 0, "99 * * * *" },
		`kind "heartbeat" needs the web listener`:      func(o *checks.HeartbeatOptions) { o.SetEnvironment(model.Environment{}) },
	}
	for want, change := range cases {
		o := calls(t, &jobs{})
		o.Every = duration(t, "1h")
		change(o)
		if wrong := strings.Join(inEnglish(o.Validate()), "; "); !strings.Contains(wrong, want) || strings.Contains(wrong, "0123456789abcde") {
			t.Errorf("%q, want %q", wrong, want)
		}
	}
}

// TestAJobAcrossStepsOfTheWallClock: a length is elapsed time, a moment is on the clock as it is set; a step makes no job late, and a job
// that does not call is late all the same.
func TestAJobAcrossStepsOfTheWallClock(t *testing.T) {
	called := time.Now()
	for _, step := range []time.Duration{-2 * time.Hour, 2 * time.Hour, 30 * time.Hour} {
		for after, late := range map[time.Duration]bool{20 * time.Minute: false, 69 * time.Minute: false, 71 * time.Minute: true} {
			stored := called.Round(0)
			said := model.Heartbeat{Known: stored, Ended: stored, Elapsed: model.HeartbeatTimes{Known: called, Ended: called}}
			now := movable.Moved(called.Add(after), step)
			slept := model.Span{From: stored, To: now.Round(0).Add(-after)} // a step forth looks like sleep
			o := calls(t, &jobs{said: said, outages: []model.Span{slept}})
			o.Every = duration(t, "1h")
			r := checks.HeartbeatAt(o, func() time.Time { return now }).Check(t.Context())
			if got := r.Reason.Code == model.ReasonHeartbeatLate; got != late {
				t.Errorf("step %v, %v after the call: late is %v (%+v)", step, after, got, r.Reason)
			}
		}
	}
	nightly := model.Heartbeat{Ended: clock("2 03:05:00"), Elapsed: model.HeartbeatTimes{Ended: movable.Moved(clock("2 03:05:00"), 0)}}
	for now, late := range map[string]bool{"2 01:10:00": false, "2 03:30:00": false, "3 03:11:00": true} {
		o := calls(t, &jobs{said: nightly})
		o.Expects = "0 3 * * *"
		r := checks.HeartbeatAt(o, func() time.Time { return clock(now) }).Check(t.Context())
		if got := r.Reason.Code == model.ReasonHeartbeatLate; got != late {
			t.Errorf("at 03:00, called, and then it is %s: late is %v (%+v)", now, got, r.Reason)
		}
	}
}
