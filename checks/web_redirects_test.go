package checks_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// maze redirects according to its paths.
func maze() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/fine", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Method+" all is well") })
	mux.HandleFunc("/sorry", http.NotFound)
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("at"))
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/circle", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/circle", http.StatusMovedPermanently)
	})
	mux.HandleFunc("/on", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/on?n="+r.URL.Query().Get("n")+"1", http.StatusSeeOther)
	})
	mux.HandleFunc("/nowhere", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) })
	return mux
}

func TestRedirects(t *testing.T) {
	srv := httptest.NewServer(maze())
	defer srv.Close()
	down := refuser(t)
	for _, c := range []struct {
		name, path string
		follow     int
		method     string
		code       model.ReasonCode
		says       string // in an argument of the reason
	}{
		{"none is followed unasked", "/to?at=/fine", 0, "", model.ReasonWebRedirect, "/fine"},
		{"the last answer is judged", "/to?at=/fine", 1, "", "", ""},
		{"over two hops", "/to?at=/to?at=/fine", 2, "", "", ""},
		{"a method that changes things is not repeated", "/to?at=/fine", 1, "POST", "", ""},
		{"one too many", "/to?at=/to?at=/fine", 1, "", model.ReasonWebRedirects, srv.URL + "/fine"},
		{"it says where it ended", "/to?at=/sorry", 1, "", model.ReasonWebStatus, srv.URL + "/sorry"},
		{"a circle", "/circle", 5, "", model.ReasonWebCircle, srv.URL + "/circle"},
		{"always elsewhere", "/on", 5, "", model.ReasonWebRedirects, "/on?n=111111"},
		{"to a port that is closed", "/to?at=http://" + down + "/", 1, "", model.ReasonRefused, down + "/"},
		{"to another protocol", "/to?at=file:///etc/passwd", 1, "", model.ReasonWebRedirect, "file:///etc/passwd"},
		{"to no address", "/to?at=http://a:b:c/", 1, "", model.ReasonWebRedirect, "http://a:b:c/"},
		{"to no port", "/to?at=http://a:0/", 1, "", model.ReasonWebRedirect, "http://a:0/"},
		{"without a place", "/nowhere", 1, "", model.ReasonWebStatus, "302"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := checks.WebOptions{URL: srv.URL + c.path, Redirects: c.follow, Method: c.method, Contains: "GET all is well"}
			r := runWeb(t, 5*time.Second, o)
			if r.Reason.Code != c.code || !strings.Contains(fmt.Sprint(r.Reason.Args), c.says) {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
		})
	}
}

// TestRedirectsShareTheTimeout: each hop takes less than the timeout, all of them more.
func TestRedirectsShareTheTimeout(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(200 * time.Millisecond):
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		}
	}))
	defer srv.Close()
	r := runWeb(t, 500*time.Millisecond, checks.WebOptions{URL: srv.URL, Redirects: 20})
	if r.Reason.Code != model.ReasonTimeout || r.Took > 3*time.Second {
		t.Errorf("after %v: %+v", r.Took, r.Reason)
	}
}

// TestSecretsStayWithTheirHost follows redirects to the same place, to another, and back.
func TestSecretsStayWithTheirHost(t *testing.T) {
	const secret = "hush"
	seen := make(chan string, 10)
	note := func(who string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			outcome := "nothing"
			if strings.Contains(fmt.Sprint(r.Header), secret) || r.Header.Get("Authorization") != "" {
				outcome = "the secret"
			}
			seen <- who + " receives " + outcome
			next.ServeHTTP(w, r)
		})
	}
	home := httptest.NewServer(note("home", maze()))
	defer home.Close()
	abroad := httptest.NewServer(note("abroad", http.RedirectHandler(home.URL+"/fine", http.StatusTemporaryRedirect)))
	defer abroad.Close()
	for name, extras := range map[string]checks.WebExtras{
		"basic":   {User: "ann", Password: model.NewSecret(secret)},
		"bearer":  {Bearer: model.NewSecret(secret)},
		"cookie":  {Headers: map[string]model.Secret{"Cookie": model.NewSecret("s=" + secret)}},
		"own key": {Headers: map[string]model.Secret{"X-Api-Key": model.NewSecret(secret)}},
	} {
		o := checks.WebOptions{URL: home.URL + "/to?at=/to?at=" + abroad.URL, Redirects: 5, WebExtras: extras}
		if r := runWeb(t, 5*time.Second, o); r.Status != model.StatusOK {
			t.Errorf("%s: got %+v", name, r.Reason)
		}
		for _, want := range []string{"home receives the secret", "home receives the secret", "abroad receives nothing", "home receives nothing"} {
			if got := <-seen; got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
}

// TestRedirectsStayOnTheAddressThatIsChecked dials an address instead of a name that does not exist: a redirect to the
// same name must go to that address too, whatever the port.
func TestRedirectsStayOnTheAddressThatIsChecked(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "other "+r.Host) }))
	defer other.Close()
	_, port, _ := net.SplitHostPort(other.Listener.Addr().String())
	srv := httptest.NewServer(maze())
	defer srv.Close()
	o := checks.WebOptions{URL: "http://shop.invalid/to?at=/fine", Address: srv.Listener.Addr().String(), Redirects: 1, Contains: "all is well"}
	if r := runWeb(t, 5*time.Second, o); r.Status != model.StatusOK {
		t.Errorf("same place: got %+v", r.Reason)
	}
	o.URL, o.Contains = "http://shop.invalid/to?at=http://SHOP.invalid:"+port+"/", "other SHOP.invalid:"+port
	if r := runWeb(t, 5*time.Second, o); r.Status != model.StatusOK {
		t.Errorf("same name, other port: got %+v", r.Reason)
	}
	o.URL = "http://shop.invalid/to?at=http://else.invalid/"
	if r := runWeb(t, 5*time.Second, o); r.Reason.Code != model.ReasonNoName && r.Reason.Code != model.ReasonDNS {
		t.Errorf("another name: got %s %+v", r.Status, r.Reason)
	}
}

