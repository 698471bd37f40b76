package moved

import (
	"encoding/base64"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// Request is a check of a web page as other monitors have it. Add makes a check of it.
type Request struct {
	URL        string
	Address    string // dialled instead of the URL's host
	Method     string
	Headers    map[string]string
	Body       string
	User       string
	Password   string
	Bearer     string
	Status     []any // statuses and ranges; none: 200-299
	Redirects  int
	Contains   string
	Matches    string
	Condition  string // makes it a check of kind json
	SlowerThan time.Duration
	ExpiresIn  int // days
	CAFile     string
	Insecure   bool // the certificate is not verified there
}

// MaxRedirects is how many redirects opsbot follows at most.
const MaxRedirects = 20

// Fill sets the keys of a check of kind web or json, and notes what differs. It returns false, with a note, if the request cannot be made.
func (r *Request) Fill(m *Moved, t *Table) bool {
	u, ok := r.parse(m, t)
	if !ok {
		return false
	}
	r.login(u)
	r.host(u)
	if r.Condition != "" {
		t.Keys[0].Value = "json"
	}
	t.Set("url", u.String()).Set("address", r.Address)
	if method := strings.ToUpper(r.Method); method != http.MethodGet {
		t.Set("method", method)
	}
	r.headers(m, t)
	r.body(m, t)
	if r.User != "" && r.Bearer == "" {
		t.Set("user", r.User).Set("password_file", Secret(r.Password))
		if r.Password == "" {
			m.Left(t.At, model.Say("movein.no_password", "user", r.User))
			return false
		}
	}
	t.Set("bearer_file", Secret(r.Bearer)).Set("status", r.Status).Set("redirects", min(r.Redirects, MaxRedirects))
	if r.Condition != "" {
		t.Set("condition", r.Condition)
	} else {
		t.Set("contains", r.Contains).Set("matches", r.Matches)
	}
	t.Duration("slower_than", r.SlowerThan)
	r.tls(m, t, u)
	return true
}

func (r *Request) parse(m *Moved, t *Table) (*url.URL, bool) {
	u, err := url.Parse(strings.TrimSpace(r.URL))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		m.Left(t.At, model.Say("movein.no_url"))
		return nil, false
	case secretQuery(u) != "":
		m.Left(t.At, model.Say("movein.secret_url", "name", secretQuery(u)))
		return nil, false
	}
	u.Fragment = ""
	return u, true
}

// login takes a login out of the URL: there it would be in plain.
func (r *Request) login(u *url.URL) {
	if u.User == nil {
		return
	}
	if r.User == "" {
		r.User = u.User.Username()
		r.Password, _ = u.User.Password()
	}
	u.User = nil
}

// host turns a header Host into what opsbot has for it: the name in the URL, and where to connect.
func (r *Request) host(u *url.URL) {
	for name, value := range r.Headers {
		if !strings.EqualFold(name, "Host") {
			continue
		}
		if value = strings.TrimSpace(value); r.Address == "" && value != "" && !strings.EqualFold(value, u.Host) {
			port := u.Port()
			if port == "" {
				port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
			}
			r.Address = net.JoinHostPort(u.Hostname(), port)
			u.Host = value
		}
		r.Headers = maps.Clone(r.Headers)
		delete(r.Headers, name)
	}
}

// ownHeaders are those that opsbot sets itself.
var ownHeaders = []string{"Connection", "Content-Length", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Accept-Encoding"}

// headers go into a file: the configuration takes each for a secret, and many are.
func (r *Request) headers(m *Moved, t *Table) {
	var lines []string
	typed := false
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		value, canonical := strings.TrimSpace(r.Headers[name]), http.CanonicalHeaderKey(strings.TrimSpace(name))
		switch {
		case canonical == "" || slices.Contains(ownHeaders, canonical):
			m.Differs(t.At, model.Say("movein.own_header", "name", canonical))
		case canonical == "Authorization" && r.authorization(value):
		case slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, canonical+": ") }): // in other letters
		default:
			typed = typed || canonical == "Content-Type"
			lines = append(lines, canonical+": "+oneLine(value))
		}
	}
	if !typed && strings.HasPrefix(strings.TrimSpace(r.Body), "{") && r.hasBody() {
		lines = append(lines, "Content-Type: application/json")
	}
	t.Set("headers_file", Secret(strings.Join(lines, "\n")))
}

// authorization takes a login or a token from the header. It reports whether it could.
func (r *Request) authorization(value string) bool {
	scheme, rest, _ := strings.Cut(value, " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(scheme) {
	case "bearer":
		r.Bearer = rest
		return rest != ""
	case "basic":
		data, err := base64.StdEncoding.DecodeString(rest)
		user, password, both := strings.Cut(string(data), ":")
		if err != nil || !both || user == "" || password == "" {
			return false
		}
		r.User, r.Password = user, password
		return true
	default:
		return false
	}
}

// hasBody reports whether the request's method may have a body.
func (r *Request) hasBody() bool {
	method := strings.ToUpper(r.Method)
	return method != "" && method != http.MethodGet && method != http.MethodHead
}

// body goes into a file, as headers do.
func (r *Request) body(m *Moved, t *Table) {
	switch {
	case r.Body == "":
	case r.hasBody():
		t.Set("body_file", Secret(r.Body))
	default:
		m.Differs(t.At, model.Say("movein.body_of_get"))
	}
}

func (r *Request) tls(m *Moved, t *Table, u *url.URL) {
	if u.Scheme != "https" {
		return
	}
	t.Set("expires_in", r.ExpiresIn).Set("ca_file", r.CAFile)
	if r.Insecure {
		m.Differs(t.At, model.Say("movein.insecure"))
	}
}

// secretWords are in the names of headers, of parameters and of fields that hold secrets.
var secretWords = regexp.MustCompile(`(?i)auth|token|secret|passw|pwd|api.?key|apikey|\bkey\b|[-_]key|session|cookie|credential|signature|private`)

// longWord is what a person would not write: a key, a hash.
var longWord = regexp.MustCompile(`[A-Za-z0-9+/_=-]{24,}`)

// Secretive reports whether a text seems to hold a secret.
func Secretive(text string) bool {
	if secretWords.MatchString(text) {
		return true
	}
	for _, word := range longWord.FindAllString(text, -1) {
		if strings.ContainsAny(word, "0123456789") && strings.ContainsFunc(word, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }) {
			return true
		}
	}
	return false
}

// secretQuery is the parameter of an address that holds a secret; "" for none.
func secretQuery(u *url.URL) string {
	query := u.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if secretWords.MatchString(name) && query.Get(name) != "" {
			return name
		}
	}
	return ""
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Address is host:port; a host with brackets keeps them.
func Address(host, port string) string {
	return net.JoinHostPort(strings.Trim(strings.TrimSpace(host), "[]"), port)
}

// Shown is a value as a note may show it: not at all if it seems to hold a secret.
func Shown(value string) string {
	if Secretive(value) || strings.Contains(value, "@") {
		return "<secret>"
	}
	return model.Clip(oneLine(value), maxPlace)
}
