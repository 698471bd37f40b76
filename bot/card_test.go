package bot_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot"
	"opsbot/bot"
	"opsbot/bot/telegram"
	"opsbot/texts"
)

func cards(t testing.TB, language string, now time.Time) *bot.Cards {
	t.Helper()
	book, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &bot.Cards{
		Texts: book, Zone: func() *time.Location { return time.UTC }, Now: func() time.Time { return now },
		Language: func(opsbot.Destination) string { return language },
	}
}

func state(client, service string, up, failed, unknown int) opsbot.ServiceState {
	s := opsbot.ServiceState{ServiceKey: opsbot.ServiceKey{Client: client, Service: service}, Need: 1, Tier: opsbot.TierGold}
	s.Tally = opsbot.Tally{Up: up, Failed: failed, Unknown: unknown}
	s.Verdict = s.Tally.Verdict(opsbot.MinUp{Count: s.Need}, 10)
	return s
}

// The incidents that the goldens are made of.
func ofCheck() *opsbot.Incident {
	return &opsbot.Incident{
		ID: 12, Kind: opsbot.IncidentCheck, Check: "main-db", Severity: opsbot.SeverityCritical, Reason: reasons["timeout"],
		OpenedAt: epoch.Add(-time.Hour), Comment: "call the DBA on duty\nthen restart the pool",
		Failing: []opsbot.FailingCheck{{Check: "main-db", Reason: reasons["timeout"], Since: epoch.Add(-time.Hour)}},
	}
}

func ofService() *opsbot.Incident {
	in := &opsbot.Incident{
		ID: 13, Kind: opsbot.IncidentService, ServiceKey: opsbot.ServiceKey{Client: "clientA", Service: "reports"},
		Severity: opsbot.SeverityCritical, OpenedAt: epoch.Add(-26 * time.Hour), Affected: []opsbot.ServiceState{state("clientA", "reports", 1, 9, 0)},
	}
	for i := range 9 {
		id := opsbot.EndpointCheckID("clientA", "reports", fmt.Sprintf("web%d", i+1))
		in.Failing = append(in.Failing, opsbot.FailingCheck{Check: id, Reason: reasons["503"], Since: in.OpenedAt})
	}
	return in
}

func ofHost() *opsbot.Incident {
	in := &opsbot.Incident{
		ID: 14, Kind: opsbot.IncidentHost, Host: "web1", Severity: opsbot.SeverityCritical, OpenedAt: epoch.Add(-time.Minute),
		Reason: opsbot.NewReason(opsbot.ReasonHostDown, "host", "web1", "failed", "9", "total", "9"),
		Affected: []opsbot.ServiceState{
			state("clientA", "reports", 0, 2, 0), state("clientB", "reports", 1, 1, 0), state("clientB", "store", 1, 1, 0), state("clientC", "store", 8, 1, 1),
		},
	}
	for i := range 5 {
		in.Affected = append(in.Affected, state(fmt.Sprintf("clientD%d", i), "store", 20, 1, 0))
	}
	for i, a := range in.Affected {
		why := reasons["timeout"]
		if i > 5 {
			why = reasons["refused"]
		}
		id := opsbot.EndpointCheckID(a.Client, a.Service, in.Host)
		in.Failing = append(in.Failing, opsbot.FailingCheck{Check: id, Reason: why, Since: in.OpenedAt})
	}
	return in
}

func ofStorm() *opsbot.Incident {
	in := &opsbot.Incident{
		ID: 15, Kind: opsbot.IncidentStorm, Severity: opsbot.SeverityCritical, OpenedAt: epoch.Add(-time.Minute),
		Storm: &opsbot.Storm{
			Total: 47, Standing: 41, Clients: 12, Down: 3, Services: 30, HostsAll: 9, Hosts: []string{"web1", "web2", "web3", "web4", "web5"},
			ChecksAll: 2, Checks: []opsbot.CheckID{"main-db", "disk"},
			Cause: &opsbot.Cause{Marks: []string{"dc=fra1"}, Failed: 58, Of: 60, Fine: 2},
		},
		Affected: []opsbot.ServiceState{
			state("clientA", "reports", 0, 2, 0), state("clientA", "store", 0, 2, 0), state("clientB", "store", 1, 1, 0), state("clientC", "store", 8, 1, 1),
		},
	}
	in.Reason = opsbot.NewReason(opsbot.ReasonStorm, "total", "47", "standing", "41")
	return in
}

