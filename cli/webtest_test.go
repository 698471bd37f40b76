package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
)

func fleetConfig(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "store") {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(srv.Close)
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return file(t, "opsbot.toml", fmt.Sprintf(`
[[services]]
name = "reports"
port = %[1]s
path = "/reports.html"
[[services]]
name = "store"
port = %[1]s
path = "/store.html"
[[clients]]
name = "clientA"
hosts = ["127.0.0.1"]
services = ["reports", "store"]
`, port))
}

func TestWebtestExitCodes(t *testing.T) {
	config := fleetConfig(t)
	cases := []struct {
		name string
		args []string
		code int
		out  []string
		err  []string
	}{
		{"all well", []string{"webtest", "clientA", "reports"}, ExitOK, []string{"all ok", "1 host", "1 ok"}, nil},
		{"problems", []string{"webtest", "clientA"}, ExitProblems, []string{"clientA: down", "store", "HTTP 502"}, nil},
		{"in Russian", []string{"--language", "ru", "webtest", "clientA", "reports"}, ExitOK, []string{"всё в порядке"}, nil},
		{"unknown client", []string{"webtest", "clientB"}, ExitFailed, nil, []string{"Unknown name “clientB”", "clientA"}},
		{"bad threshold", []string{"webtest", "clientA", "--threshold", "200"}, ExitFailed, nil, []string{"percentage from 1 to 100"}},
		{"nothing named", []string{"webtest"}, ExitFailed, nil, []string{"selector"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			code, out, errOut := opsbotRun(t, append(c.args, "--config", config)...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range c.out {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing in the output:\n%s", want, out)
				}
			}
			for _, want := range c.err {
				if !strings.Contains(errOut, want) {
					t.Errorf("%q is missing in the errors:\n%s", want, errOut)
				}
			}
		})
	}
}

func TestWebtestJSON(t *testing.T) {
	code, out, errOut := opsbotRun(t, "webtest", "clientA", "--json", "--threshold", "10", "--config", fleetConfig(t))
	var v TestView
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != ExitProblems {
		t.Fatalf("%d %v: %s%s", code, err, out, errOut)
	}
	if v.Hosts != 1 || v.Tests != 2 || v.OK != 1 || v.Failed != 1 || len(v.Findings) != 1 || len(v.Results) != 2 {
		t.Errorf("got %+v", v)
	}
	if f := v.Findings[0]; f.Kind != model.FindingServicesDown || f.Severity != model.SeverityCritical || f.Services[0] != "store" {
		t.Errorf("got %+v", f)
	}
}

func TestStoppedTestIsNoResult(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errOut bytes.Buffer
	if code := run(ctx, []string{"webtest", "clientA", "--config", fleetConfig(t)}, &out, &errOut); code != ExitFailed || out.Len() > 0 {
		t.Errorf("%d: %s", code, &out)
	}
}

// On a terminal a bar moves, to the end; elsewhere nothing is written beside the result.
func TestTheBarMovesOnATerminalOnly(t *testing.T) {
	config := fleetConfig(t)
	for _, terminal := range []bool{true, false} {
		var out, errOut bytes.Buffer
		c := webtestCmd{ConfigFlag: ConfigFlag{Config: config}, Words: []string{"clientA"}}
		con := newConsole(t, "en", &out, &errOut)
		con.Progress = terminal
		_ = c.Run(con) // the findings are another test's
		full := "\r[" + strings.Repeat("#", barWidth) + "] 2/2, 1 ✗ \n"
		if got := strings.HasSuffix(errOut.String(), full); got != terminal {
			t.Errorf("terminal %t: %q", terminal, errOut.String())
		}
		if !terminal && errOut.Len() > 0 {
			t.Errorf("written where there is no terminal: %q", errOut.String())
		}
	}
}

// TestAWebTestWithLogs runs on the sandbox's fleet, without a daemon.
func TestAWebTestWithLogs(t *testing.T) {
	world, err := sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Options{Dir: t.TempDir(), PageAddr: "127.0.0.1:0", FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	if err := world.Fleet.Set("web1", fleet.Sick); err != nil {
		t.Fatal(err)
	}
	got, err := runWebTest(t.Context(), webTestOptions{
		config: file(t, "opsbot.toml", world.Config()), words: []string{"clientA"}, logs: true, texts: newConsole(t, "en", io.Discard, io.Discard).texts, language: "en", progress: func(ops.WebTestProgress) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := got.text(); !strings.Contains(text, "web1 · access") || !strings.Contains(text, "× 503 GET /store.html") || strings.Contains(text, "web2 · access") {
		t.Error(text)
	}
	if logs := got.view().Logs; len(logs) != 2 || logs[0].Host != "web1" {
		t.Errorf("%+v", logs)
	}
}
