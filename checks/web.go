package checks

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"opsbot/model"
)

// WebOptions are the options of kind "web": one HTTP/1.1 request on a connection of its own, and one for each redirect that
// may be followed.
type WebOptions struct {
	URL       string            `toml:"url" endpoint:"no"`     // http:// or https://
	Address   string            `toml:"address" endpoint:"no"` // host:port to dial instead of the URL's; Host header and SNI stay the URL's
	Method    string            `toml:"method"`                // default GET
	Status    []model.CodeRange `toml:"status"`                // default 200-299
	Contains  string            `toml:"contains"`              // text that the first MiB of the body must contain
	CAFile    string            `toml:"ca_file"`               // PEM of authorities to trust instead of the machine's
	Redirects int               `toml:"redirects"`             // how many may be followed; default none
	WebExtras
	Targets `endpoint:"no"` // more that replaces the URL's address

	reach *model.Reach
}

// SetReach implements ReachUser.
func (o *WebOptions) SetReach(reach model.Reach) { o.reach = &reach }

// Validate returns what is wrong.
func (o *WebOptions) Validate() []model.Sentence {
	var wrong []model.Sentence
	expanded, missing := o.around.Expand(o.URL)
	u, err := url.Parse(expanded)
	switch {
	case o.URL == "":
		wrong = append(wrong, model.Say("config.missing.like", "key", "url", "example", "https://www.example.com/health"))
	case len(missing) > 0:
		wrong = append(wrong, model.Say("config.not_known", "key", "url", "got", model.WithoutLogin(o.URL), "missing", missing))
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || asciiURL(u) != nil:
		wrong = append(wrong, model.Say("config.url", "key", "url", "got", model.WithoutLogin(o.URL)))
	}
	wrong = append(wrong, o.wrong(o.Address)...)
	wrong = append(wrong, o.wrongRoots(o.CAFile)...)
	wrong = append(wrong, o.wrongExtras(u)...)
	if o.Redirects < 0 || o.Redirects > maxRedirects {
		wrong = append(wrong, notBetween("redirects", o.Redirects, 0, maxRedirects))
	}
	if strings.ContainsFunc(o.Method, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		wrong = append(wrong, model.Say("config.value.method", "key", "method", "got", o.Method))
	}
	return wrong
}

// Checker returns the check.
func (o *WebOptions) Checker() model.Checker { return o.judged(o.matcher()) }

// judged returns the check with a judge of the whole body; nil sets no condition.
func (o *WebOptions) judged(judge func(p *probe, body []byte) *finding) model.Checker {
	w := webCheck{wanted: o.Status, contains: o.Contains, judge: judge, names: o.names, redirects: o.Redirects, reach: o.reach}
	w.body = o.sent()
	w.method, w.header, w.slow, w.days = o.Method, o.header(), time.Duration(o.SlowerThan), o.ExpiresIn
	expanded, _ := o.around.Expand(o.URL)
	w.url, _ = url.Parse(expanded)                  // valid: Validate has checked it
	_ = asciiURL(w.url)                             // so is this
	w.url.User = nil                                // it is in the header
	w.roots, _ = readRoots(o.around.Path(o.CAFile)) // so is this
	w.host, w.serverName = w.url.Host, w.url.Hostname()
	return o.checker(o.Address, withPort(w.url), func(address string) model.Checker {
		one := w
		one.address = address
		return one.withDefaults()
	})
}

func withPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// request is a request and its target. It is immutable once built.
type request struct {
	url        *url.URL
	method     string
	host       string // Host header
	serverName string // SNI, and the name that the certificate must have
	address    string // dialled
	header     http.Header
	body       string
	bytes      []byte // as it is sent; nil: not yet encoded
}

// encoded is the request as it is sent.
func (r *request) encoded() ([]byte, error) {
	if r.bytes != nil {
		return r.bytes, nil
	}
	req := &http.Request{Method: r.method, URL: r.url, Host: r.host, Close: true, Header: r.header}
	if r.body != "" {
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(r.body)), int64(len(r.body))
	}
	var b bytes.Buffer
	if err := req.Write(&b); err != nil {
		return nil, err
	}
	return bytes.Clone(b.Bytes()), nil
}

// with is the request with the cookies of its URL.
func (r *request) with(c *cookies) *request {
	if c.of(r.url) == "" {
		return r
	}
	with := *r
	with.header, with.bytes = c.added(r.header, r.url), nil
	return &with
}

// webCheck is immutable once built.
type webCheck struct {
	request
	wanted    []model.CodeRange
	contains  string
	redirects int                                  // maximum to follow
	slow      time.Duration                        // 0 is no limit
	days      int                                  // remaining days of the certificate; 0 is no limit
	roots     *authorities                         // nil is the machine's
	names     *Names                               // nil: no cache
	reach     *model.Reach                         // of redirects; nil: anywhere
	judge     func(p *probe, body []byte) *finding // evaluates the whole body, as text, if set
}

func (w *webCheck) withDefaults() *webCheck {
	if w.method == "" {
		w.method = http.MethodGet
	}
	if w.header == nil {
		w.header = sharedHeader
	}
	if len(w.wanted) == 0 {
		w.wanted = sharedWanted
	}
	w.bytes, _ = w.encoded() // else the check says why
	return w
}

func (w *webCheck) at(address string) model.Checker {
	moved := *w
	moved.address = address
	return &moved
}

// Check sends the request, and follows redirects up to the limit.
func (w *webCheck) Check(ctx context.Context) model.Result {
	p := newProbe(ctx, w.names)
	failed := w.follow(ctx, p)
	if failed == nil {
		failed = p.judgeSlow(w.slow)
	}
	return p.result(failed)
}

// ask sends one request on a connection of its own. The answer is evaluated, unless it is a redirect that may be followed:
// then to is its target.
func (w *webCheck) ask(ctx context.Context, p *probe, r *request) (to *url.URL, failed *finding) {
	p.reach = nil
	if r.address != w.address {
		p.reach = w.reach
	}
	conn, failed := p.dial(ctx, r.address)
	if failed != nil {
		return nil, failed
	}
	defer func() { _ = conn.Close() }() // the answer is evaluated by now
	if r.url.Scheme != "https" {
		return w.exchange(p, conn, r)
	}
	conn, expires, failed := p.handshake(ctx, conn, r.serverName, w.roots)
	if failed != nil {
		return nil, failed
	}
	to, failed = w.exchange(p, conn, r)
	if failed == nil && w.days > 0 {
		failed = tlsCheck{days: w.days, now: time.Now}.judge(expires)
	}
	return to, failed
}