func ofBlindness() *opsbot.Incident {
	return &opsbot.Incident{
		ID: 16, Kind: opsbot.IncidentBlind, Severity: opsbot.SeverityCritical, OpenedAt: epoch.Add(-time.Minute),
		Reason: opsbot.NewReason(opsbot.ReasonBlind, "probes", "tcp:10.0.0.1:53, ping:10.0.0.2", "checks", "40"),
	}
}

func daily() *opsbot.Daily {
	return &opsbot.Daily{
		Mutes: []opsbot.Mute{*mute()},
		Certificates: []opsbot.Expiry{
			{At: epoch.Add(-time.Hour), Checks: []opsbot.CheckID{"clientC/store@web9"}},
			{At: epoch.Add(6*opsbot.Day + time.Hour), Checks: []opsbot.CheckID{"clientA/reports@web1", "clientA/reports@web2", "clientA/reports@web3", "clientA/store@web1", "mail"}},
			{At: epoch.Add(29 * opsbot.Day), Checks: []opsbot.CheckID{"clientB/store@web1"}},
		},
		Troubles: []opsbot.Reason{opsbot.NewReason(opsbot.TroubleDeadLetters, "count", "2")},
	}
}

func changed(in *opsbot.Incident, change func(*opsbot.Incident)) *opsbot.Incident {
	change(in)
	return in
}

func closed(in *opsbot.Incident) { in.ClosedAt = epoch }

func about(kind opsbot.TellingKind, in *opsbot.Incident) opsbot.Telling {
	return opsbot.Telling{Kind: kind, Incident: in.ID, Severity: in.Severity, Created: epoch, Fact: opsbot.Fact{Incident: in}}
}

func mute() *opsbot.Mute {
	return &opsbot.Mute{
		ID: 3, Selector: opsbot.Selector{Clients: []string{"clientA"}, Services: []string{"reports"}}, OwnerName: "Olga", Chat: 7, Reason: "update",
		From: epoch.Add(-2 * time.Hour), Until: epoch.Add(10 * time.Minute),
	}
}

type named struct {
	name string
	opsbot.Telling
}

