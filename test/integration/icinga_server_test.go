//go:build integration

package integration_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	asking "opsbot/inbound/httpclient"
	"opsbot/inbound/icinga"
	"opsbot/model"
	"opsbot/test/ports"
)

// icingaServer is a real Icinga with hosts web1 to web10, each with the service http, and the host db9. Check results
// are passed in; it checks nothing by itself.
type icingaServer struct {
	*process
	whole         *testing.T // the test that it runs for, whichever part of it restarts it
	dir, port, ca string
	boss          *http.Client
}

// certificateName is the common name of the certificates of this package.
const certificateName = "a test"

const icingaConfig = `
const NodeName = "%[2]s"
const ZoneName = "%[2]s"
include <itl>
object Endpoint NodeName { }
object Zone ZoneName { endpoints = [ NodeName ] }
object CheckerComponent "checker" { }
object FileLogger "log" { severity = "warning", path = "%[1]s/log/icinga2.log" }
object ApiListener "api" { bind_host = "127.0.0.1", bind_port = %[3]s }
object ApiUser "boss" { password = "bossword", permissions = [ "*" ] }
object ApiUser "opsbot" {
  password = "opsword"
  permissions = [ "status/query", "objects/query/Host", "objects/query/Service", "objects/query/Comment", "objects/query/Downtime", "events/*",
    "actions/acknowledge-problem", "actions/remove-acknowledgement", "actions/schedule-downtime", "actions/remove-downtime" ]
}
object ApiUser "weak" { password = "weakword", permissions = [ "status/query", "objects/query/Host", "objects/query/Service", "events/*" ] }
object HostGroup "client-acme" { }
template Service "passive" { check_command = "dummy", enable_active_checks = false, max_check_attempts = 2, check_interval = 1h, retry_interval = 1h }
for (i in range(1, 11)) {
  object Host "web" + i use (i) {
    check_command = "dummy"
    enable_active_checks = false
    max_check_attempts = 1
    address = "10.0.0." + i
    groups = [ "client-acme" ]
    vars.fqdn = name + ".example.com"
    vars.client = "acme"
  }
}
object Host "db9" {
  check_command = "dummy"
  enable_active_checks = false
  max_check_attempts = 1
}
apply Service "http" { import "passive"
  assign where host.vars.client
}
`

// startIcinga starts one in a directory of its own.
func startIcinga(t *testing.T) *icingaServer {
	t.Helper()
	dir, err := os.MkdirTemp("", "opsbot-icinga-") //nolint:usetesting // of another owner, who could not enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &icingaServer{whole: t, dir: dir, port: ports.Free(t)}
	for _, sub := range []string{"lib/certs", "log", "cache", "spool", "run", "lib/api"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cert, key := certificate(t, dir, 30)
	s.ca = cert
	certs := filepath.Join(dir, "lib", "certs")
	output(t, nil, "cp", cert, filepath.Join(certs, certificateName+".crt"))
	output(t, nil, "cp", cert, filepath.Join(certs, "ca.crt"))
	output(t, nil, "cp", key, filepath.Join(certs, certificateName+".key"))
	write(t, dir, "icinga2.conf", fmt.Sprintf(icingaConfig, dir, certificateName, s.port))
	if as := s.as(t); as != "" {
		output(t, nil, "chown", "-R", as+":"+as, dir)
	}
	s.boss = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: authority(t, cert), ServerName: "a.test", MinVersion: tls.VersionTLS12},
	}}
	t.Cleanup(s.boss.CloseIdleConnections)
	s.run(t)
	return s
}

// as is the user that Icinga switches to when root starts it.
func (s *icingaServer) as(t *testing.T) string {
	t.Helper()
	if unprivileged(t, "nagios") == nil {
		return ""
	}
	return "nagios"
}

