package checks_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
	"opsbot/schedule"
)

// jobs is the state of jobs.
type jobs struct {
	said        model.Heartbeat
	from, until time.Time
	err         error
}

func (j *jobs) Heartbeat(context.Context, model.CheckID) (model.Heartbeat, error) {
	return j.said, j.err
}
func (j *jobs) Away() (from, until time.Time) { return j.from, j.until }

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

// TestHeartbeatIsNotBlamedForOurAbsence: a call that was due while opsbot did not run may have been lost; the next one is
// awaited. What was late before stays late.
func TestHeartbeatIsNotBlamedForOurAbsence(t *testing.T) {
	at := clock
	cases := []struct {
		name         string
		from, until  string
		said         model.Heartbeat
		longest, now string
		code         model.ReasonCode
	}{
		{"away when it was due", "2 02:50:00", "2 04:00:00", model.Heartbeat{Ended: at("1 03:00:00")}, "", "2 04:01:00", ""},
		{"away for a part of the grace", "2 03:05:00", "2 04:00:00", model.Heartbeat{Ended: at("1 03:00:00")}, "", "2 04:01:00", ""},
		{"and the next did not come either", "2 02:50:00", "2 04:00:00", model.Heartbeat{Ended: at("1 03:00:00")}, "", "3 03:10:01", model.ReasonHeartbeatLate},
		{"late before we went", "2 03:20:00", "2 04:00:00", model.Heartbeat{Ended: at("1 03:00:00")}, "", "2 04:01:00", model.ReasonHeartbeatLate},
		{"away at another time", "1 12:00:00", "1 13:00:00", model.Heartbeat{Ended: at("1 03:00:00")}, "", "2 03:10:01", model.ReasonHeartbeatLate},
		{"its end may be lost", "2 03:30:00", "2 06:00:00", model.Heartbeat{Ended: at("1 04:00:00"), Started: at("2 03:00:00")}, "2h", "2 06:01:00", ""},
		{"stuck before we went", "2 05:30:00", "2 06:00:00", model.Heartbeat{Ended: at("1 04:00:00"), Started: at("2 03:00:00")}, "2h", "2 06:01:00", model.ReasonHeartbeatStuck},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := calls(t, &jobs{said: c.said, from: at(c.from), until: at(c.until)})
			o.Expects, o.Longest = "0 3 * * *", duration(t, c.longest)
			r := checks.HeartbeatAt(o, func() time.Time { return at(c.now) }).Check(t.Context())
			if r.Reason.Code != c.code {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
		})
	}
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
		"token is missing":                            func(o *checks.HeartbeatOptions) { o.Token = model.Secret{} },
		"token is 5 bytes long":                       func(o *checks.HeartbeatOptions) { o.Token = model.NewSecret("short") },
		"token contains characters that a URL cannot": func(o *checks.HeartbeatOptions) { o.Token = model.NewSecret("0123456789abcde/") },
		`token_file "/nowhere" cannot be read`:        func(o *checks.HeartbeatOptions) { o.Token, o.TokenFile = model.Secret{}, "/nowhere" },
		"every is missing":                            func(o *checks.HeartbeatOptions) { o.Every = 0 },
		"expects and every are both set":              func(o *checks.HeartbeatOptions) { o.Expects = "@daily" },
		"expects \"99 * * * *\"":                      func(o *checks.HeartbeatOptions) { o.Every, o.Expects = 0, "99 * * * *" },
		`kind "heartbeat" needs the web listener`:     func(o *checks.HeartbeatOptions) { o.SetEnvironment(model.Environment{}) },
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