// tellings are every kind of thing that is told.
func tellings() []named {
	standing := []opsbot.Incident{*ofHost(), *ofService(), *ofCheck()}
	gone := []opsbot.Incident{*changed(ofCheck(), closed), *changed(ofService(), closed)}
	return []named{
		{"check opens", about(opsbot.TellOpen, ofCheck())},
		{"check ends", about(opsbot.TellEnd, changed(ofCheck(), closed))},
		{"check's card after its end", about(opsbot.TellEdit, changed(ofCheck(), closed))},
		{"check cannot be judged", about(opsbot.TellOpen, changed(ofCheck(), func(in *opsbot.Incident) {
			in.Severity, in.Reason = opsbot.SeverityWarning, opsbot.NewReason(opsbot.ReasonUnknownLong, "since", epoch.Add(-20*time.Minute).Format(time.RFC3339))
			in.Failing[0].Reason = opsbot.NewReason(opsbot.ReasonLocal, "said", "too many open files")
		}))},
		{"latch works again", about(opsbot.TellEdit, changed(ofCheck(), func(in *opsbot.Incident) { in.WorksSince = epoch.Add(-time.Minute) }))},
		{"service opens", about(opsbot.TellOpen, ofService())},
		{"service gets worse", about(opsbot.TellRaise, changed(ofService(), func(in *opsbot.Incident) { in.Affected[0] = state("clientA", "reports", 0, 10, 0) }))},
		{"service below its threshold", about(opsbot.TellOpen, changed(ofService(), func(in *opsbot.Incident) {
			in.Severity, in.Affected[0], in.Failing = opsbot.SeverityInfo, state("clientA", "reports", 19, 1, 0), in.Failing[:1]
		}))},
		{"service is explained by its host", about(opsbot.TellEdit, changed(ofService(), func(in *opsbot.Incident) { in.Parent = 14 }))},
		{"service is muted", about(opsbot.TellEdit, changed(ofService(), func(in *opsbot.Incident) { in.MutedUntil = epoch.Add(time.Hour) }))},
		{"service ends", about(opsbot.TellEnd, changed(ofService(), closed))},
		{"host opens", about(opsbot.TellOpen, ofHost())},
		{"host refuses", about(opsbot.TellOpen, changed(ofHost(), func(in *opsbot.Incident) {
			in.Reason.Code, in.Affected = opsbot.ReasonHostRefuses, in.Affected[:1]
			for i := range in.Failing {
				in.Failing[i].Reason = reasons["refused"]
			}
		}))},
		{"host of an older version, without its failures", about(opsbot.TellOpen, changed(ofHost(), func(in *opsbot.Incident) { in.Failing = nil }))},
		{"host answers, all fails", about(opsbot.TellEdit, changed(ofHost(), func(in *opsbot.Incident) { in.Reason.Code = opsbot.ReasonHostFails }))},
		{"host ends", about(opsbot.TellEnd, changed(ofHost(), closed))},
		{"host left the inventory", about(opsbot.TellEnd, changed(ofHost(), func(in *opsbot.Incident) {
			in.ClosedAt, in.Reason = epoch, opsbot.NewReason(opsbot.ReasonLeftInventory, "name", "web1")
		}))},
		{"storm opens", about(opsbot.TellOpen, ofStorm())},
		{"storm of checks alone", about(opsbot.TellOpen, changed(ofStorm(), func(in *opsbot.Incident) {
			in.Affected, in.Storm = nil, &opsbot.Storm{
				Total: 12, Standing: 12, ChecksAll: 12, Checks: []opsbot.CheckID{"a", "b", "c", "d", "e"}, Cause: &opsbot.Cause{Of: 12},
			}
		}))},
		{"storm ends", about(opsbot.TellEnd, changed(ofStorm(), closed))},
		{"blindness", about(opsbot.TellOpen, ofBlindness())},
		{"blindness ends", about(opsbot.TellEnd, changed(ofBlindness(), closed))},
		{"check flaps", about(opsbot.TellOpen, changed(ofCheck(), func(in *opsbot.Incident) { in.Flap = &opsbot.Flap{Changes: 7} }))},
		{"check flaps, and works", about(opsbot.TellEdit, changed(ofCheck(), func(in *opsbot.Incident) { in.Flap = &opsbot.Flap{Changes: 8, Works: true} }))},
		{"somebody has it in hand", about(opsbot.TellEdit, changed(ofHost(), func(in *opsbot.Incident) { in.Ack = &opsbot.Ack{Name: "Ann <b>", At: epoch} }))},
		{"reminder", about(opsbot.TellRemind, ofService())},
		{"digest of the day", opsbot.Telling{Kind: opsbot.TellDaily, Created: epoch, Fact: opsbot.Fact{Standing: standing, Daily: daily()}}},
		{"digest of a day on which all is well", opsbot.Telling{Kind: opsbot.TellDaily, Created: epoch, Fact: opsbot.Fact{Daily: &opsbot.Daily{Certificates: daily().Certificates[1:2]}}}},
		{"mute ends soon", opsbot.Telling{Kind: opsbot.TellMuteWarning, Created: epoch, To: opsbot.Destination{Chat: 7}, Fact: opsbot.Fact{Mute: mute(), Hidden: &opsbot.Hidden{Broken: 2}}}},
		{"mute ends soon, all is well", opsbot.Telling{Kind: opsbot.TellMuteWarning, Created: epoch, Fact: opsbot.Fact{Mute: mute(), Hidden: &opsbot.Hidden{}}}},
		{"mute ended", opsbot.Telling{Kind: opsbot.TellMuteEnd, Created: epoch, Fact: opsbot.Fact{Mute: mute(), Standing: standing}}},
		{"mute ended, nothing stands", opsbot.Telling{Kind: opsbot.TellMuteEnd, Created: epoch, Fact: opsbot.Fact{Mute: mute()}}},
		{"hours open", opsbot.Telling{Kind: opsbot.TellDigest, Created: epoch, Fact: opsbot.Fact{Standing: standing, Gone: gone}}},
		{"hours open, all is over", opsbot.Telling{Kind: opsbot.TellDigest, Created: epoch, Fact: opsbot.Fact{Gone: gone}}},
		{"a backlog", opsbot.Telling{Kind: opsbot.TellDigest, Created: epoch, Fact: opsbot.Fact{Standing: standing, Gone: gone, Backlog: true}}},
		{"first look", opsbot.Telling{Kind: opsbot.TellDigest, Created: epoch, Fact: opsbot.Fact{Standing: standing, FirstLook: true}}},
		{"notice", opsbot.Telling{Kind: opsbot.TellNotice, Created: epoch, Fact: opsbot.Fact{Notice: new(opsbot.NewReason(opsbot.NoticeMigrated, "from", "-1", "to", "-1001"))}}},
		{"late", func() opsbot.Telling {
			t := about(opsbot.TellOpen, ofCheck())
			t.Created = epoch.Add(-40 * time.Minute)
			return t
		}()},
		{"late and perhaps a repeat", func() opsbot.Telling {
			t := about(opsbot.TellEnd, changed(ofCheck(), closed))
			t.Created, t.Repeat = epoch.Add(-40*time.Minute), true
			return t
		}()},
		{"held for the hours is not late", func() opsbot.Telling {
			t := about(opsbot.TellOpen, ofCheck())
			t.Created, t.NotBefore = epoch.Add(-9*time.Hour), epoch.Add(-30*time.Second)
			return t
		}()},
	}
}

