package inbound_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
)

func TestAnAckIsOneAtTheSource(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		icinga, zabbix := newNotary(), newNotary()
		o.hire("icinga", icinga)
		o.hire("zabbix", zabbix)
		o.change(func(w *model.DesiredState) {
			w.Cards = []model.IncidentID{7}
			w.Acks = []model.DesiredAck{ackOf(problem("icinga", "web1"), problem("icinga", "web2"), problem("zabbix", "db1"))}
		})
		if got := icinga.acked(); !slices.Equal(got, []string{"web1", "web2"}) || !slices.Equal(zabbix.acked(), []string{"db1"}) {
			t.Errorf("acknowledged %v and %v", got, zabbix.acked())
		}
		if n := icinga.first(); n.Author != "ivan" || n.Comment != "opsbot #7" || !n.Until.IsZero() {
			t.Errorf("%+v", n)
		}
		o.says(7, "reply.acked icinga 2; reply.acked zabbix 1")
		if o.woken != 2 {
			t.Errorf("%d polls were asked for", o.woken)
		}
		edits := o.edits
		pass(10 * time.Minute) // no poll has shown it yet
		o.kill(0)
		pass(time.Minute)
		if icinga.count("ack") != 2 || o.edits != edits+1 { // a new process does not know what is on the card
			t.Errorf("%d calls, %d edits", icinga.count("ack"), o.edits-edits)
		}
		// Somebody undoes it at the source: it is not sent again. Somebody else acknowledges in the chat: it is.
		pass(time.Minute)
		o.change(func(w *model.DesiredState) {
			w.Acks = []model.DesiredAck{ackOf(problem("icinga", "web1"))}
		})
		if icinga.acksOf("web1") != 2 || icinga.acksOf("web2") != 1 {
			t.Errorf("%v", icinga.acked())
		}
	})
}

// TestNothingIsWrittenWhileItIsNotAllowed: what is wanted meanwhile is done once it is allowed, and only what is still wanted then.
func TestNothingIsWrittenWhileItIsNotAllowed(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		icinga := &register{notary: newNotary(), hosts: []string{"web0"}}
		o.hire("icinga", icinga)
		o.mu.Lock()
		o.closed = make(chan struct{})
		o.mu.Unlock()
		o.change(func(w *model.DesiredState) {
			w.Acks = []model.DesiredAck{ackOf(problem("icinga", "web1"))}
			w.Silences = []model.DesiredSilence{{Mute: muteOf(1, 30*time.Second), Hosts: []string{"web0"}}}
		})
		pass(time.Hour) // longer than a turn
		icinga.mu.Lock()
		if len(icinga.calls) != 0 {
			t.Errorf("calls: %v", icinga.calls)
		}
		icinga.mu.Unlock()
		close(o.closed)
		pass(3 * time.Minute)
		if got := icinga.acked(); !slices.Equal(got, []string{"web1"}) || len(icinga.holds()) != 0 {
			t.Errorf("acknowledged %v, silenced %v", got, icinga.holds())
		}
	})
}

