package cli

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"opsbot/web"
)

// TestHealth asks bots in every state, by the socket and by the listener.
func TestHealth(t *testing.T) {
	for name, c := range map[string]struct {
		is    web.Health
		flags []string
		code  int
		want  string
	}{
		"works":         {web.Health{OK: true, Ready: true, Instance: "ops", Version: "v1"}, nil, ExitOK, "ops: works, version v1\n"},
		"with an issue": {web.Health{OK: true, Ready: true, Instance: "ops", HealthIssues: []string{"x"}}, nil, ExitOK, "⚠️ x\n"},
		"starts":        {web.Health{OK: true, Instance: "ops"}, nil, ExitOK, "not ready yet"},
		"must be ready": {web.Health{OK: true, Instance: "ops"}, []string{"--ready"}, ExitProblems, "not ready yet"},
		"fails":         {web.Health{Ready: true, Instance: "ops"}, nil, ExitProblems, "ops: does not work"},
		"stands by":     {web.Health{OK: true, Ready: true, Instance: "ops", Role: "standby"}, []string{"--language", "ru"}, ExitOK, "резервный"},
		"as JSON":       {web.Health{OK: true, Ready: true, Instance: "ops"}, []string{"--json"}, ExitOK, `"ok": true`},
	} {
		t.Run(name, func(t *testing.T) {
			own := web.Process{Health: func(string) web.Health { return c.is }, Metrics: prometheus.NewRegistry(), Log: func() []string { return nil }}
			socket := filepath.Join(t.TempDir(), "s")
			l, err := net.Listen("unix", socket)
			if err != nil {
				t.Fatal(err)
			}
			control := &httptest.Server{Listener: l, Config: &http.Server{Handler: own.Handler(http.NotFoundHandler())}} //nolint:gosec // of a test
			control.Start()
			defer control.Close()
			public := httptest.NewServer(web.Public(web.Parts{Health: func() web.Health { return c.is }, Metrics: prometheus.NewRegistry(), Guard: web.NewGuard(nil, nil, nil)}))
			defer public.Close()
			for _, where := range [][]string{{"--socket", socket}, {"--url", public.URL}} {
				code, out, errOut := opsbotRun(t, append(append([]string{"health"}, where...), c.flags...)...)
				if code != c.code || !strings.Contains(out, c.want) || errOut != "" {
					t.Errorf("%v: %d %s%s", where, code, out, errOut)
				}
			}
		})
	}
}

// TestNobodyIsHealthy: what does not answer, or is no opsbot, is not healthy; the exit code is 1, as Docker knows it.
func TestNobodyIsHealthy(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for _, where := range [][]string{{"--socket", filepath.Join(t.TempDir(), "s")}, {"--url", other.URL}, {"--url", "http://127.0.0.1:1"}, {"--url", "::"}} {
		if code, out, errOut := opsbotRun(t, append([]string{"health"}, where...)...); code != ExitProblems || out != "" || errOut == "" {
			t.Errorf("%v: %d %s%s", where, code, out, errOut)
		}
	}
}
