package checks_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
	"opsbot/texts"
)

// inWords is what a run measured, as people read it.
func inWords(t *testing.T, r model.Result, language string) string {
	t.Helper()
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, value := range (model.Measured{Took: r.Took, Values: r.Values}).Said(r.Expires, time.Now()) {
		words = append(words, catalog.For(language).Reason(value))
	}
	return strings.Join(words, " · ")
}

// TestWhatIsMeasuredIsSaid by each kind, also when it is fine.
func TestWhatIsMeasuredIsSaid(t *testing.T) {
	healthy := map[string]string{"loadavg": "0.10 1.50 0.30 1/139 10668\n", "uptime": "90000.22 11908.98\n", "meminfo": "MemTotal: 1000000 kB\nMemAvailable: 410000 kB\n"}
	up := listener(t)
	plugin := shell("echo 'DISK OK - free space 40 GB | /=10'")
	cert := certificate(t, 41*model.Day+time.Hour)
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	for name, c := range map[string]struct {
		r    model.Result
		want []string
	}{
		"host":    {checks.HostAt(checks.HostOptions{Load: 2, Memory: 91, Uptime: 1}, proc(healthy), 4).Check(t.Context()), []string{"load 1.5 on 4 cores", "memory 59 % used, 400 MiB free", "up for 1 d 1 h"}},
		"disk":    {runKind(t, &checks.DiskOptions{Paths: []string{"/"}, Used: 100}), []string{"/: ", " % used, ", " free"}},
		"plugin":  {runKind(t, &plugin), []string{"DISK OK - free space 40 GB"}},
		"tls":     {runKind(t, &checks.TLSOptions{Address: tlsServer(t, cert), ServerName: "a.test", CAFile: roots(t, cert), Days: 14}), []string{"answered in ", "certificate: 41 days left ("}},
		"tcp":     {runKind(t, &checks.TCPOptions{Address: up}), []string{"answered in "}},
		"members": {runKind(t, &checks.TCPOptions{Targets: checks.Targets{Addresses: []string{up, refuser(t)}, MembersFailed: tolerance(t, "1")}}), []string{"1 of 2 ok"}},
		"one":     {runKind(t, &checks.TCPOptions{Targets: checks.Targets{Addresses: []string{up}}}), []string{"answered in "}},
	} {
		got := inWords(t, c.r, texts.English)
		for _, want := range c.want {
			if c.r.Status != model.StatusOK || !strings.Contains(got, want) {
				t.Errorf("%s: %s %q, want %q (%+v)", name, c.r.Status, got, want, c.r.Reason)
			}
		}
		if russian := inWords(t, c.r, texts.Russian); russian == "" || strings.Contains(russian, "<no value>") || strings.Contains(russian, "measured.") {
			t.Errorf("%s in Russian: %q", name, russian)
		}
	}
	over := runKind(t, &checks.DiskOptions{Paths: []string{"/"}, Used: 1})
	if over.Status != model.StatusFail || len(over.Values) != 1 {
		t.Errorf("over its limit: %+v", over)
	}
}

// TestWhatAJobSays: its last call, and when the next one is due.
func TestWhatAJobSays(t *testing.T) {
	for want, said := range map[string]model.Heartbeat{
		"last call 02:07 · next call due 03:00": {Known: clock("1 00:00:00"), Ended: clock("2 02:07:00")},
		"no call yet · next call due 03:00":     {Known: clock("2 00:00:00")},
		"running since 02:00":                   {Known: clock("1 00:00:00"), Started: clock("2 02:00:00"), Ended: clock("1 03:00:00")},
	} {
		o := calls(t, &jobs{said: said})
		o.Expects = "0 3 * * *"
		r := checks.HeartbeatAt(o, func() time.Time { return clock("2 02:30:00") }).Check(t.Context())
		if got := inWords(t, r, texts.English); !strings.HasPrefix(clockTimes(got), want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// clockTimes leaves the dates of moments out.
func clockTimes(text string) string { return dates.ReplaceAllString(text, "") }

var dates = regexp.MustCompile(`\d\d?\.\d\d(\.\d{4})? |\d{4}-\d\d-\d\d |[A-Z][a-z]{2} \d+,? |\d+ [A-Z][a-z]{2} `)
