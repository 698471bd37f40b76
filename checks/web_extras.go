package checks

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"opsbot/model"
)

// WebExtras are further options of a web check's request and conditions. Secrets are not printed, and go to no other
// scheme, host or port than the URL's.
type WebExtras struct {
	Body         model.Secret            `toml:"body"`          // sent unchanged with the request; it may contain a key, so it is not shown
	BodyFile     string                  `toml:"body_file"`     // contains the body
	Headers      map[string]model.Secret `toml:"headers"`       // sent with the request; values may be keys, so none is shown
	HeadersFile  string                  `toml:"headers_file"`  // contains further headers, "Name: value" on each line
	User         string                  `toml:"user"`          // of basic authentication
	Password     model.Secret            `toml:"password"`      // of basic authentication
	PasswordFile string                  `toml:"password_file"` // contains the password
	Bearer       model.Secret            `toml:"bearer"`        // a token
	BearerFile   string                  `toml:"bearer_file"`   // contains the token
	Matches      string                  `toml:"matches"`       // regular expression that a body of up to 1 MiB must match
	SlowerThan   model.Duration          `toml:"slower_than"`   // the whole request, from the name to the body; 0 is no limit
	ExpiresIn    int                     `toml:"expires_in"`    // minimum remaining days of the certificate; 0 is no limit
}

// maxSent bounds the body of a request: thousands of them are sent at once.
const maxSent = 64 << 10

// maxSecretFile bounds what is read as a secret: a larger file is something else.
const maxSecretFile = 64 << 10

// ownHeaders are those that the request sets itself.
var ownHeaders = [...]string{"Connection", "Content-Length", "Host", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

func (o *WebOptions) wrongExtras(u *url.URL) []model.Sentence {
	wrong := o.wrongHeaders()
	wrong = append(wrong, o.wrongSent()...)
	if (!o.Body.IsZero() || o.BodyFile != "") && (o.Method == "" || o.Method == http.MethodGet || o.Method == http.MethodHead) {
		wrong = append(wrong, model.Say("config.web.body_method", "key", "body"))
	}
	if o.Matches != "" && o.Contains != "" {
		wrong = append(wrong, model.Say("config.both", "key", "matches", "other", "contains"))
	}
	if _, err := regexp.Compile(o.Matches); err != nil {
		wrong = append(wrong, model.Say("config.pattern", "key", "matches", "got", o.Matches, "said", err))
	}
	switch {
	case o.ExpiresIn < 0 || o.ExpiresIn > maxDays:
		wrong = append(wrong, notBetween("expires_in", o.ExpiresIn, 0, maxDays))
	case o.ExpiresIn > 0 && u != nil && u.Scheme == "http":
		wrong = append(wrong, model.Say("config.web.no_certificate", "key", "expires_in"))
	}
	return append(wrong, o.wrongSecrets()...)
}

func (o *WebOptions) wrongHeaders() []model.Sentence {
	var wrong []model.Sentence
	headers, err := o.allHeaders()
	if err != nil {
		return []model.Sentence{wrongSecretFile("headers_file", o.HeadersFile, err)}
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			wrong = append(wrong, model.Say("config.header.name", "key", "headers", "name", name))
		case slices.Contains(ownHeaders[:], canonical):
			wrong = append(wrong, model.Say("config.header.own", "key", "headers", "name", canonical))
		case canonical == "Authorization" && (o.User != "" || !o.Bearer.IsZero() || o.BearerFile != "" || o.login() != nil):
			wrong = append(wrong, model.Say("config.header.authorization", "key", "headers"))
		case !httpguts.ValidHeaderFieldValue(headers[name].Reveal()):
			wrong = append(wrong, model.Say("config.header.value", "key", "headers", "name", canonical))
		}
	}
	return wrong
}

func (o *WebOptions) wrongSecrets() []model.Sentence {
	var wrong []model.Sentence
	password, passwordErr := o.secret(o.Password, o.PasswordFile)
	bearer, _ := o.secret(o.Bearer, o.BearerFile) // wrongSecret reports the error
	wrong = append(wrong, wrongSecret(o.around, o.Password, "password", o.PasswordFile)...)
	wrong = append(wrong, wrongSecret(o.around, o.Bearer, "bearer", o.BearerFile)...)
	switch {
	case o.User == "" && (!o.Password.IsZero() || o.PasswordFile != ""):
		wrong = append(wrong, model.Say("config.missing.user", "key", "user"))
	case o.User != "" && password == "" && passwordErr == nil:
		wrong = append(wrong, model.Say("config.login.no_password", "key", "user"))
	case o.User != "" && (!o.Bearer.IsZero() || o.BearerFile != ""):
		wrong = append(wrong, model.Say("config.both", "key", "user", "other", "bearer"))
	case o.login() != nil && (o.User != "" || !o.Bearer.IsZero() || o.BearerFile != ""):
		wrong = append(wrong, model.Say("config.web.login_twice", "key", "url"))
	case strings.Contains(o.User, ":"):
		wrong = append(wrong, model.Say("config.web.colon", "key", "user"))
	}
	if !httpguts.ValidHeaderFieldValue(bearer) {
		wrong = append(wrong, model.Say("config.web.bearer", "key", "bearer"))
	}
	return wrong
}

func (o *WebOptions) secret(value model.Secret, file string) (string, error) {
	return secretOf(o.around, value, file)
}

// header is the header of every request of the check. It must not be changed.
func (o *WebOptions) header() http.Header {
	h := plainHeader()
	headers, _ := o.allHeaders() // valid: Validate has checked it
	for name, value := range headers {
		h.Set(name, value.Reveal())
	}
	password, _ := o.secret(o.Password, o.PasswordFile) // valid: Validate has checked it
	bearer, _ := o.secret(o.Bearer, o.BearerFile)       // so is this
	switch login := o.login(); {
	case login != nil:
		password, _ = login.Password()
		h.Set("Authorization", basic(login.Username(), password))
	case o.User != "":
		h.Set("Authorization", basic(o.User, password))
	case bearer != "":
		h.Set("Authorization", "Bearer "+bearer)
	}
	return h
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// login is what the URL has before an @; nil if there is none.
func (o *WebOptions) login() *url.Userinfo {
	expanded, _ := o.around.Expand(o.URL)
	u, err := url.Parse(expanded)
	if err != nil {
		return nil
	}
	return u.User
}

func plainHeader() http.Header {
	return http.Header{"User-Agent": {"opsbot"}, "Accept": {"*/*"}, "Accept-Encoding": {"identity"}}
}

// These are shared by all checks with no other options: tens of thousands of them. They must not be changed.
var (
	sharedHeader = plainHeader()
	sharedWanted = []model.CodeRange{{From: 200, To: 299}}
)

// matcher matches a body against the pattern; nil if there is none.
func (o *WebOptions) matcher() func(p *probe, body []byte) *finding {
	pattern, err := regexp.Compile(o.Matches)
	if o.Matches == "" || err != nil { // no error: Validate has checked it
		return nil
	}
	return func(p *probe, body []byte) *finding {
		if pattern.Match(body) {
			return nil
		}
		return fail(model.ReasonWebNoMatch, "want", shortened(pattern.String()), "got", glimpse(body), "took", p.took(), "addr", p.address)
	}
}

// judgeSlow comes last: a wrong answer is worse than a late one.
func (p *probe) judgeSlow(limit time.Duration) *finding {
	if limit == 0 || time.Since(p.start) <= limit {
		return nil
	}
	return fail(model.ReasonSlow, "took", p.took(), "limit", limit.String(), "addr", p.address)
}
