package checks_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWebSendsHeadersAndSecrets(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s|%s|%s", r.Header.Get("Authorization"), r.Header.Get("X-Api-Key"), r.Header.Get("User-Agent"))
	}))
	defer srv.Close()
	cases := []struct {
		name, want string
		extras     checks.WebExtras
	}{
		{"plain", "||opsbot", checks.WebExtras{}},
		{"headers", "|k3y|probe", checks.WebExtras{Headers: map[string]model.Secret{"x-api-key": model.NewSecret("k3y"), "User-Agent": model.NewSecret("probe")}}},
		{"basic", "Basic YW5uOnB3||opsbot", checks.WebExtras{User: "ann", Password: model.NewSecret("pw")}},
		{"basic from a file", "Basic YW5uOnB3||opsbot", checks.WebExtras{User: "ann", PasswordFile: secretFile(t, "pw\n")}},
		{"bearer", "Bearer t0ken||opsbot", checks.WebExtras{Bearer: model.NewSecret("t0ken")}},
		{"bearer from a file", "Bearer t0ken||opsbot", checks.WebExtras{BearerFile: secretFile(t, "t0ken\n")}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if r := runWeb(t, 5*time.Second, checks.WebOptions{URL: srv.URL, Contains: c.want, WebExtras: c.extras}); r.Status != model.StatusOK {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
		})
	}
}

// The same body is sent at every attempt, and never to the target of a redirect.
func TestWebSendsItsBody(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
			return
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s|%d|%s", r.Method, r.ContentLength, body)
	}))
	defer srv.Close()
	o := checks.WebOptions{URL: srv.URL, Method: "POST", Contains: `POST|9|{"ask":1}`, WebExtras: checks.WebExtras{Body: model.NewSecret(`{"ask":1}`)}}
	for range 2 {
		if r := runWeb(t, 5*time.Second, o); r.Status != model.StatusOK {
			t.Errorf("got %s %+v", r.Status, r.Reason)
		}
	}
	o.URL, o.Contains, o.Redirects = srv.URL+"/away", "GET|0|", 1
	if r := runWeb(t, 5*time.Second, o); r.Status != model.StatusOK {
		t.Errorf("after a redirect: %s %+v", r.Status, r.Reason)
	}
	o.Method, o.Body = "POST", model.NewSecret(strings.Repeat("x", 65<<10))
	if wrong := inEnglish(o.Validate()); len(wrong) != 1 || !strings.HasPrefix(wrong[0], "body is over 64 KiB") {
		t.Errorf("got %q", wrong)
	}
}

func TestWebMatches(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/endless" {
			_, _ = io.WriteString(w, strings.Repeat("x", 2<<20))
		}
		_, _ = io.WriteString(w, "queue: 17\n")
	}))
	defer srv.Close()
	for _, c := range []struct {
		path, pattern string
		code          model.ReasonCode
	}{
		{"/", `queue: \d+`, ""},
		{"/", `(?m)^queue: \d$`, model.ReasonWebNoMatch},
		{"/endless", `queue`, model.ReasonWebTooLarge},
		{"/", `(x+x+)+y`, model.ReasonWebNoMatch},
	} {
		o := checks.WebOptions{URL: srv.URL + c.path, WebExtras: checks.WebExtras{Matches: c.pattern}}
		if r := runWeb(t, 5*time.Second, o); r.Reason.Code != c.code {
			t.Errorf("%s %s: got %s %+v", c.path, c.pattern, r.Status, r.Reason)
		}
	}
}

func TestWebSlowerThan(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	o := checks.WebOptions{URL: srv.URL, Status: []model.CodeRange{{From: 404, To: 404}}}
	o.SlowerThan = 1 // a nanosecond
	if r := runWeb(t, 5*time.Second, o); r.Status != model.StatusFail || r.Reason.Code != model.ReasonSlow {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
	o.SlowerThan = model.Duration(time.Minute)
	if r := runWeb(t, 5*time.Second, o); r.Status != model.StatusOK {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
	o.SlowerThan, o.Status = 1, nil // a wrong answer is worse than a late one
	if r := runWeb(t, 5*time.Second, o); r.Reason.Code != model.ReasonWebStatus {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
}

func TestWebExpiresIn(t *testing.T) {
	cert := certificate(t, 6*model.Day+time.Hour)
	o := checks.WebOptions{URL: "https://a.test/", Address: tlsServer(t, cert), CAFile: roots(t, cert), Status: []model.CodeRange{{From: 404, To: 404}}}
	o.ExpiresIn = 6
	if r := runWeb(t, 5*time.Second, o); r.Status != model.StatusOK {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
	o.ExpiresIn = 7
	if r := runWeb(t, 5*time.Second, o); r.Reason.Code != model.ReasonTLSExpires || r.Reason.Args["days"] != "6" {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
}

func TestWebExtrasSayWhatIsWrongAndNoSecret(t *testing.T) {
	secret := model.NewSecret("hush\nhush")
	for want, extras := range map[string]checks.WebExtras{
		`headers: "a b" is not a header name`:                      {Headers: map[string]model.Secret{"a b": secret}},
		"headers: opsbot sets Host itself":                         {Headers: map[string]model.Secret{"host": secret}},
		"headers: the value of X-Key contains":                     {Headers: map[string]model.Secret{"x-key": secret}},
		"headers: Authorization is set, and so is":                 {User: "a", Password: secret, Headers: map[string]model.Secret{"authorization": secret}},
		"user is missing":                                          {Password: secret},
		"user needs a password":                                    {User: "a"},
		"user and bearer are both set":                             {User: "a", Password: secret, Bearer: model.NewSecret("hush")},
		"user contains a colon":                                    {User: "a:b", Password: secret},
		"bearer contains characters that":                          {Bearer: secret},
		"password_file \"/nowhere\" cannot be read: no such file":  {User: "a", PasswordFile: "/nowhere"},
		"password and password_file are both set":                  {User: "a", PasswordFile: "/x", Password: secret},
		"is empty or over 64 KiB":                                  {BearerFile: secretFile(t, " \n")},
		"matches \"(\" is not a regular expression: error parsing": {Matches: "("},
		"expires_in -1 is out of range":                            {ExpiresIn: -1},
		"expires_in needs https://":                                {ExpiresIn: 7},
		"body needs a method":                                      {Body: model.NewSecret("hush")},
	} {
		o := checks.WebOptions{URL: "http://a.test/", WebExtras: extras}
		wrong := inEnglish(o.Validate())
		if len(wrong) != 1 || !strings.Contains(wrong[0], want) {
			t.Errorf("%q: got %q", want, wrong)
		}
		if printed := fmt.Sprintf("%v %+v %#v", wrong, o, o); strings.Contains(printed, "hush") {
			t.Errorf("%q: a secret is printed", want)
		}
	}
	both := checks.WebOptions{URL: "http://a.test/", Contains: "x", WebExtras: checks.WebExtras{Matches: "x"}}
	if wrong := inEnglish(both.Validate()); len(wrong) != 1 || !strings.HasPrefix(wrong[0], "matches and contains are both set") {
		t.Errorf("got %q", wrong)
	}
	condition := checks.JSONOptions{WebOptions: checks.WebOptions{URL: "http://a.test/", WebExtras: checks.WebExtras{Matches: "x"}}}
	if wrong := inEnglish(condition.Validate()); len(wrong) != 1 || !strings.HasPrefix(wrong[0], "matches is for kind") {
		t.Errorf("got %q", wrong)
	}
}