func TestEveryTellingReadsAsWritten(t *testing.T) {
	for _, language := range []string{"en", "ru"} {
		c := cards(t, language, epoch)
		var out strings.Builder
		for _, n := range tellings() {
			text := c.Plain(n.Telling)
			fmt.Fprintf(&out, "== %s\n%s\n\n", n.name, text)
			if lines := strings.Split(text, "\n"); len(lines) > 14 {
				t.Errorf("%s: %d lines", n.name, len(lines))
			}
		}
		file := "testdata/tellings." + language + ".golden"
		if *update {
			if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil { //nolint:gosec // a golden is for all to read
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if out.String() != string(want) {
			t.Errorf("%s is not what is told (-update writes it anew):\n%s", file, firstDifference(out.String(), string(want)))
		}
	}
}

// nasty are texts that have broken messages before: markup, direction marks, emoji of two units, no end.
func nasty() *rapid.Generator[string] {
	pieces := rapid.SampledFrom([]string{
		"<", ">", "&", "&amp;", "_", "*", "</b>", "<b>", "<script>", "\"", "'", "\u202e", "\u2066", "\n", "\x00", "\xff", "🔥", "👨‍👩‍👧", "ы", "مرحبا", "{{.x}}",
		"web1", "@", "/", "|", "[", "`", strings.Repeat("W", 200), strings.Repeat("🔥", 300), strings.Repeat("&", 400),
	})
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(pieces, 0, 8).Draw(t, "pieces"), "") })
}

func anyReason() *rapid.Generator[opsbot.Reason] {
	codes := []opsbot.ReasonCode{
		opsbot.ReasonWebStatus, opsbot.ReasonWebBody, opsbot.ReasonTLS, opsbot.ReasonTimeout, opsbot.ReasonHostDown, opsbot.ReasonHostFails,
		opsbot.ReasonLeftInventory, opsbot.ReasonUnknownLong, opsbot.ReasonLocal, "from.the.future", "",
	}
	return rapid.Custom(func(t *rapid.T) opsbot.Reason {
		r := opsbot.Reason{Code: rapid.SampledFrom(codes).Draw(t, "code"), Args: map[string]string{}}
		for _, name := range []string{"got", "want", "said", "addr", "name", "phase", "took", "limit", "since", "host", "failed", "total"} {
			r.Args[name] = nasty().Draw(t, name)
		}
		return r
	})
}