// TestAnUnackTakesBackWhatIsOurs: at the source what was acknowledged from here is taken back, across a restart; what a person
// acknowledged there, took back there, or what ended meanwhile is left alone.
func TestAnUnackTakesBackWhatIsOurs(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		icinga := newNotary()
		o.hire("icinga", icinga)
		events := func(acked bool, ids ...string) (all []model.Event) {
			for _, id := range ids {
				e := problem("icinga", id)
				e.Acked, e.Incident = acked, 7
				all = append(all, e)
			}
			return all
		}
		theirs := events(true, "theirs")
		ack := ackOf(append(events(false, "ours", "retaken", "over"), theirs...)...)
		o.change(func(w *model.DesiredState) { w.Cards, w.Acks = []model.IncidentID{7}, []model.DesiredAck{ack} })
		if got := icinga.acked(); !slices.Equal(got, []string{"ours", "over", "retaken"}) {
			t.Fatalf("acknowledged %q", got)
		}
		icinga.take("theirs")
		ack.Events = append(events(true, "ours", "retaken"), theirs...)
		o.change(func(w *model.DesiredState) { w.Acks = []model.DesiredAck{ack} })
		ack.Events[1].Acked = false // a person takes one back there, and acknowledges it again
		o.change(func(w *model.DesiredState) { w.Acks = []model.DesiredAck{ack} })
		o.kill(-1)
		icinga.set(away)
		o.change(func(w *model.DesiredState) { w.Acks, w.Unacked = nil, events(true, "ours", "retaken", "theirs") })
		o.says(7, "reply.unack_failed icinga 1 source.away")
		o.kill(-1)
		icinga.set(willing)
		pass(time.Minute)
		if got := icinga.acked(); !slices.Equal(got, []string{"over", "retaken", "theirs"}) || icinga.count("unack") > 4 {
			t.Errorf("left: %q, after %d calls", got, icinga.count("unack"))
		}
		o.says(7, "")
		// It is acknowledged again before a poll has shown that it no longer is.
		again := ackOf(events(true, "ours")...)
		o.change(func(w *model.DesiredState) { w.Acks, w.Unacked = []model.DesiredAck{again}, nil })
		if icinga.acksOf("ours") != 1 {
			t.Error("it was not acknowledged again")
		}
		o.says(7, "reply.acked icinga 1")
	})
}

// TestAnUnackThatFails is repeated, a few at a time, and its cause is on the card until it is done.
func TestAnUnackThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		mood mood
		says string
		most int // attempts in 10 minutes, for 8 events
	}{
		"away":     {away, "reply.unack_failed icinga 8 source.away", 4 * 9},
		"hanging":  {hanging, "reply.unack_failed icinga 8 source.away", 4 * 9},
		"refusing": {refusing, "reply.unack_failed icinga 8 source.refuses", 4 * 3},
		"lacking":  {lacking, "reply.unack_failed icinga 8 source.right", 4 * 3},
		"gone":     {declining, "reply.unack_failed icinga 8 source.declines", 8 * 3},
		"unable":   {unable, "", 8},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, o *office) {
				icinga := newNotary()
				o.hire("icinga", icinga)
				var all []model.Event
				for i := range 8 {
					all = append(all, problem("icinga", fmt.Sprint("web", i)))
					all[i].Incident = 7
				}
				o.change(func(w *model.DesiredState) {
					w.Cards, w.Acks = []model.IncidentID{7}, []model.DesiredAck{ackOf(all...)}
				})
				icinga.set(c.mood)
				o.change(func(w *model.DesiredState) {
					w.Acks = nil
					for _, e := range all {
						e.Acked = true
						w.Unacked = append(w.Unacked, e)
					}
				})
				pass(10 * time.Minute)
				o.says(7, c.says)
				if n := icinga.count("unack"); n == 0 || n > c.most || icinga.peak() > 4 {
					t.Errorf("%d tries, %d at once", n, icinga.peak())
				}
				if len(o.logged) > 8 {
					t.Errorf("it fills the log: %q", o.logged)
				}
				icinga.set(willing)
				pass(6 * time.Minute)
				if left := icinga.acked(); c.mood != unable && len(left) != 0 {
					t.Errorf("left: %q", left)
				}
				o.says(7, "")
			})
		})
	}
}

func TestAnAckThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		mood mood
		says string
		most int // attempts in 10 minutes, for 8 events
	}{
		"away":     {away, "reply.ack_failed icinga 8 source.away", 4 * 9},
		"hanging":  {hanging, "reply.ack_failed icinga 8 source.away", 4 * 9},
		"refusing": {refusing, "reply.ack_failed icinga 8 source.refuses", 4 * 3},
		"lacking":  {lacking, "reply.ack_failed icinga 8 source.right", 4 * 3},
		"gone":     {declining, "reply.ack_failed icinga 8 source.declines", 8 * 3},
		"panics":   {panicking, "reply.ack_failed icinga 8 source.garbage", 4 * 9},
		"unable":   {unable, "", 4},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, o *office) {
				icinga := newNotary()
				icinga.set(c.mood)
				o.hire("icinga", icinga)
				o.change(func(w *model.DesiredState) {
					var all []model.Event
					for i := range 8 {
						all = append(all, problem("icinga", fmt.Sprint("web", i)))
					}
					w.Cards, w.Acks = []model.IncidentID{7}, []model.DesiredAck{ackOf(all...)}
				})
				pass(10 * time.Minute)
				o.says(7, c.says)
				if n := icinga.count("ack"); n == 0 || n > c.most || icinga.peak() > 4 {
					t.Errorf("%d tries, %d at once", n, icinga.peak())
				}
				if len(o.logged) > 8 {
					t.Errorf("it fills the log: %q", o.logged)
				}
				edits := o.edits
				o.kill(-1)
				o.says(7, c.says)
				icinga.set(willing)
				pass(6 * time.Minute)
				if c.mood == unable {
					return
				}
				o.says(7, "reply.acked icinga 8")
				if o.edits > edits+3 { // at the start, and at the end; refusals one by one are collected
					t.Errorf("%d edits", o.edits-edits)
				}
			})
		})
	}
}

func TestOneSourceHoldsUpNoOther(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		bad, good := newNotary(), newNotary()
		bad.set(hanging)
		o.hire("bad", bad)
		o.hire("good", good)
		o.change(func(w *model.DesiredState) {
			w.Cards = []model.IncidentID{7}
			w.Acks = []model.DesiredAck{ackOf(problem("bad", "a"), problem("good", "b"))}
		})
		o.says(7, "reply.acked good 1")
		pass(time.Minute)
		o.says(7, "reply.ack_failed bad 1 source.away; reply.acked good 1")
	})
}

func TestAMuteIsADowntime(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		icinga, prom := &register{notary: newNotary(), hosts: []string{"web1", "web2"}}, newNotary()
		o.hire("icinga", icinga)
		o.hire("prom", prom)
		mute := muteOf(3, 2*time.Hour)
		o.change(func(w *model.DesiredState) {
			w.Silences = []model.DesiredSilence{{Mute: mute, Hosts: []string{"web1", "web9"}, Events: []model.Event{problem("prom", "web1"), problem("icinga", "web1")}}}
		})
		if got := icinga.holds(); !slices.Equal(got, []string{"#3 the-web1"}) {
			t.Errorf("icinga holds %q", got)
		}
		if got := prom.holds(); !slices.Equal(got, []string{"#3 web1"}) {
			t.Errorf("prom holds %q", got)
		}
		if n := icinga.first(); n.Author != "ivan" || !strings.HasPrefix(n.Comment, "update, mute #3, opsbot-") || !n.Until.Equal(mute.Until) {
			t.Errorf("%+v", n)
		}
		// Another alert on the host; the mute is extended; then it is removed.
		o.change(func(w *model.DesiredState) {
			other := problem("prom", "web1")
			other.Object = "disk"
			w.Silences[0].Events = append(w.Silences[0].Events, other)
		})
		pass(90 * time.Minute)
		o.change(func(w *model.DesiredState) { w.Silences[0].Mute.Until = mute.Until.Add(time.Hour) })
		if got := prom.holds(); !slices.Equal(got, []string{"#3 disk", "#3 web1"}) || icinga.count("lift") != 1 {
			t.Errorf("prom holds %q; icinga expired %d", got, icinga.count("lift"))
		}
		pass(time.Hour)
		if len(icinga.holds()) != 1 || len(prom.holds()) != 2 {
			t.Errorf("extended, and over: %q, %q", icinga.holds(), prom.holds())
		}
		o.change(func(w *model.DesiredState) { w.Silences = nil })
		if icinga.left()+prom.left() != 0 {
			t.Errorf("expired, and left: %d, %d", icinga.left(), prom.left())
		}
		if n := icinga.count("objects"); n > 20 {
			t.Errorf("all its hosts were queried %d times in 3 hours", n)
		}
	})
}