// run starts it, or restarts it.
func (s *icingaServer) run(t *testing.T) {
	t.Helper()
	args := []string{"daemon", "-c", s.dir + "/icinga2.conf"}
	for name, path := range map[string]string{
		"ConfigDir": "", "DataDir": "/lib", "LogDir": "/log", "CacheDir": "/cache", "SpoolDir": "/spool", "InitRunDir": "/run", "PidPath": "/run/icinga2.pid",
		"StatePath": "/lib/icinga2.state", "ModAttrPath": "/lib/modified-attributes.conf", "ObjectsPath": "/cache/icinga2.debug", "VarsPath": "/cache/icinga2.vars",
	} {
		args = append(args, "-D"+name+"="+s.dir+path)
	}
	if as := s.as(t); as != "" {
		args = append(args, "-DRunAsUser="+as, "-DRunAsGroup="+as)
	}
	s.process = launch(s.whole, nil, "icinga2", args...)
	s.until("it answers", func() error {
		_, err := s.ask(t, "/v1/status/IcingaApplication", nil)
		return err
	})
}

// ask sends a request to the API as administrator; with a body it posts.
func (s *icingaServer) ask(t *testing.T, path string, body any) ([]map[string]any, error) {
	t.Helper()
	method, text := http.MethodGet, []byte(nil)
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(t.Context(), method, "https://127.0.0.1:"+s.port+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("boss", "bossword")
	request.Header.Set("Accept", "application/json")
	answer, err := s.boss.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	var results struct {
		Results []map[string]any `json:"results"`
	}
	if err := json.Unmarshal(said, &results); err != nil || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s %s", path, answer.Status, said)
	}
	return results.Results, nil
}

// result submits a check result of an object: of a host 0 or 1, of a service 0 to 3.
func (s *icingaServer) result(t *testing.T, object string, state int, said string) {
	t.Helper()
	kind := "Host"
	if strings.Contains(object, "!") {
		kind = "Service"
	}
	body := map[string]any{"type": kind, strings.ToLower(kind): object, "exit_status": state, "plugin_output": said}
	if _, err := s.ask(t, "/v1/actions/process-check-result", body); err != nil {
		t.Fatal(err)
	}
}

// attributes returns the attributes of an object.
func (s *icingaServer) attributes(t *testing.T, object string) map[string]any {
	t.Helper()
	path := "/v1/objects/hosts/" + object
	if strings.Contains(object, "!") {
		path = "/v1/objects/services/" + object
	}
	found, err := s.ask(t, path, nil)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	attributes, ok := found[0]["attrs"].(map[string]any)
	if !ok {
		t.Fatal(found)
	}
	return attributes
}

// reload reloads its configuration, and waits until that is done.
func (s *icingaServer) reload(t *testing.T) {
	t.Helper()
	before, err := s.boot(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.until("it is reloaded", func() error {
		now, err := s.boot(t)
		if err == nil && now == before {
			return fmt.Errorf("it runs since %s", before)
		}
		return err
	})
}

// crash kills it, with its children.
func (s *icingaServer) crash() {
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	s.end(syscall.SIGKILL)
}

// boot is when it was started.
func (s *icingaServer) boot(t *testing.T) (string, error) {
	t.Helper()
	found, err := s.ask(t, "/v1/status/IcingaApplication", nil)
	if err != nil {
		return "", err
	}
	_, after, _ := strings.Cut(fmt.Sprint(found), "program_start:")
	start, _, _ := strings.Cut(after, " ")
	return start, nil
}

func (s *icingaServer) client(t *testing.T, user, password string) *icinga.Client {
	t.Helper()
	client := asking.New(asking.Options{User: user, Password: model.NewSecret(password), Roots: authority(t, s.ca), ServerName: "a.test"})
	t.Cleanup(client.Close)
	return icinga.New(icinga.Options{URL: "https://127.0.0.1:" + s.port, HTTP: client, HostFrom: []string{"vars.fqdn"}, Now: time.Now})
}
