package checks_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"opsbot/checks"
	"opsbot/model"
)

// TestRedirectsKeepCookies as browsers do: a page that redirects to itself until its cookie comes, and one behind a session.
func TestRedirectsKeepCookies(t *testing.T) {
	set := func(w http.ResponseWriter, r *http.Request, cookie, to string) {
		w.Header().Add("Set-Cookie", cookie)
		http.Redirect(w, r, to, http.StatusFound)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/splash", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("seen"); err != nil {
			set(w, r, "seen=1; Path=/", "/splash")
			return
		}
		fmt.Fprint(w, "welcome ", r.Header.Get("Cookie"))
	})
	mux.HandleFunc("/home", func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("sid"); err != nil || c.Value != "abc" {
			http.Redirect(w, r, "/login", http.StatusFound)
			return
		}
		fmt.Fprint(w, "welcome")
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) { set(w, r, "sid=abc; HttpOnly", "/home") })
	mux.HandleFunc("/forgetful", func(w http.ResponseWriter, r *http.Request) { set(w, r, "seen=1; Path=/elsewhere", "/forgetful") })
	mux.HandleFunc("/counts", func(w http.ResponseWriter, r *http.Request) {
		set(w, r, "n=1"+strings.TrimPrefix(r.Header.Get("Cookie"), "n="), "/counts")
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	for _, c := range []struct {
		path   string
		follow int
		code   model.ReasonCode
	}{
		{"/splash", 1, ""},
		{"/home", 5, ""},
		{"/splash", 0, model.ReasonWebRedirect},
		{"/home", 1, model.ReasonWebRedirects},
		{"/forgetful", 5, model.ReasonWebCircle},
		{"/counts", 5, model.ReasonWebRedirects},
	} {
		if r := runKind(t, &checks.WebOptions{URL: srv.URL + c.path, Redirects: c.follow, Contains: "welcome"}); r.Reason.Code != c.code {
			t.Errorf("%s with %d: %s %+v", c.path, c.follow, r.Status, r.Reason)
		}
	}
	own := checks.WebOptions{URL: srv.URL + "/splash", Redirects: 1, Contains: "welcome a=b; seen=1", WebExtras: checks.WebExtras{Headers: map[string]model.Secret{"Cookie": model.NewSecret("a=b")}}}
	for range 2 { // what one run was given is not the next one's
		if r := runKind(t, &own); r.Status != model.StatusOK {
			t.Errorf("%+v", r.Reason)
		}
	}
}

// TestCookiesStayWithTheirHost: those of one host are not sent to another one.
func TestCookiesStayWithTheirHost(t *testing.T) {
	abroad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "got %q", r.Header.Get("Cookie")) }))
	defer abroad.Close()
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "sid=abc")
		http.Redirect(w, r, strings.Replace(abroad.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
	}))
	defer home.Close()
	if r := runKind(t, &checks.WebOptions{URL: home.URL, Redirects: 1, Contains: `got ""`}); r.Status != model.StatusOK {
		t.Errorf("%+v", r.Reason)
	}
}

// TestLoginInTheURL is sent, to that host alone, and never shown.
func TestLoginInTheURL(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "u" || password != "p@ss" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.Path == "/to" {
			http.Redirect(w, r, "/fine", http.StatusFound)
		}
	}))
	defer srv.Close()
	with := func(login, path string) string { return strings.Replace(srv.URL, "://", "://"+login+"@", 1) + path }
	for url, code := range map[string]model.ReasonCode{
		with("u:p%40ss", "/"): "", with("u:p%40ss", "/to"): "", with("u:other", "/"): model.ReasonWebStatus, with("u", "/"): model.ReasonWebStatus, srv.URL: model.ReasonWebStatus,
	} {
		r := runKind(t, &checks.WebOptions{URL: url, Redirects: 2})
		if r.Reason.Code != code || strings.Contains(fmt.Sprint(r), "other") {
			t.Errorf("%s: %s %+v", url, r.Status, r.Reason)
		}
	}
	secret := model.NewSecret("s3cret")
	for name, o := range map[string]checks.WebOptions{
		"user":          {URL: with("u:hush", "/"), WebExtras: checks.WebExtras{User: "v", Password: secret}},
		"bearer":        {URL: with("u:hush", "/"), WebExtras: checks.WebExtras{Bearer: secret}},
		"authorization": {URL: with("u:hush", "/"), WebExtras: checks.WebExtras{Headers: map[string]model.Secret{"Authorization": secret}}},
		"no URL":        {URL: "http://u:hush%zz@host/"}, "no host": {URL: "https://u:hush@/"}, "no scheme": {URL: "ftp://u:hu@sh@host/"},
	} {
		if wrong := inEnglish(o.Validate()); len(wrong) != 1 || strings.Contains(fmt.Sprint(wrong), "hush") || strings.Contains(fmt.Sprint(wrong), "hu@") {
			t.Errorf("%s: %q", name, wrong)
		}
	}
}