// TestAShorterMuteShortensNoDowntime: each mute has a downtime of its own, and the end of one leaves that of the other.
func TestAShorterMuteShortensNoDowntime(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		icinga := &register{notary: newNotary(), hosts: []string{"web1"}}
		o.hire("icinga", icinga)
		long, short := muteOf(3, 5*time.Hour), muteOf(4, time.Hour)
		silenced := func(until time.Time) {
			t.Helper()
			if last := icinga.last(); !last.Equal(until) {
				t.Errorf("web1 is silenced until %v, want %v: %q", last, until, icinga.holds())
			}
		}
		for _, mutes := range [][]model.Mute{{long}, {long, short}, {long}, {short, long}} {
			o.change(func(w *model.DesiredState) {
				w.Silences = nil
				for _, m := range mutes {
					w.Silences = append(w.Silences, model.DesiredSilence{Mute: m, Hosts: []string{"web1"}})
				}
			})
			silenced(long.Until)
		}
		pass(2 * time.Hour) // the shorter one has run out
		silenced(long.Until)
		if got := icinga.holds(); !slices.Equal(got, []string{"#3 the-web1"}) {
			t.Errorf("holds %q", got)
		}
	})
}

func TestAMuteOfAnIncidentIsSaidOnItsCard(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		icinga := newNotary()
		icinga.set(lacking)
		o.hire("icinga", icinga)
		mute := muteOf(3, 30*model.Day)
		mute.Incident = 7
		o.change(func(w *model.DesiredState) {
			w.Cards = []model.IncidentID{7}
			w.Silences = []model.DesiredSilence{{Mute: mute, Events: []model.Event{problem("icinga", "web1"), problem("icinga", "web2"), problem("zabbix", "x")}}}
		})
		o.says(7, "reply.silence_failed icinga 2 source.right")
		pass(20 * time.Minute)
		if n := icinga.count("suppress"); n > 5 {
			t.Errorf("%d tries in 20 minutes without the right", n)
		}
		fresh := newNotary() // after a reload: that is tried at once
		o.hire("icinga", fresh)
		o.says(7, "reply.silenced icinga 2")
		for range 10 { // a mute until all is ok is set by the day
			pass(10 * time.Hour)
			if len(fresh.holds()) != 2 {
				t.Fatalf("it holds %q", fresh.holds())
			}
		}
		if fresh.left() != 1 || fresh.count("suppress") < 4 || fresh.count("suppress") > 10 {
			t.Errorf("%d downtimes, after %d calls", fresh.left(), fresh.count("suppress"))
		}
		o.change(func(*model.DesiredState) { o.targets[0].Downtime = false })
		if fresh.left() != 0 {
			t.Errorf("it is no longer configured, and left: %d", fresh.left())
		}
		o.says(7, "")
	})
}

// What was set at a source before it left the configuration is expired when it comes back.
func TestASourceComesBack(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		prom := newNotary()
		o.hire("prom", prom)
		o.change(func(w *model.DesiredState) {
			w.Silences = []model.DesiredSilence{{Mute: muteOf(3, 5*time.Hour), Hosts: []string{"web1"}, Events: []model.Event{problem("prom", "web1")}}}
		})
		o.change(func(w *model.DesiredState) { o.targets, w.Silences = nil, nil })
		pass(time.Hour)
		o.kill(-1)
		o.hire("prom", prom)
		if prom.left() != 0 {
			t.Errorf("left: %d", prom.left())
		}
	})
}

// Without storage nothing is sent: what could not be stored could not be expired.
func TestWhatCannotBeKeptIsNotNotified(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		prom := newNotary()
		o.hire("prom", prom)
		o.keep.fail(errors.New("disk full"))
		o.change(func(w *model.DesiredState) {
			w.Silences = []model.DesiredSilence{{Mute: muteOf(3, 5*time.Hour), Hosts: []string{"web1"}, Events: []model.Event{problem("prom", "web1")}}}
		})
		pass(time.Minute)
		if prom.count("suppress") != 0 {
			t.Error("a downtime was set that is stored nowhere")
		}
		o.kill(-1)
		pass(time.Minute)
		o.keep.fail(nil)
		pass(time.Minute)
		if got := prom.holds(); !slices.Equal(got, []string{"#3 web1"}) {
			t.Errorf("holds %q", got)
		}
	})
}

