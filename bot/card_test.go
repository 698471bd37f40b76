package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/bot"
	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/test/golden"
	"opsbot/texts"
)

func cards(t testing.TB, language string, now time.Time) *bot.Cards {
	t.Helper()
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &bot.Cards{
		Texts: catalog, Zone: func() *time.Location { return time.UTC }, Now: func() time.Time { return now },
		Language: func(model.Destination) string { return language },
	}
}

func state(client, service string, up, failed, unknown int) model.ServiceState {
	s := model.ServiceState{ServiceKey: model.ServiceKey{Client: client, Service: service}, Need: 1, Tier: model.TierGold}
	s.Tally = model.Tally{Up: up, Failed: failed, Unknown: unknown}
	s.Verdict = s.Tally.Verdict(model.MinUp{Count: s.Need}, 10)
	return s
}

// The incidents that the goldens are made of.
func ofCheck() *model.Incident {
	return &model.Incident{
		ID: 12, Kind: model.IncidentCheck, Check: "main-db", Severity: model.SeverityCritical, Reason: reasons["timeout"],
		OpenedAt: epoch.Add(-time.Hour), Comment: "call the DBA on duty\nthen restart the pool",
		Failing: []model.FailingCheck{{Check: "main-db", Reason: reasons["timeout"], Since: epoch.Add(-time.Hour)}},
	}
}

func ofService() *model.Incident {
	in := &model.Incident{
		ID: 13, Kind: model.IncidentService, ServiceKey: model.ServiceKey{Client: "clientA", Service: "reports"},
		Severity: model.SeverityCritical, OpenedAt: epoch.Add(-26 * time.Hour), Affected: []model.ServiceState{state("clientA", "reports", 1, 9, 0)},
	}
	for i := range 9 {
		id := model.EndpointCheckID("clientA", "reports", fmt.Sprintf("web%d", i+1))
		in.Failing = append(in.Failing, model.FailingCheck{Check: id, Reason: reasons["503"], Since: in.OpenedAt})
	}
	return in
}

