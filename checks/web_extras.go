package checks

import (
	"encoding/base64"
	"fmt"
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
	Headers      map[string]model.Secret `toml:"headers"`       // sent with the request; values may be keys, so none is shown
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

func (o *WebOptions) wrongExtras(u *url.URL) []string {
	wrong := o.wrongHeaders()
	if !o.Body.IsZero() && (o.Method == "" || o.Method == http.MethodGet || o.Method == http.MethodHead) {
		wrong = append(wrong, `body needs a method that sends one, like "POST"`)
	}
	if len(o.Body.Reveal()) > maxSent {
		wrong = append(wrong, fmt.Sprintf("body is over %d KiB", maxSent>>10))
	}
	if o.Matches != "" && o.Contains != "" {
		wrong = append(wrong, "matches and contains ask the same body: keep one")
	}
	if _, err := regexp.Compile(o.Matches); err != nil {
		wrong = append(wrong, fmt.Sprintf("matches %q: %s", o.Matches, err))
	}
	switch {
	case o.ExpiresIn < 0 || o.ExpiresIn > 3650:
		wrong = append(wrong, fmt.Sprintf("expires_in %d is not a number from 0 to 3650", o.ExpiresIn))
	case o.ExpiresIn > 0 && u != nil && u.Scheme == "http":
		wrong = append(wrong, "expires_in asks for a certificate, which http:// has not")
	}
	return append(wrong, o.wrongSecrets()...)
}

func (o *WebOptions) wrongHeaders() []string {
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(o.Headers)) {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			wrong = append(wrong, fmt.Sprintf("headers: %q is not the name of a header", name))
		case slices.Contains(ownHeaders[:], canonical):
			wrong = append(wrong, fmt.Sprintf("headers: %s is made from url and address", canonical))
		case canonical == "Authorization" && (o.User != "" || !o.Bearer.IsZero() || o.BearerFile != ""):
			wrong = append(wrong, "headers: Authorization stands beside user or bearer: keep one")
		case !httpguts.ValidHeaderFieldValue(o.Headers[name].Reveal()):
			wrong = append(wrong, fmt.Sprintf("headers: the value of %s holds what no header may", canonical))
		}
	}
	return wrong
}

func (o *WebOptions) wrongSecrets() []string {
	var wrong []string
	password, passwordErr := o.secret(o.Password, o.PasswordFile)
	bearer, bearerErr := o.secret(o.Bearer, o.BearerFile)
	if passwordErr != nil {
		wrong = append(wrong, "password_file: "+passwordErr.Error())
	}
	if bearerErr != nil {
		wrong = append(wrong, "bearer_file: "+bearerErr.Error())
	}
	switch {
	case o.User == "" && (!o.Password.IsZero() || o.PasswordFile != ""):
		wrong = append(wrong, "user is missing beside its password")
	case o.User != "" && password == "" && passwordErr == nil:
		wrong = append(wrong, "user needs password or password_file")
	case o.User != "" && (!o.Bearer.IsZero() || o.BearerFile != ""):
		wrong = append(wrong, "user and bearer are two ways to say who we are: keep one")
	case strings.Contains(o.User, ":"):
		wrong = append(wrong, "user holds a colon, which ends it in basic authentication")
	}
	if !httpguts.ValidHeaderFieldValue(bearer) {
		wrong = append(wrong, "bearer holds what no header may")
	}
	return wrong
}

func (o *WebOptions) secret(value model.Secret, file string) (string, error) {
	return secretOf(o.around, value, file)
}

// header is the header of every request of the check. It must not be changed.
func (o *WebOptions) header() http.Header {
	h := plainHeader()
	for name, value := range o.Headers {
		h.Set(name, value.Reveal())
	}
	password, _ := o.secret(o.Password, o.PasswordFile) // valid: Validate has checked it
	bearer, _ := o.secret(o.Bearer, o.BearerFile)       // so is this
	switch {
	case o.User != "":
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(o.User+":"+password)))
	case bearer != "":
		h.Set("Authorization", "Bearer "+bearer)
	}
	return h
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