func TestTooMuchToBeQuietAbout(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		prom := newNotary()
		o.hire("prom", prom)
		mute := muteOf(3, time.Hour)
		mute.Incident = 7
		o.change(func(w *model.DesiredState) {
			w.Cards = []model.IncidentID{7}
			w.Silences = []model.DesiredSilence{{Mute: mute}}
			for i := range 1200 {
				w.Silences[0].Events = append(w.Silences[0].Events, problem("prom", fmt.Sprintf("web%04d", i)))
			}
		})
		pass(time.Minute)
		o.says(7, "reply.silenced prom 1000; reply.silence_failed prom 200 source.declines")
		if n := prom.count("suppress"); n != 10 {
			t.Errorf("%d calls", n)
		}
	})
}

// While a longer downtime cannot be set, the shorter one stays.
func TestThereIsNoGap(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		prom := newNotary()
		o.hire("prom", prom)
		o.change(func(w *model.DesiredState) {
			w.Silences = []model.DesiredSilence{{Mute: muteOf(3, 2*time.Hour), Hosts: []string{"web1"}, Events: []model.Event{problem("prom", "web1")}}}
		})
		prom.only("suppress", away)
		o.change(func(w *model.DesiredState) { w.Silences[0].Mute.Until = w.Silences[0].Mute.Until.Add(time.Hour) })
		pass(time.Hour)
		if got := prom.holds(); !slices.Equal(got, []string{"#3 web1"}) {
			t.Errorf("holds %q", got)
		}
	})
}

// A call that timed out takes effect late, when the mute has already ended.
func TestADowntimeComesLate(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		prom := newNotary()
		o.hire("prom", prom)
		prom.set(lost)
		o.change(func(w *model.DesiredState) {
			w.Silences = []model.DesiredSilence{{Mute: muteOf(3, 2*time.Hour), Hosts: []string{"web1"}, Events: []model.Event{problem("prom", "web1")}}}
		})
		late := prom.swap(map[string]silenced{})
		prom.set(willing)
		o.change(func(w *model.DesiredState) { w.Silences = nil })
		pass(3 * time.Minute)
		prom.swap(late)
		pass(2 * time.Minute)
		if prom.left() != 0 {
			t.Errorf("left: %d", prom.left())
		}
		calls := prom.count("find")
		pass(time.Hour)
		if prom.count("find") != calls {
			t.Error("it is searched for without an end")
		}
	})
}

// What has no card is listed with its source, each cause once.
func TestWhatIsNotDoneIsSaid(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		undone := func(want ...model.ReasonCode) {
			t.Helper()
			var got []model.ReasonCode
			for _, r := range o.back.Undone("prom") {
				got = append(got, r.Code)
			}
			if !slices.Equal(got, want) {
				t.Errorf("not done because of %q, want %q", got, want)
			}
		}
		prom := newNotary()
		o.hire("prom", prom)
		undone()
		prom.set(lacking)
		o.change(func(w *model.DesiredState) {
			for i := range 3 {
				w.Silences = append(w.Silences, model.DesiredSilence{Mute: muteOf(model.MuteID(i), time.Hour), Hosts: []string{"web1"}, Events: []model.Event{problem("prom", "web1")}})
			}
		})
		undone(model.ReasonSourceRight)
		prom.set(willing)
		pass(6 * time.Minute)
		undone()
		prom.set(away)
		o.change(func(w *model.DesiredState) { w.Silences = nil })
		undone(model.ReasonSourceAway)
		prom.set(willing)
		pass(6 * time.Minute)
		undone()
		if prom.left() != 0 {
			t.Errorf("left: %d", prom.left())
		}
	})
}
