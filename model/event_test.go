package model_test

import (
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
