package checks_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// registries are IANA, a registry with RDAP and one with WHOIS, for the zones com and ru.
type registries struct {
	list, root string
	asked      atomic.Int64 // of domains
	answer     atomic.Pointer[func(w http.ResponseWriter, name string)]
	now        atomic.Int64 // a moment
}

func (r *registries) says(f func(w http.ResponseWriter, name string)) { r.answer.Store(&f) }

func (r *registries) clock() time.Time { return time.Unix(r.now.Load(), 0) }

func (r *registries) wait(d time.Duration) { r.now.Add(int64(d / time.Second)) }

// whoisOf is a WHOIS server that answers each question.
func whoisOf(t *testing.T, answer func(question string) string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			question, _ := bufio.NewReader(c).ReadString('\n')
			_, _ = io.WriteString(c, answer(strings.TrimSpace(question)))
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

func newRegistries(t *testing.T) *registries {
	t.Helper()
	r := &registries{}
	r.now.Store(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).Unix())
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/dns.json", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"version":"1.0","services":[[["com","net"],["%s/com/"]],[["xn--p1ai"],["http://192.0.2.1/","https://192.0.2.2/"]]]}`, server.URL)
	})
	mux.HandleFunc("/com/domain/{name}", func(w http.ResponseWriter, req *http.Request) {
		r.asked.Add(1)
		(*r.answer.Load())(w, req.PathValue("name"))
	})
	mux.HandleFunc("/moved/domain/{name}", func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, "/com/domain/"+req.PathValue("name"), http.StatusFound)
	})
	registry := whoisOf(t, func(name string) string {
		r.asked.Add(1)
		if name == "free.ru" {
			return "No entries found for the selected source(s).\n"
		}
		return "domain: " + strings.ToUpper(name) + "\nstate: REGISTERED, DELEGATED, VERIFIED\npaid-till: 2027-04-01T21:00:00Z\n"
	})
	r.list = server.URL + "/dns.json"
	r.root = whoisOf(t, func(zone string) string {
		if zone != "ru" {
			return "domain: " + strings.ToUpper(zone) + "\nstatus: ACTIVE\n"
		}
		return "% IANA WHOIS server\n\nrefer:        " + registry + "\n\ndomain:       RU\n"
	})
	return r
}

// until is an RDAP answer.
func until(date string, states ...string) func(w http.ResponseWriter, name string) {
	return func(w http.ResponseWriter, name string) {
		w.Header().Set("Content-Type", "application/rdap+json")
		_, _ = fmt.Fprintf(w, `{"objectClassName":"domain","ldhName":%q,"status":["%s"],"events":[{"eventAction":"registration","eventDate":"1999-05-01T00:00:00Z"},{"eventAction":"expiration","eventDate":%q}]}`,
			strings.ToUpper(name), strings.Join(states, `","`), date)
	}
}

func (r *registries) check(t *testing.T, name, server string) model.Checker {
	t.Helper()
	o := checks.DomainOptions{Domain: name, Days: 30, Server: server}
	if wrong := inEnglish(o.Validate()); wrong != nil {
		t.Fatal(wrong)
	}
	return checks.DomainAt(o, r.list, r.root, r.clock)
}