func anyIncident() *rapid.Generator[opsbot.Incident] {
	return rapid.Custom(func(t *rapid.T) opsbot.Incident {
		text := func(name string) string { return nasty().Draw(t, name) }
		in := opsbot.Incident{
			ID: 7, Kind: rapid.SampledFrom([]opsbot.IncidentKind{
				opsbot.IncidentCheck, opsbot.IncidentService, opsbot.IncidentHost, opsbot.IncidentStorm, opsbot.IncidentBlind,
				opsbot.IncidentBurst, opsbot.IncidentSource,
			}).Draw(t, "kind"),
			Check: opsbot.CheckID(text("check")), Host: text("host"), ServiceKey: opsbot.ServiceKey{Client: text("client"), Service: text("service")},
			Severity: opsbot.Severity(rapid.IntRange(0, 2).Draw(t, "severity")), //nolint:gosec // 0 to 2
			Reason:   anyReason().Draw(t, "reason"), OpenedAt: epoch.Add(-time.Hour), Comment: text("comment"),
		}
		if rapid.Bool().Draw(t, "over") {
			in.ClosedAt = epoch
		}
		if rapid.Bool().Draw(t, "works") {
			in.WorksSince = epoch
		}
		if rapid.Bool().Draw(t, "restless") {
			in.Flap, in.Ack = &opsbot.Flap{Changes: 9, Works: rapid.Bool().Draw(t, "now")}, &opsbot.Ack{Name: text("who"), At: epoch}
		}
		if in.Kind == opsbot.IncidentStorm {
			in.Storm = &opsbot.Storm{Total: 4000, Standing: 3000, Clients: 9, Down: 3, HostsAll: 500, ChecksAll: 500, Services: 2000}
			in.Storm.Hosts, in.Storm.Checks = slices.Repeat([]string{in.Host}, 20), slices.Repeat([]opsbot.CheckID{in.Check}, 20)
		}
		in.Source = in.Host
		if in.Kind == opsbot.IncidentBurst {
			in.Burst = anyBurst(t, &in)
		}
		one := opsbot.FailingCheck{Check: opsbot.CheckID(text("failing")), Reason: anyReason().Draw(t, "why")}
		in.Failing, in.Affected = []opsbot.FailingCheck{one}, []opsbot.ServiceState{state(in.Client, in.Service, 1, 1, 0)}
		return in
	})
}

// anyBurst has as much of everything as the book gives a card, of names as nasty as an incident's.
func anyBurst(t *rapid.T, in *opsbot.Incident) *opsbot.Burst {
	names := slices.Repeat([]string{in.Host}, 20)
	states := slices.Repeat([]opsbot.ServiceState{state(in.Client, in.Service, 1, 1, 0)}, 50)
	guide := opsbot.Guide{Client: in.Client, Tier: opsbot.TierGold, Runbook: in.Comment, Contacts: slices.Repeat([]string{in.Comment}, 20)}
	return &opsbot.Burst{
		Sources: names, Events: 10_000, Standing: 9000, Unsure: rapid.IntRange(0, 2).Draw(t, "unsure"), Hosts: names, HostsAll: 5000, Strangers: names,
		Unknown: rapid.SampledFrom([]int{0, 500}).Draw(t, "unknown"), Placeless: names, Nowhere: rapid.SampledFrom([]int{0, 500}).Draw(t, "nowhere"), Looks: opsbot.LookCount{Pending: 9, Confirmed: 900, Partly: 90, Refuted: 900, Unchecked: 9, Bare: 9},
		Refuted: names, Checked: epoch, Done: 900, Total: 1000, Clients: rapid.SampledFrom([]int{0, 2000}).Draw(t, "clients"), Down: 900, Services: 4000, Spared: 90,
		Worst: states, Before: states[:10], BeforeAll: 4000, Cause: &opsbot.Cause{Marks: names[:3], Failed: 900, Of: 901, Fine: 3},
		Guides: slices.Repeat([]opsbot.Guide{guide}, 3), Replies: slices.Repeat([]opsbot.Reason{in.Reason}, 20),
	}
}

func anyTelling() *rapid.Generator[opsbot.Telling] {
	return rapid.Custom(func(t *rapid.T) opsbot.Telling {
		in := anyIncident().Draw(t, "incident")
		out := about(rapid.SampledFrom([]opsbot.TellingKind{
			opsbot.TellOpen, opsbot.TellRaise, opsbot.TellEnd, opsbot.TellEdit, opsbot.TellDigest, opsbot.TellMuteEnd, opsbot.TellMuteWarning, opsbot.TellNotice,
			opsbot.TellRemind, opsbot.TellDaily,
		}).Draw(t, "telling"), &in)
		m := mute()
		m.Reason, m.Selector.Hosts = nasty().Draw(t, "reason of the mute"), []string{nasty().Draw(t, "muted")}
		out.Fact.Mute, out.Fact.Hidden, out.Fact.Notice = m, &opsbot.Hidden{Broken: 3}, &in.Reason
		expiry := opsbot.Expiry{At: epoch.Add(opsbot.Day), Checks: slices.Repeat([]opsbot.CheckID{in.Check}, 400)}
		out.Fact.Daily = &opsbot.Daily{
			Mutes: slices.Repeat([]opsbot.Mute{*m}, 40), Certificates: slices.Repeat([]opsbot.Expiry{expiry}, 40), Troubles: slices.Repeat([]opsbot.Reason{in.Reason}, 40),
		}
		out.Created, out.Repeat = epoch.Add(-time.Hour), true
		return out
	})
}