func ofHost() *model.Incident {
	in := &model.Incident{
		ID: 14, Kind: model.IncidentHost, Host: "web1", Severity: model.SeverityCritical, OpenedAt: epoch.Add(-time.Minute),
		Reason: model.NewReason(model.ReasonHostDown, "host", "web1", "failed", "9", "total", "9"),
		Affected: []model.ServiceState{
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
		id := model.EndpointCheckID(a.Client, a.Service, in.Host)
		in.Failing = append(in.Failing, model.FailingCheck{Check: id, Reason: why, Since: in.OpenedAt})
	}
	return in
}

func ofStorm() *model.Incident {
	in := &model.Incident{
		ID: 15, Kind: model.IncidentStorm, Severity: model.SeverityCritical, OpenedAt: epoch.Add(-time.Minute),
		Storm: &model.Storm{
			Total: 47, Open: 41, Clients: 12, Down: 3, Services: 30, HostsAll: 9, Hosts: []string{"web1", "web2", "web3", "web4", "web5"},
			ChecksAll: 2, Checks: []model.CheckID{"main-db", "disk"},
			Cause: &model.Cause{Labels: []string{"dc=fra1"}, Failed: 58, Of: 60, Fine: 2},
		},
		Affected: []model.ServiceState{
			state("clientA", "reports", 0, 2, 0), state("clientA", "store", 0, 2, 0), state("clientB", "store", 1, 1, 0), state("clientC", "store", 8, 1, 1),
		},
	}
	in.Reason = model.NewReason(model.ReasonStorm, "total", "47", "open", "41")
	return in
}

// ofHosts is a small storm: two hosts of one client at once.
func ofHosts(verdict model.Verdict) *model.Incident {
	web := func(id model.IncidentID, host string) model.Incident {
		in := *ofHost()
		in.ID, in.Host, in.Parent = id, host, 20
		in.Affected = []model.ServiceState{state("clientA", "reports", 0, 2, 0)}
		in.Affected[0].Verdict = verdict
		return in
	}
	in := &model.Incident{
		ID: 20, Kind: model.IncidentStorm, Severity: model.SeverityCritical, OpenedAt: epoch.Add(-time.Minute), Affected: []model.ServiceState{state("clientA", "reports", 0, 2, 0)},
		Storm: &model.Storm{Total: 2, Open: 2, Clients: 1, Down: 1, Services: 1, HostsAll: 2, Hosts: []string{"web1", "web2"}, Parts: []model.Incident{web(21, "web1"), web(22, "web2")}},
	}
	in.Affected[0].Verdict = verdict
	in.Reason = model.NewReason(model.ReasonStorm, "total", "2", "open", "2")
	return in
}

// ofFew is a small storm of a check, a service and hosts that a source reports.
func ofFew() *model.Incident {
	check, service, group := *ofCheck(), *ofService(), *ofGroup()
	in := ofHosts(model.VerdictAtRisk)
	in.Affected = append(service.Affected, group.Affected...)
	in.Storm = &model.Storm{Total: 3, Open: 3, Clients: 2, Down: 1, Services: 3, ChecksAll: 1, Checks: []model.CheckID{"main-db"}, Parts: []model.Incident{check, service, group}}
	return in
}

// ofGroup is hosts that icinga reports: web1 is down, web2 works again, and the end of web3's event is not true.
func ofGroup() *model.Incident {
	return &model.Incident{
		ID: 23, Kind: model.IncidentEventGroup, Severity: model.SeverityCritical, Worst: model.SeverityCritical, OpenedAt: epoch.Add(-10 * time.Minute),
		Reason:   model.NewReason(model.ReasonEventGroup, "hosts", "4", "sources", "icinga"),
		Affected: []model.ServiceState{state("clientB", "reports", 0, 2, 0), state("clientB", "api", 1, 1, 0)},
		EventGroup: &model.EventGroup{
			Sources: []string{"icinga"}, Since: epoch.Add(-11 * time.Minute), Events: 7, Open: 3, Acked: 1, HostsAll: 3, Hosts: []string{"web1", "web3", "web2"}, UnmappedAll: 1, Unmapped: []string{"db9"},
			Active: model.NameList{Names: []string{"web1", "db9"}, All: 2}, Ended: model.NameList{Names: []string{"web2"}, All: 1}, EndedDown: model.NameList{Names: []string{"web3"}, All: 1},
			Texts: []model.SourceText{
				{Text: "HTTP CRITICAL: connection refused by host", Hosts: model.NameList{Names: []string{"web1"}, All: 1}},
				{Text: "PING CRITICAL - Packet loss = 100%", Hosts: model.NameList{Names: []string{"db9", "web3", "web2"}, All: 3}},
			},
			Acks:          []model.SourceAck{{Source: "icinga", Who: "anna", Events: 1, Hosts: model.NameList{Names: []string{"web1"}, All: 1}}},
			Verifications: model.VerificationCount{Confirmed: 2, Refuted: 1}, Refuted: []string{"web2"}, Checked: epoch, Done: 6, Total: 6, Clients: 1, Down: 1, Services: 2, Spared: 1,
			Worst: []model.ServiceState{state("clientB", "reports", 0, 2, 0)},
		},
	}
}

// untested makes ofGroup one event about a host on which everything works.
func untested(in *model.Incident) {
	in.Affected = nil
	in.EventGroup = &model.EventGroup{
		Sources: []string{"prometheus"}, Since: epoch.Add(-11 * time.Minute), Events: 1, Open: 1, HostsAll: 1, Hosts: []string{"web1"},
		Active: model.NameList{Names: []string{"web1"}, All: 1}, ActiveUp: model.NameList{Names: []string{"web1"}, All: 1}, Critical: []string{"web1: DiskFull"},
		Texts: []model.SourceText{{
			Text: "/ is 99% full", Hosts: model.NameList{Names: []string{"web1"}, All: 1}, Link: "https://prometheus.example.com/graph?g0.expr=disk",
			Runbook: "https://wiki.example.com/disk", Labels: model.Labels{"alertname": "DiskFull", "mountpoint": "/", "team": "<ops>"},
		}},
		Verifications: model.VerificationCount{Refuted: 1}, Refuted: []string{"web1"}, Checked: epoch, Done: 2, Total: 2, Spared: 1,
	}
}

// recovered is ofGroup after all is over.
func recovered(in *model.Incident) {
	g := in.EventGroup
	in.Severity, in.Affected = model.SeverityInfo, nil
	g.Open, g.Acked, g.Active, g.EndedDown, g.Acks = 0, 0, model.NameList{}, model.NameList{}, nil
	g.Ended = model.NameList{Names: []string{"web1", "web2", "web3", "db9"}, All: 4}
	g.Verifications, g.Refuted = model.VerificationCount{Refuted: 3}, []string{"web1", "web2", "web3"}
	g.Clients, g.Down, g.Services, g.UnmappedAll = 0, 0, 0, 0
}

// joined is what became part of an incident: services that are down, others, and down services that were known before.
func joined(down, others, worse int) *model.Joined {
	some := func(n int, client string, up int) (all []model.ServiceState) {
		for i := range n {
			all = append(all, state(fmt.Sprintf("%s%d", client, i/2+1), []string{"reports", "api"}[i%2], up, 1, 0))
		}
		return all
	}
	return &model.Joined{Services: slices.Concat(some(others, "clientC", 1), some(down, "clientB", 0)), Worse: some(worse, "clientA", 0)}
}

func raised(in *model.Incident, j *model.Joined) model.Notification {
	t := about(model.NotifyRaised, in)
	t.Snapshot.Joined = j
	return t
}

func ofConnectivity() *model.Incident {
	return &model.Incident{
		ID: 16, Kind: model.IncidentConnectivity, Severity: model.SeverityCritical, OpenedAt: epoch.Add(-time.Minute),
		Reason: model.NewReason(model.ReasonOffline, "probes", "tcp:10.0.0.1:53, ping:10.0.0.2", "checks", "40"),
	}
}

func daily() *model.Daily {
	return &model.Daily{
		Mutes: []model.Mute{*mute()},
		Certificates: []model.Expiry{
			{At: epoch.Add(-time.Hour), Checks: []model.CheckID{"clientC/store@web9"}},
			{At: epoch.Add(6*model.Day + time.Hour), Checks: []model.CheckID{"clientA/reports@web1", "clientA/reports@web2", "clientA/reports@web3", "clientA/store@web1", "mail"}},
			{At: epoch.Add(29 * model.Day), Checks: []model.CheckID{"clientB/store@web1"}},
		},
		HealthIssues: []model.Reason{model.NewReason(model.IssueDeadLetters, "count", "2")},
	}
}

func changed(in *model.Incident, change func(*model.Incident)) *model.Incident {
	change(in)
	return in
}

func closed(in *model.Incident) { in.ClosedAt = epoch }

// guides is what the inventory says to do for three clients.
func guides() []model.Guide {
	return []model.Guide{
		{Client: "clientA", Tier: model.TierGold, Runbook: "https://wiki.example.com/clientA", Contacts: []string{"+7 495 000-00-00, duty manager", "dana@example.com"}},
		{Client: "clientB", Contacts: []string{"Anna Petrova, +49 (30) 123456"}},
		{Client: "clientC", Runbook: "wiki: restart of clientC", Contacts: []string{"first line, ext. 100"}},
	}
}

// advised fills in what the inventory says about an incident.
func advised(in *model.Incident) {
	in.Guides, in.Place = guides(), &model.SharedPlace{Key: "rack", Value: "r1", Hosts: 1, Of: 1}
}

// storied adds who had an incident, and what they wrote.
func storied(in *model.Incident) {
	in.Acks = []model.Ack{{Name: "Ann", At: epoch.Add(-30 * time.Minute)}}
	in.Notes = []model.Note{{Name: "Ann", Text: "cable replaced"}, {Name: "Ann", Text: "A cable was faulty; it is replaced.", ForClient: true}}
}

func about(kind model.NotificationKind, in *model.Incident) model.Notification {
	return model.Notification{Kind: kind, To: model.Destination{Channel: "telegram"}, Incident: in.ID, Severity: in.Severity, Created: epoch, Snapshot: model.Snapshot{Incident: in}}
}

func mute() *model.Mute {
	return &model.Mute{
		ID: 3, Selector: model.Selector{Clients: []string{"clientA"}, Services: []string{"reports"}}, OwnerName: "Olga", Chat: 7, Reason: "update",
		From: epoch.Add(-2 * time.Hour), Until: epoch.Add(10 * time.Minute),
	}
}

type named struct {
	name string
	model.Notification
}

// notifications has every kind of notification.
func notifications() []named {
	stillOpen := []model.Incident{*ofHost(), *ofService(), *ofCheck()}
	gone := []model.Incident{*changed(ofCheck(), closed), *changed(ofService(), closed)}
	all := []named{
		{"check opens", about(model.NotifyOpened, ofCheck())},
		{"check ends", about(model.NotifyResolved, changed(ofCheck(), closed))},
		{"check's card after its end", about(model.NotifyUpdated, changed(ofCheck(), closed))},
		{"check cannot be judged", about(model.NotifyOpened, changed(ofCheck(), func(in *model.Incident) {
			in.Severity, in.Reason = model.SeverityWarning, model.NewReason(model.ReasonUnknownLong, "since", epoch.Add(-20*time.Minute).Format(time.RFC3339))
			in.Failing[0].Reason = model.NewReason(model.ReasonLocal, "said", "too many open files")
		}))},
		{"latch works again", about(model.NotifyUpdated, changed(ofCheck(), func(in *model.Incident) { in.WorksSince = epoch.Add(-time.Minute) }))},
		{"service opens", about(model.NotifyOpened, ofService())},
		{"service gets worse", about(model.NotifyRaised, changed(ofService(), func(in *model.Incident) { in.Affected[0] = state("clientA", "reports", 0, 10, 0) }))},
		{"service below its threshold", about(model.NotifyOpened, changed(ofService(), func(in *model.Incident) {
			in.Severity, in.Affected[0], in.Failing = model.SeverityInfo, state("clientA", "reports", 19, 1, 0), in.Failing[:1]
		}))},
		{"service is explained by its host", about(model.NotifyUpdated, changed(ofService(), func(in *model.Incident) { in.Parent = 14 }))},
		{"service is muted", about(model.NotifyUpdated, changed(ofService(), func(in *model.Incident) { in.MutedUntil = epoch.Add(time.Hour) }))},
		{"service ends", about(model.NotifyResolved, changed(ofService(), closed))},
		{"host opens", about(model.NotifyOpened, ofHost())},
		{"host refuses", about(model.NotifyOpened, changed(ofHost(), func(in *model.Incident) {
			in.Reason.Code, in.Affected = model.ReasonHostRefuses, in.Affected[:1]
			for i := range in.Failing {
				in.Failing[i].Reason = reasons["refused"]
			}
		}))},
		{"host of an older version, without its failures", about(model.NotifyOpened, changed(ofHost(), func(in *model.Incident) { in.Failing = nil }))},
		{"host answers, all fails", about(model.NotifyUpdated, changed(ofHost(), func(in *model.Incident) { in.Reason.Code = model.ReasonHostFails }))},
		{"host ends", about(model.NotifyResolved, changed(ofHost(), closed))},
		{"host left the inventory", about(model.NotifyResolved, changed(ofHost(), func(in *model.Incident) {
			in.ClosedAt, in.Reason = epoch, model.NewReason(model.ReasonLeftInventory, "name", "web1")
		}))},
		{"storm opens", about(model.NotifyOpened, ofStorm())},
		{"storm of checks alone", about(model.NotifyOpened, changed(ofStorm(), func(in *model.Incident) {
			in.Affected, in.Storm = nil, &model.Storm{
				Total: 12, Open: 12, ChecksAll: 12, Checks: []model.CheckID{"a", "b", "c", "d", "e"}, Cause: &model.Cause{Of: 12},
			}
		}))},
		{"check with a runbook and a place", about(model.NotifyOpened, changed(ofCheck(), func(in *model.Incident) {
			in.Runbook, in.Place = "https://wiki.example.com/main-db", &model.SharedPlace{Key: "rack", Value: "r1", Hosts: 1, Of: 1}
		}))},
		{"service with whom to call", about(model.NotifyOpened, changed(ofService(), func(in *model.Incident) {
			in.Runbook, in.Guides, in.Comment = "http://wiki/reports", guides()[:1], "restart the pool"
			in.Place = &model.SharedPlace{Key: "rack", Value: "r1", Hosts: 8, Of: 9}
		}))},
		{"host with whom to call", about(model.NotifyOpened, changed(ofHost(), advised))},
		{"host with whom to call ends, with its story", about(model.NotifyUpdated, changed(changed(changed(ofHost(), advised), closed), storied))},
		{"storm in one rack", about(model.NotifyOpened, changed(ofStorm(), func(in *model.Incident) {
			advised(in)
			in.Storm.Hosts, in.Storm.HostsAll, in.Storm.Cause = []string{"web1", "web2", "web3", "web4", "web5"}, 11, &model.Cause{Of: 60}
			in.Place = &model.SharedPlace{Key: "rack", Value: "r1", Hosts: 10, Of: 11}
		}))},
		{"storm most of which is in one place", about(model.NotifyOpened, changed(ofStorm(), func(in *model.Incident) {
			in.Storm.Cause = &model.Cause{Labels: []string{"rack=r1"}, Failed: 50, Of: 60, Fine: 4, Partly: true}
		}))},
		{"storm ends, with its story", about(model.NotifyResolved, changed(changed(changed(ofStorm(), closed), storied), func(in *model.Incident) {
			in.Storm.Worst, in.Storm.Most = in.Affected, model.StormSize{Clients: 12, Down: 3, Hosts: 9}
			in.Affected = nil
		}))},
		{"group with whom to call", about(model.NotifyOpened, changed(ofGroup(), func(in *model.Incident) {
			advised(in)
			in.EventGroup.Cause = &model.Cause{Of: 12}
		}))},
		{"storm ends", about(model.NotifyResolved, changed(ofStorm(), closed))},
		{"two hosts of a client at once", about(model.NotifyOpened, ofHosts(model.VerdictDown))},
		{"two hosts of a client at once, it is degraded", about(model.NotifyOpened, ofHosts(model.VerdictDegraded))},
		{"one of two hosts works again", about(model.NotifyUpdated, changed(ofHosts(model.VerdictAtRisk), func(in *model.Incident) {
			in.Storm.Open, in.Storm.Parts[1].ClosedAt = 1, epoch
		}))},
		{"two hosts of a client end", about(model.NotifyResolved, changed(ofHosts(model.VerdictDown), func(in *model.Incident) {
			in.Affected, in.Storm.Parts[0].ClosedAt, in.Storm.Parts[1].ClosedAt, in.ClosedAt = nil, epoch, epoch, epoch
		}))},
		{"a check, a service and reported hosts at once", about(model.NotifyOpened, ofFew())},
		{"two checks at once", about(model.NotifyOpened, changed(ofFew(), func(in *model.Incident) {
			disk := *ofCheck()
			disk.Check, disk.Reason = "disk", reasons["refused"]
			in.Affected, in.Storm = nil, &model.Storm{Total: 2, Open: 2, ChecksAll: 2, Parts: []model.Incident{*ofCheck(), disk}}
		}))},
		{"a storm of which all works right now", about(model.NotifyUpdated, changed(ofStorm(), func(in *model.Incident) { in.Storm.Open = 0 }))},
		{"group after a part of it is over", about(model.NotifyUpdated, ofGroup())},
		{"group whose events are over", about(model.NotifyUpdated, changed(ofGroup(), recovered))},
		{"group ends", about(model.NotifyResolved, changed(changed(ofGroup(), recovered), closed))},
		{"group of an older version", about(model.NotifyUpdated, changed(ofGroup(), func(in *model.Incident) {
			g := in.EventGroup
			g.Active, g.ActiveUp, g.Ended, g.EndedDown, g.Texts, g.Acks = model.NameList{}, model.NameList{}, model.NameList{}, model.NameList{}, nil, nil
		}))},
		{"service gets worse, which is all that is new", raised(
			changed(ofService(), func(in *model.Incident) { in.Affected[0] = state("clientA", "reports", 0, 10, 0) }),
			&model.Joined{Worse: []model.ServiceState{state("clientA", "reports", 0, 10, 0)}},
		)},
		{"host by which another client is affected", raised(ofHost(), joined(0, 1, 1))},
		{"a service joins", raised(ofHosts(model.VerdictDown), joined(0, 1, 0))},
		{"services join, one is down now", raised(ofGroup(), joined(2, 1, 1))},
		{"sixty services join", raised(ofStorm(), joined(30, 30, 0))},
		{"a check and an unmapped host join", raised(ofGroup(), &model.Joined{Checks: []model.CheckID{"main-db"}, Unmapped: []string{"x10", "x7"}})},
		{"critical, and no check can verify it", about(model.NotifyOpened, changed(ofGroup(), untested))},
		{"acknowledged without what joined later", about(model.NotifyUpdated, changed(ofGroup(), func(in *model.Incident) {
			in.Affected, in.EventGroup.Texts = append(in.Affected, state("clientC", "web", 1, 1, 0)), nil
			in.Acks = []model.Ack{{Name: "Ann", At: epoch, Covers: model.Named{"service:clientB/reports": true, "unmapped:db9": false}}}
		}))},
		{"connectivity", about(model.NotifyOpened, ofConnectivity())},
		{"connectivity ends", about(model.NotifyResolved, changed(ofConnectivity(), closed))},
		{"check flaps", about(model.NotifyOpened, changed(ofCheck(), func(in *model.Incident) { in.Flap = &model.Flap{Changes: 7} }))},
		{"check flaps, and works", about(model.NotifyUpdated, changed(ofCheck(), func(in *model.Incident) { in.Flap = &model.Flap{Changes: 8, Works: true} }))},
		{"somebody has it in hand", about(model.NotifyUpdated, changed(ofHost(), func(in *model.Incident) { in.Acks, in.Acknowledged = []model.Ack{{Name: "Ann <b>", At: epoch}}, true }))},
		{"reminder", about(model.NotifyReminder, ofService())},
		{"digest of the day", model.Notification{Kind: model.NotifyDaily, Created: epoch, Snapshot: model.Snapshot{Open: stillOpen, Daily: daily()}}},
		{"digest of a day on which all is well", model.Notification{Kind: model.NotifyDaily, Created: epoch, Snapshot: model.Snapshot{Daily: &model.Daily{Certificates: daily().Certificates[1:2]}}}},
		{"mute ends soon", model.Notification{Kind: model.NotifyMuteEnding, Created: epoch, To: model.Destination{Chat: 7}, Snapshot: model.Snapshot{Mute: mute(), Hidden: &model.Hidden{Broken: 2}}}},
		{"mute ends soon, all is well", model.Notification{Kind: model.NotifyMuteEnding, Created: epoch, Snapshot: model.Snapshot{Mute: mute(), Hidden: &model.Hidden{}}}},
		{"mute ended", model.Notification{Kind: model.NotifyMuteEnded, Created: epoch, Snapshot: model.Snapshot{Mute: mute(), Open: stillOpen}}},
		{"mute ended, nothing stands", model.Notification{Kind: model.NotifyMuteEnded, Created: epoch, Snapshot: model.Snapshot{Mute: mute()}}},
		{"hours open", model.Notification{Kind: model.NotifyDigest, Created: epoch, Snapshot: model.Snapshot{Open: stillOpen, Gone: gone}}},
		{"hours open, all is over", model.Notification{Kind: model.NotifyDigest, Created: epoch, Snapshot: model.Snapshot{Gone: gone}}},
		{"a backlog", model.Notification{Kind: model.NotifyDigest, Created: epoch, Snapshot: model.Snapshot{Open: stillOpen, Gone: gone, Backlog: true}}},
		{"a backlog, with ends", model.Notification{Kind: model.NotifyDigest, Created: epoch, Snapshot: model.Snapshot{Resolved: gone, Gone: slices.Repeat(gone, 4), Backlog: true}}},
		{"a backlog of ends", model.Notification{Kind: model.NotifyDigest, Created: epoch, Snapshot: model.Snapshot{Resolved: slices.Repeat(gone, 100), Open: stillOpen, Backlog: true}}},
		{"mute ended, late", model.Notification{Kind: model.NotifyMuteEnded, Created: epoch, Snapshot: model.Snapshot{Mute: mute(), Open: stillOpen[:1], Gone: gone}}},
		{"first look", model.Notification{Kind: model.NotifyDigest, Created: epoch, Snapshot: model.Snapshot{Open: stillOpen, FirstStart: true}}},
		{"a digest with what rests or waits", model.Notification{Kind: model.NotifyDigest, Created: epoch, Snapshot: model.Snapshot{Open: []model.Incident{
			*changed(ofService(), func(in *model.Incident) { in.Flap = &model.Flap{Changes: 8} }),
			*changed(ofGroup(), func(in *model.Incident) {
				in.EventGroup = &model.EventGroup{Sources: []string{"icinga"}, Events: 1, Open: 1, HostsAll: 1, Hosts: []string{"web7"}, Total: 6}
				in.Severity, in.Affected = model.SeverityInfo, nil
			}),
			*changed(ofHost(), func(in *model.Incident) { in.Flap = &model.Flap{Changes: 8, Works: true} }),
			*changed(ofCheck(), func(in *model.Incident) { in.WorksSince = epoch.Add(-time.Minute) }),
		}}}},
		{"nothing is open, one waits for a reset", model.Notification{Kind: model.NotifyMuteEnded, Created: epoch, Snapshot: model.Snapshot{Mute: mute(), Open: []model.Incident{
			*changed(ofCheck(), func(in *model.Incident) { in.WorksSince = epoch.Add(-time.Minute) }),
		}}}},
		{"notice", model.Notification{Kind: model.NotifyNotice, Created: epoch, Snapshot: model.Snapshot{Notice: new(model.NewReason(model.NoticeMigrated, "from", "-1", "to", "-1001"))}}},
		{"on call", model.Notification{Kind: model.NotifyShift, Created: epoch, Snapshot: model.Snapshot{
			Open: []model.Incident{*changed(ofService(), func(in *model.Incident) {
				in.Notes = []model.Note{{Name: "Olga", Text: "the provider is on it"}}
			}), *ofCheck()},
			Shift: &model.ShiftNews{What: model.ShiftBegins, Schedule: "primary", Person: "boris", Zone: "Europe/Berlin", From: epoch, To: epoch.Add(model.Day), Before: []string{"anna"}, Now: []string{"boris"}, Muted: []model.Mute{*mute()}},
		}}},
		{"on call, with nothing to hand over", model.Notification{Kind: model.NotifyShift, Created: epoch, Snapshot: model.Snapshot{
			Shift: &model.ShiftNews{What: model.ShiftBegins, Schedule: "primary", Person: "boris", From: epoch},
		}}},
		{"on call, of somebody limited", model.Notification{Kind: model.NotifyShift, Created: epoch, Snapshot: model.Snapshot{
			Shift: &model.ShiftNews{What: model.ShiftBegins, Schedule: "primary", Person: "boris", Limited: true, From: epoch, To: epoch.Add(model.Day)},
		}}},
		{"off call", shiftNews(model.ShiftNews{What: model.ShiftEnds, Person: "anna", Now: []string{"boris", "vera"}})},
		{"off call, and nobody follows", shiftNews(model.ShiftNews{What: model.ShiftEnds, Person: "anna"})},
		{"off call, of somebody limited", shiftNews(model.ShiftNews{What: model.ShiftEnds, Person: "anna", Limited: true})},
		{"others are on call", shiftNews(model.ShiftNews{What: model.ShiftGroup, To: epoch.Add(model.Day), Before: []string{"anna"}, Now: []string{"boris"}})},
		{"nobody is on call", shiftNews(model.ShiftNews{What: model.ShiftGroup, To: epoch.Add(model.Day), Before: []string{"anna"}})},
		{"nobody will be on call", shiftNews(model.ShiftNews{What: model.ShiftGap, From: epoch.Add(20 * time.Hour), To: epoch.Add(30 * time.Hour)})},
		{"shifts that moved", shiftNews(model.ShiftNews{
			What: model.ShiftMoved, Person: "vera", Was: []model.Span{{From: epoch, To: epoch.Add(model.Day)}, {From: epoch.Add(model.Week)}},
			Are: slices.Repeat([]model.Span{{From: epoch.Add(model.Day), To: epoch.Add(2 * model.Day)}}, 6),
		})},
		{"a cover is wanted", coverNews(model.CoverWanted, func(c *model.Cover) { c.Reason = "dentist" })},
		{"of one", coverNews(model.CoverWanted, func(c *model.Cover) { c.Asked = "boris" })},
		{"soon", coverNews(model.CoverWanted, func(c *model.Cover) { c.Urged, c.Refused = model.CoverPressing, []string{"boris", "vera"} })},
		{"is taken", coverNews(model.CoverTaken, nil)},
		{"is refused", coverNews(model.CoverRefused, nil)},
		{"is too late", coverNews(model.CoverTooLate, nil)},
		{"is withdrawn", coverNews(model.CoverWithdrawn, nil)},
		{"late", func() model.Notification {
			t := about(model.NotifyOpened, ofCheck())
			t.Created = epoch.Add(-40 * time.Minute)
			return t
		}()},
		{"late and perhaps a repeat", func() model.Notification {
			t := about(model.NotifyResolved, changed(ofCheck(), closed))
			t.Created, t.Repeat = epoch.Add(-40*time.Minute), true
			return t
		}()},
		{"held for the hours is not late", func() model.Notification {
			t := about(model.NotifyOpened, ofCheck())
			t.Created, t.NotBefore = epoch.Add(-9*time.Hour), epoch.Add(-30*time.Second)
			return t
		}()},
	}
	return append(all, pages()...)
}

func shiftNews(s model.ShiftNews) model.Notification {
	s.Schedule = "primary"
	return model.Notification{Kind: model.NotifyShift, Created: epoch, Snapshot: model.Snapshot{Shift: &s}}
}

func coverNews(what model.CoverEvent, change func(*model.Cover)) model.Notification {
	c := model.Cover{ID: 3, Schedule: "primary", Person: "anna", From: epoch.Add(time.Hour), To: epoch.Add(3 * time.Hour)}
	if change != nil {
		change(&c)
	}
	return model.Notification{Kind: model.NotifyCover, Created: epoch, Snapshot: model.Snapshot{Cover: &model.CoverNews{What: what, Cover: c, Who: "boris"}}}
}

func TestEveryNotificationReadsAsWritten(t *testing.T) {
	for _, language := range []string{"en", "ru"} {
		c := cards(t, language, epoch)
		var out strings.Builder
		for _, n := range notifications() {
			text := c.Plain(n.Notification)
			fmt.Fprintf(&out, "== %s\n%s\n\n", n.name, text)
			most := 16
			if n.Snapshot.Joined != nil {
				most += 3
			}
			if in := n.Snapshot.Incident; in != nil && len(in.Guides) > 0 {
				most += 2 // beyond what else such a card has
			}
			if len(n.Snapshot.Open) > 0 { // a digest says why of the worst five, and what to do
				most += 2 * len(n.Snapshot.Open[:min(len(n.Snapshot.Open), 5)])
			}
			if lines := strings.Split(text, "\n"); len(lines) > most {
				t.Errorf("%s: %d lines", n.name, len(lines))
			}
		}
		file := "testdata/notifications." + language + ".golden"
		golden.Compare(t, file, out.String())
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

func anyReason() *rapid.Generator[model.Reason] {
	codes := []model.ReasonCode{
		model.ReasonWebStatus, model.ReasonWebBody, model.ReasonTLS, model.ReasonTimeout, model.ReasonHostDown, model.ReasonHostFails,
		model.ReasonLeftInventory, model.ReasonUnknownLong, model.ReasonLocal, "from.the.future", "",
	}
	return rapid.Custom(func(t *rapid.T) model.Reason {
		r := model.Reason{Code: rapid.SampledFrom(codes).Draw(t, "code"), Args: map[string]string{}}
		for _, name := range []string{"got", "want", "said", "addr", "name", "phase", "took", "limit", "since", "host", "failed", "total"} {
			r.Args[name] = nasty().Draw(t, name)
		}
		return r
	})
}

func anyIncident() *rapid.Generator[model.Incident] {
	return rapid.Custom(func(t *rapid.T) model.Incident {
		text := func(name string) string { return nasty().Draw(t, name) }
		in := model.Incident{
			ID: 7, Kind: rapid.SampledFrom([]model.IncidentKind{
				model.IncidentCheck, model.IncidentService, model.IncidentHost, model.IncidentStorm, model.IncidentConnectivity,
				model.IncidentEventGroup, model.IncidentSource,
			}).Draw(t, "kind"),
			Check: model.CheckID(text("check")), Host: text("host"), ServiceKey: model.ServiceKey{Client: text("client"), Service: text("service")},
			Severity: model.Severity(rapid.IntRange(0, 2).Draw(t, "severity")), //nolint:gosec // 0 to 2
			Reason:   anyReason().Draw(t, "reason"), OpenedAt: epoch.Add(-time.Hour), Comment: text("comment"),
		}
		if rapid.Bool().Draw(t, "over") {
			in.ClosedAt = epoch
		}
		if rapid.Bool().Draw(t, "works") {
			in.WorksSince = epoch
		}
		if rapid.Bool().Draw(t, "restless") {
			in.Flap, in.Acks = &model.Flap{Changes: 9, Works: rapid.Bool().Draw(t, "now")}, []model.Ack{{Name: text("who"), At: epoch}, {Name: text("who"), At: epoch, Scope: model.ScopeOf([]string{"a"})}}
		}
		if in.Kind == model.IncidentStorm {
			in.Storm = &model.Storm{Total: 4000, Open: 3000, Clients: 9, Down: 3, HostsAll: 500, ChecksAll: 500, Services: 2000}
			in.Storm.Hosts, in.Storm.Checks = slices.Repeat([]string{in.Host}, 20), slices.Repeat([]model.CheckID{in.Check}, 20)
		}
		in.Source = in.Host
		if in.Kind == model.IncidentEventGroup {
			in.EventGroup = anyEventGroup(t, &in)
		}
		one := model.FailingCheck{Check: model.CheckID(text("failing")), Reason: anyReason().Draw(t, "why")}
		in.Failing, in.Affected = []model.FailingCheck{one}, []model.ServiceState{state(in.Client, in.Service, 1, 1, 0)}
		return in
	})
}

// anyEventGroup has as much of everything as the manager gives a card, with nasty names.
func anyEventGroup(t *rapid.T, in *model.Incident) *model.EventGroup {
	names := slices.Repeat([]string{in.Host}, 20)
	states := slices.Repeat([]model.ServiceState{state(in.Client, in.Service, 1, 1, 0)}, 50)
	guide := model.Guide{Client: in.Client, Tier: model.TierGold, Runbook: in.Comment, Contacts: slices.Repeat([]string{in.Comment}, 20)}
	return &model.EventGroup{
		Sources: names, Events: 10_000, Open: 9000, Unsure: rapid.IntRange(0, 2).Draw(t, "unsure"), Hosts: names, HostsAll: 5000, Unmapped: names,
		UnmappedAll: rapid.SampledFrom([]int{0, 500}).Draw(t, "unknown"), NoHost: names, NoHostAll: rapid.SampledFrom([]int{0, 500}).Draw(t, "nowhere"), Verifications: model.VerificationCount{Pending: 9, Confirmed: 900, Partly: 90, Refuted: 900, Unchecked: 9, Bare: 9},
		Refuted: names, Checked: epoch, Done: 900, Total: 1000, Clients: rapid.SampledFrom([]int{0, 2000}).Draw(t, "clients"), Down: 900, Services: 4000, Spared: 90,
		Worst: states, Before: states[:10], BeforeAll: 4000, Cause: &model.Cause{Labels: names[:3], Failed: 900, Of: 901, Fine: 3},
		Guides: slices.Repeat([]model.Guide{guide}, 3), Replies: slices.Repeat([]model.Reason{in.Reason}, 20),
	}
}

func anyNotification() *rapid.Generator[model.Notification] {
	return rapid.Custom(func(t *rapid.T) model.Notification {
		in := anyIncident().Draw(t, "incident")
		out := about(rapid.SampledFrom([]model.NotificationKind{
			model.NotifyOpened, model.NotifyRaised, model.NotifyResolved, model.NotifyUpdated, model.NotifyDigest, model.NotifyMuteEnded, model.NotifyMuteEnding, model.NotifyNotice,
			model.NotifyReminder, model.NotifyDaily, model.NotifyShift, model.NotifyCover,
		}).Draw(t, "telling"), &in)
		m := mute()
		m.Reason, m.Selector.Hosts = nasty().Draw(t, "reason of the mute"), []string{nasty().Draw(t, "muted")}
		out.Snapshot.Mute, out.Snapshot.Hidden, out.Snapshot.Notice = m, &model.Hidden{Broken: 3}, &in.Reason
		expiry := model.Expiry{At: epoch.Add(model.Day), Checks: slices.Repeat([]model.CheckID{in.Check}, 400)}
		out.Snapshot.Daily = &model.Daily{
			Mutes: slices.Repeat([]model.Mute{*m}, 40), Certificates: slices.Repeat([]model.Expiry{expiry}, 40), HealthIssues: slices.Repeat([]model.Reason{in.Reason}, 40),
		}
		name := nasty().Draw(t, "name of a person")
		out.Snapshot.Shift = &model.ShiftNews{
			What:     rapid.SampledFrom([]model.ShiftEvent{model.ShiftBegins, model.ShiftEnds, model.ShiftGroup, model.ShiftMoved, model.ShiftGap}).Draw(t, "shift"),
			Schedule: name, Person: name, Before: slices.Repeat([]string{name}, 20), Now: slices.Repeat([]string{name}, 20), Muted: slices.Repeat([]model.Mute{*m}, 40), Was: make([]model.Span, 40),
		}
		out.Snapshot.Cover = &model.CoverNews{
			What:  rapid.SampledFrom([]model.CoverEvent{model.CoverWanted, model.CoverTaken, model.CoverRefused, model.CoverTooLate, model.CoverWithdrawn}).Draw(t, "cover"),
			Cover: model.Cover{ID: 3, Schedule: name, Person: name, Asked: name, Reason: name, Refused: slices.Repeat([]string{name}, 20)}, Who: name,
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
		notification := anyNotification().Draw(rt, "telling")
		in := notification.Snapshot.Incident
		in.Failing = slices.Repeat(in.Failing, sizes.Draw(rt, "failing"))
		in.Affected = slices.Repeat(in.Affected, sizes.Draw(rt, "affected"))
		notification.Snapshot.Open = slices.Repeat([]model.Incident{*in}, sizes.Draw(rt, "standing"))
		notification.Snapshot.Gone = slices.Repeat([]model.Incident{*in}, sizes.Draw(rt, "gone"))
		notification.Snapshot.Resolved = slices.Repeat([]model.Incident{*in}, sizes.Draw(rt, "resolved"))
		notification.To = model.Destination{Channel: "telegram", Chat: opsChat}
		w.clock.Advance(time.Second)
		before := len(w.server.Calls("sendMessage"))
		card := model.Card{}
		if notification.Kind == model.NotifyUpdated {
			notification.Kind = model.NotifyOpened // the same text, and a message to look at
		}
		if _, err := w.channel.Deliver(w.ctx, notification, card); err != nil {
			rt.Fatalf("%v\n%s", err, clip(w.channel.Cards.HTML(notification)))
		}
		calls := w.server.Calls("sendMessage")[before:]
		if len(calls) != 1 || !calls[0].OK() {
			rt.Fatalf("Telegram refused it first: %s", clip(fmt.Sprint(calls)))
		}
		if n := telegram.Units(w.channel.Cards.HTML(notification)); n > telegram.MaxText-100 {
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

// The verdict and the counts are never cut.
func TestCountsSurvive(t *testing.T) {
	c := cards(t, "en", epoch)
	in := ofService()
	for i := range 5000 {
		id := model.EndpointCheckID("clientA", "reports", fmt.Sprintf("host%d", i))
		in.Failing = append(in.Failing, model.FailingCheck{Check: id, Reason: model.NewReason(model.ReasonWebBody, "want", strings.Repeat("🔥&", 400))})
	}
	in.Comment = strings.Repeat("<🔥>", 500)
	text := c.Plain(about(model.NotifyOpened, in))
	for _, part := range []string{"🟠 clientA at risk: reports", "1 of 10 up, needs 1", "• host0, host1, host2, host3 and 4996 more: “🔥&", "since 28 Feb 10:00 · #13"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is lost in:\n%s", part, text)
		}
	}
	var stillOpen []model.Incident
	for i := range 5000 {
		one := *ofCheck()
		one.ID = model.IncidentID(i + 1)
		stillOpen = append(stillOpen, one)
	}
	text = c.Plain(model.Notification{Kind: model.NotifyDigest, Created: epoch, Snapshot: model.Snapshot{Open: stillOpen, Gone: stillOpen}})
	for _, part := range []string{"5000 open incidents:", "+4990 more", "5000 opened and resolved meanwhile: main-db #1,", "and 4995 more"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is lost in:\n%s", part, text)
		}
	}
}