// TestDomain: what each answer means. That a registry fails is no failure of the domain.
func TestDomain(t *testing.T) {
	r := newRegistries(t)
	refused := refuser(t)
	for name, c := range map[string]struct {
		domain, server string
		says           func(http.ResponseWriter, string)
		status         model.Status
		code           model.ReasonCode
		until          string
	}{
		"fine":                  {"acme.com", "", until("2027-05-01T04:00:00Z", "active"), model.StatusOK, "", "2027-05-01"},
		"fine, in capitals":     {"Acme.COM.", "", until("2027-05-01T04:00:00Z", "active"), model.StatusOK, "", "2027-05-01"},
		"soon":                  {"acme.com", "", until("2026-12-20T04:00:00Z", "active"), model.StatusFail, model.ReasonDomainExpires, "2026-12-20"},
		"over":                  {"acme.com", "", until("2026-11-30T04:00:00Z", "auto renew period"), model.StatusFail, model.ReasonDomainEnded, "2026-11-30"},
		"suspended":             {"acme.com", "", until("2027-05-01T04:00:00Z", "active", "client hold"), model.StatusFail, model.ReasonDomainSuspended, "2027-05-01"},
		"about to be deleted":   {"acme.com", "", until("2027-05-01T04:00:00Z", "pending delete"), model.StatusFail, model.ReasonDomainSuspended, "2027-05-01"},
		"free":                  {"acme.com", "", func(w http.ResponseWriter, _ string) { http.Error(w, "{}", http.StatusNotFound) }, model.StatusFail, model.ReasonDomainFree, ""},
		"without a date":        {"acme.com", "", func(w http.ResponseWriter, name string) { _, _ = fmt.Fprintf(w, `{"ldhName":%q}`, name) }, model.StatusUnknown, model.ReasonDomainUndated, ""},
		"asked too much":        {"acme.com", "", func(w http.ResponseWriter, _ string) { http.Error(w, "slow down", http.StatusTooManyRequests) }, model.StatusUnknown, model.ReasonDomainUnsaid, ""},
		"of another":            {"acme.com", "", func(w http.ResponseWriter, _ string) { until("2027-05-01T04:00:00Z")(w, "other.com") }, model.StatusUnknown, model.ReasonDomainUnsaid, ""},
		"a page":                {"acme.com", "", func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, "<html>welcome</html>") }, model.StatusUnknown, model.ReasonDomainUnsaid, ""},
		"two megabytes":         {"acme.com", "", func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, strings.Repeat(" ", 2<<20)) }, model.StatusUnknown, model.ReasonDomainUnsaid, ""},
		"WHOIS":                 {"acme.ru", "", nil, model.StatusOK, "", "2027-04-01"},
		"WHOIS, free":           {"free.ru", "", nil, model.StatusFail, model.ReasonDomainFree, ""},
		"a zone without either": {"acme.gr", "", nil, model.StatusUnknown, model.ReasonDomainUnsaid, ""},
		"own RDAP":              {"acme.ru", strings.TrimSuffix(r.list, "/dns.json") + "/com/", until("2027-06-01T00:00:00Z"), model.StatusOK, "", "2027-06-01"},
		"own RDAP, moved":       {"acme.ru", strings.TrimSuffix(r.list, "/dns.json") + "/moved", until("2027-06-01T00:00:00Z"), model.StatusOK, "", "2027-06-01"},
		"own WHOIS":             {"acme.de", whoisOf(t, func(string) string { return "Domain: acme.de\nStatus: connect\n" }), nil, model.StatusUnknown, model.ReasonDomainUndated, ""},
		"own WHOIS away":        {"acme.de", refused, nil, model.StatusUnknown, model.ReasonDomainUnsaid, ""},
		"own WHOIS mute":        {"acme.de", whoisOf(t, func(string) string { return "" }), nil, model.StatusUnknown, model.ReasonDomainUnsaid, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r.says(c.says)
			got := engine().Run(t.Context(), checks.OnDemand, &model.Check{Timeout: 5 * time.Second, Checker: r.check(t, c.domain, c.server)})
			date := ""
			if !got.RegisteredUntil.IsZero() {
				date = got.RegisteredUntil.UTC().Format(time.DateOnly)
			}
			if got.Status != c.status || got.Reason.Code != c.code || date != c.until {
				t.Errorf("%s %+v until %q, want %s %s %q", got.Status, got.Reason, date, c.status, c.code, c.until)
			}
		})
	}
}