// Whatever the facts hold, Telegram takes the message as it was written, with its buttons, and what came from outside
// is no markup.
func TestTelegramTakesEveryCard(t *testing.T) {
	w := newWorld(t, options{language: "ru"})
	sizes := rapid.SampledFrom([]int{0, 1, 7, 400})
	rapid.Check(t, func(rt *rapid.T) {
		telling := anyTelling().Draw(rt, "telling")
		in := telling.Fact.Incident
		in.Failing = slices.Repeat(in.Failing, sizes.Draw(rt, "failing"))
		in.Affected = slices.Repeat(in.Affected, sizes.Draw(rt, "affected"))
		telling.Fact.Standing = slices.Repeat([]opsbot.Incident{*in}, sizes.Draw(rt, "standing"))
		telling.Fact.Gone = slices.Repeat([]opsbot.Incident{*in}, sizes.Draw(rt, "gone"))
		telling.To = opsbot.Destination{Channel: "telegram", Chat: opsChat}
		w.clock.Advance(time.Second)
		before := len(w.server.Calls("sendMessage"))
		card := opsbot.Card{}
		if telling.Kind == opsbot.TellEdit {
			telling.Kind = opsbot.TellOpen // the same text, and a message to look at
		}
		if _, err := w.channel.Deliver(w.ctx, telling, card); err != nil {
			rt.Fatalf("%v\n%s", err, clip(w.channel.Cards.HTML(telling)))
		}
		calls := w.server.Calls("sendMessage")[before:]
		if len(calls) != 1 || !calls[0].OK() {
			rt.Fatalf("Telegram refused it first: %s", clip(fmt.Sprint(calls)))
		}
		if n := telegram.Units(w.channel.Cards.HTML(telling)); n > telegram.MaxText-100 {
			rt.Fatalf("%d units leave no room", n)
		}
		m := w.ours(opsChat, 1, false)
		if strings.ContainsAny(m.Text, "\u202e\u2066\x00") {
			rt.Fatalf("marks of direction stand in %q", clip(m.Text))
		}
		if first, _, _ := strings.Cut(m.Text, "\n"); strings.TrimSpace(first) == "" {
			rt.Fatalf("the first line says nothing: %q", clip(m.Text))
		}
	})
}

func clip(s string) string { return s[:min(len(s), 3000)] }

// The verdict and the counts stand however much there is to say.
func TestCountsSurvive(t *testing.T) {
	c := cards(t, "en", epoch)
	in := ofService()
	for i := range 5000 {
		id := opsbot.EndpointCheckID("clientA", "reports", fmt.Sprintf("host%d", i))
		in.Failing = append(in.Failing, opsbot.FailingCheck{Check: id, Reason: opsbot.NewReason(opsbot.ReasonWebBody, "want", strings.Repeat("🔥&", 400))})
	}
	in.Comment = strings.Repeat("<🔥>", 500)
	text := c.Plain(about(opsbot.TellOpen, in))
	for _, part := range []string{"🔴 clientA reports: at risk", "1 of 10 up, needs 1", "• host0, host1, host2, host3 and 4996 more: “🔥&", "since 28 Feb 10:00 · #13"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is lost in:\n%s", part, text)
		}
	}
	var standing []opsbot.Incident
	for i := range 5000 {
		one := *ofCheck()
		one.ID = opsbot.IncidentID(i + 1)
		standing = append(standing, one)
	}
	text = c.Plain(opsbot.Telling{Kind: opsbot.TellDigest, Created: epoch, Fact: opsbot.Fact{Standing: standing, Gone: standing}})
	for _, part := range []string{"5000 open incidents:", "+4990 more", "5000 opened and resolved meanwhile: main-db #1,", "and 4995 more"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is lost in:\n%s", part, text)
		}
	}
}
