package model_test

import (
	"fmt"
	"strings"
	"testing"

	"opsbot/model"
)

// TestIsOfReach: what opsbot's own checks answer as well, by the names of the sources' checks.
func TestIsOfReach(t *testing.T) {
	for service, want := range map[string]bool{
		"": true, "HostDown": true, "InstanceDown": true, "NodeDown": true, "TargetDown": true, "ProbeFailed": true, "host_unreachable": true,
		"BlackboxProbeFailed": true, "ping4": true, "ping": true, "http": true, "HTTP": true, "icmpping": true, "agent.ping": true, "ssh": true,
		"net.tcp.service[http,,8080]": true, "web.test.fail[shop]": true, "SiteDown": true, "WebsiteUnavailable": true,
		"DiskFull": false, "disk /": false, "ReplicationDown": false, "BackupFailed": false, "BackupMissing": false, "RaidDegraded": false,
		"vfs.fs.size[/,pfree]": false, "ReplicationLag": false, "HostOutOfMemory": false, "HostDiskFull": false, "NodeFilesystemAlmostOutOfSpace": false,
		"CertificateExpires": false, "load": false, "procs": false, "http_errors_high": false, "postgres": false, "app.errors": false, "Диск": false,
	} {
		e := model.Event{Service: service}
		if e.IsOfReach() != want {
			t.Errorf("%q: %v", service, !want)
		}
	}
}

// TestEventsAboutClientsWithin: of an event about several clients, whoever sees some of them sees that it is about these, and nothing else.
func TestEventsAboutClientsWithin(t *testing.T) {
	inv := model.NewInventory(nil, nil, nil, nil)
	e := model.Event{
		EventKey: model.EventKey{Source: "s", ID: "x"}, Names: []string{"b-secret.example.com"}, Title: "b-secret", Labels: model.Labels{"client": "b-secret"},
		Severity: model.SeverityCritical, About: []model.ServiceKey{{Client: "a", Service: "web"}, {Client: "b-secret"}},
	}
	for scope, want := range map[string]string{"": "b-secret.example.com", "a,b-secret": "b-secret.example.com", "a": "a"} {
		seen := e.Within(inv, model.ScopeOf(strings.FieldsFunc(scope, func(r rune) bool { return r == ',' })))
		if seen.Name() != want || (seen.ID == "") != (scope == "a") {
			t.Errorf("%q: %+v", scope, seen)
		}
		if scope == "a" && strings.Contains(fmt.Sprintf("%+v", seen), "secret") {
			t.Errorf("%+v", seen)
		}
	}
}