// TestARegistryIsAskedRarely: what it said counts for hours, also while it fails then; after a failure it has some minutes of peace.
func TestARegistryIsAskedRarely(t *testing.T) {
	r := newRegistries(t)
	r.says(until("2027-05-01T04:00:00Z"))
	c := r.check(t, "acme.com", "")
	away := func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusServiceUnavailable) }
	for i, step := range []struct {
		wait   time.Duration
		says   func(http.ResponseWriter, string)
		status model.Status
		asked  int64 // in all
	}{
		{0, nil, model.StatusOK, 1},
		{5 * time.Hour, nil, model.StatusOK, 1},
		{2 * time.Hour, nil, model.StatusOK, 2},
		{7 * time.Hour, away, model.StatusOK, 3}, // it fails: what it said counts
		{5 * time.Minute, away, model.StatusOK, 3},
		{10 * time.Minute, away, model.StatusOK, 4},
		{3 * model.Day, away, model.StatusUnknown, 5},
		{time.Minute, away, model.StatusUnknown, 5},
		{time.Hour, until("2026-12-10T00:00:00Z"), model.StatusFail, 6},
	} {
		r.wait(step.wait)
		if step.says != nil {
			r.says(step.says)
		}
		for range 3 { // attempts, or people
			if got := c.Check(t.Context()); got.Status != step.status {
				t.Errorf("step %d: %s %+v", i, got.Status, got.Reason)
			}
		}
		if got := r.asked.Load(); got != step.asked {
			t.Errorf("step %d: asked %d times, want %d", i, got, step.asked)
		}
	}
}

// TestARegistryThatHangs ends with its run, and is asked again by the next.
func TestARegistryThatHangs(t *testing.T) {
	r := newRegistries(t)
	hangs := make(chan struct{})
	r.says(func(http.ResponseWriter, string) { <-hangs })
	c := r.check(t, "acme.com", "")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got := c.Check(ctx); got.Status != model.StatusUnknown {
		t.Errorf("%s %+v", got.Status, got.Reason)
	}
	close(hangs)
	r.says(until("2027-05-01T04:00:00Z"))
	if got := c.Check(t.Context()); got.Status != model.StatusOK {
		t.Errorf("%s %+v", got.Status, got.Reason)
	}
}

// TestWhichDomainsAreRegistered: a name below one, and what is none, is a mistake that names the right one.
func TestWhichDomainsAreRegistered(t *testing.T) {
	for domain, want := range map[string]string{
		"acme.com": "", "acme.co.uk": "", "acme.com.ua": "", "пример.рф": "", "ACME.ru.": "",
		"":                  `domain`,
		"www.acme.com":      `set "acme.com"`,
		"shop.acme.co.uk":   `set "acme.co.uk"`,
		"acme.github.io":    `set "github.io"`,
		"www.пример.рф":     `set "пример.рф"`,
		"com":               "not a domain name",
		"192.0.2.1":         "not a domain name",
		"acme com":          "not a domain name",
		"https://acme.com/": "not a domain name",
	} {
		got := strings.Join(inEnglish((&checks.DomainOptions{Domain: domain, Days: 30}).Validate()), "; ")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", domain, got, want)
		}
	}
	if got := (&checks.DomainOptions{Domain: "acme.msk.ru", Server: "whois.example.net"}).Validate(); got != nil {
		t.Errorf("a company's zone with its server: %q", inEnglish(got))
	}
	for server, fine := range map[string]bool{
		"": true, "https://rdap.example.net": true, "http://rdap.example.net/v1/": true, "whois.example.net": true, "whois.example.net:4343": true, "[2001:db8::1]:43": true,
		"ftp://x": false, "https://": false, "https://x/?a=b": false, "whois.example.net:x": false, "a/b": false, "whois.example.net:99999": false,
	} {
		if got := (&checks.DomainOptions{Domain: "acme.com", Days: 30, Server: server}).Validate(); (got == nil) != fine {
			t.Errorf("server %q: %q", server, inEnglish(got))
		}
	}
}