// TestRedirectsStayWithinReach: a page cannot send the check into a network where its DNS may not lead either, the target's own address
// excepted.
func TestRedirectsStayWithinReach(t *testing.T) {
	srv, inside := httptest.NewServer(maze()), httptest.NewServer(maze())
	defer srv.Close()
	defer inside.Close()
	private, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.99:0")
	if err != nil {
		t.Fatal(err)
	}
	metadata := &httptest.Server{Listener: private, Config: &http.Server{Handler: maze(), ReadHeaderTimeout: time.Second}}
	metadata.Start()
	defer metadata.Close()
	for _, c := range []struct {
		name, to string
		reach    model.Reach
		code     model.ReasonCode
	}{
		{"the same address, another port", inside.URL + "/fine", model.Reach{}, ""},
		{"another address inside", metadata.URL + "/fine", model.Reach{}, model.ReasonBeyond},
		{"a second hop inside", srv.URL + "/to?at=" + metadata.URL + "/fine", model.Reach{}, model.ReasonBeyond},
		{"link-local", "http://169.254.169.254/fine", model.Reach{}, model.ReasonBeyond},
		{"an allowed network", metadata.URL + "/fine", model.NewReach([]netip.Prefix{netip.MustParsePrefix("127.0.0.99/32")}, nil), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := checks.WebOptions{URL: srv.URL + "/to?at=" + c.to, Redirects: 2, Contains: "all is well"}
			o.SetReach(c.reach)
			if r := runWeb(t, 5*time.Second, o); r.Reason.Code != c.code {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
		})
	}
}

func TestRedirectsAreBounded(t *testing.T) {
	for _, n := range []int{-1, 21} {
		o := checks.WebOptions{URL: "http://a.test/", Redirects: n}
		if wrong := inEnglish(o.Validate()); len(wrong) != 1 || !strings.HasPrefix(wrong[0], "redirects ") {
			t.Errorf("%d: got %q", n, wrong)
		}
	}
}

// vault answers with a secret in every place that a reason shows.
func vault(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/coding":
		w.Header().Set("Content-Encoding", "x-s3cret")
	case "/away":
		w.Header().Set("Location", "gopher://s3cret/")
		w.WriteHeader(http.StatusFound)
		return
	case "/on":
		http.Redirect(w, r, "/text?token=s3cret", http.StatusFound)
		return
	case "/garbage":
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = fmt.Fprint(conn, "220 s3cret ready\r\n\r\n") // the check tells
		_ = conn.Close()
		return
	case "/json":
		fmt.Fprint(w, `{"answer": "s3cret"}`)
		return
	}
	fmt.Fprint(w, "s3cret")
}

// Whoever runs a page can have the check ask another host; nothing that this one answers is in the reason. Of the page itself it is.
func TestNothingIsReadOutOfAnotherHost(t *testing.T) {
	inside, page := httptest.NewServer(http.HandlerFunc(vault)), httptest.NewServer(nil)
	defer inside.Close()
	defer page.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/", vault)
	mux.HandleFunc("/to/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inside.URL+strings.TrimPrefix(r.URL.Path, "/to"), http.StatusFound)
	})
	page.Config.Handler = mux
	for path, o := range map[string]checks.WebOptions{
		"/text":    {WebExtras: checks.WebExtras{Matches: "^fine$"}},
		"/coding":  {Contains: "fine"},
		"/away":    {},
		"/on":      {Contains: "fine"},
		"/garbage": {},
		"/json":    {WebExtras: checks.WebExtras{Matches: "^fine$"}},
	} {
		for _, astray := range []bool{false, true} {
			o.URL, o.Redirects = page.URL+path, 5
			if astray {
				o.URL = page.URL + "/to" + path
			}
			r := runWeb(t, 5*time.Second, o)
			found := strings.Contains(fmt.Sprint(r.Reason.Args), "s3cret")
			if r.Status != model.StatusFail || found == astray {
				t.Errorf("%s, led elsewhere %v: %s %+v", path, astray, r.Status, r.Reason)
			}
		}
	}
	for _, condition := range []string{`json.answer == "fine"`, `json.answer.deeper > 3`, `json +`} {
		for _, astray := range []bool{false, true} {
			o := checks.JSONOptions{Condition: condition}
			o.URL, o.Redirects = page.URL+"/json", 5
			if astray {
				o.URL = page.URL + "/to/json"
			}
			if len(o.Validate()) > 0 {
				continue
			}
			r := o.Checker().Check(t.Context())
			if found := strings.Contains(fmt.Sprint(r.Reason.Args), "s3cret"); r.Status != model.StatusFail || found == astray {
				t.Errorf("%s, led elsewhere %v: %s %+v", condition, astray, r.Status, r.Reason)
			}
		}
	}
}
