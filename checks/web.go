package checks

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot"
)

// WebOptions are the options of kind "web": one HTTP/1.1 request on a connection of its own; redirects are not followed.
type WebOptions struct {
	URL      string             `toml:"url"`      // http:// or https://
	Address  string             `toml:"address"`  // host:port to dial in place of the URL's; Host header and SNI stay the URL's
	Method   string             `toml:"method"`   // default GET
	Status   []opsbot.CodeRange `toml:"status"`   // default 200-299
	Contains string             `toml:"contains"` // text the first MiB of the body must hold
	CAFile   string             `toml:"ca_file"`  // PEM of authorities to trust in place of the machine's
	WebExtras
	Targets // more of what stands in place of the URL's address
}

// Limits on what an answer may cost.
const (
	maxHeader = 64 << 10 // bytes; twice what nginx and Apache let through by default for one header
	maxBody   = 1 << 20  // bytes read of a body that is searched
	maxUnread = 64 << 10 // bytes read of a body that nobody asks about, to see that it comes
)

// Validate says what is wrong.
func (o *WebOptions) Validate() []string {
	var wrong []string
	expanded, missing := o.around.Expand(o.URL)
	u, err := url.Parse(expanded)
	switch {
	case o.URL == "":
		wrong = append(wrong, `url is missing: write it like "https://www.example.com/health"`)
	case len(missing) > 0:
		wrong = append(wrong, fmt.Sprintf("url %q: %s is not known: set it in [instance]", o.URL, strings.Join(missing, " and ")))
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		wrong = append(wrong, fmt.Sprintf("url %q is not an http:// or https:// address", o.URL))
	}
	wrong = append(wrong, o.wrong(o.Address)...)
	wrong = append(wrong, o.wrongRoots(o.CAFile)...)
	wrong = append(wrong, o.wrongExtras(u)...)
	if strings.ContainsFunc(o.Method, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		wrong = append(wrong, fmt.Sprintf("method %q is not an HTTP method in capitals", o.Method))
	}
	return wrong
}

// Checker makes the check.
func (o *WebOptions) Checker() opsbot.Checker { return o.judged(o.matcher()) }

// judged makes the check with a judge of the whole body; nil asks nothing of it.
func (o *WebOptions) judged(judge func(p *probe, body []byte) *finding) opsbot.Checker {
	w := webCheck{method: o.Method, wanted: o.Status, contains: []byte(o.Contains), judge: judge}
	w.header, w.slow, w.days = o.header(), time.Duration(o.SlowerThan), o.ExpiresIn
	expanded, _ := o.around.Expand(o.URL)
	w.url, _ = url.Parse(expanded)                  // valid: Validate has seen it
	w.roots, _ = readRoots(o.around.Path(o.CAFile)) // so is this
	w.host, w.serverName = w.url.Host, w.url.Hostname()
	return o.checker(o.Address, withPort(w.url), func(address string) opsbot.Checker {
		one := w
		one.address = address
		return one.withDefaults()
	})
}

// ForEndpoint makes the check of an endpoint of the inventory: it dials the endpoint's address, with the endpoint's
// server name in the Host header and in SNI. e.URL is a valid URL: the inventory has seen to that.
func ForEndpoint(e opsbot.Endpoint) *opsbot.Check {
	w := &webCheck{method: e.Method, address: e.Address, wanted: e.Wanted, contains: []byte(e.Contains), serverName: e.ServerName}
	u, err := url.Parse(e.URL)
	if err != nil {
		u = &url.URL{Scheme: "http", Host: e.Address, Path: "/"}
	}
	w.url = u
	w.host = e.ServerName
	if port := u.Port(); port != "" {
		w.host = net.JoinHostPort(e.ServerName, port)
	} else if strings.Contains(e.ServerName, ":") {
		w.host = "[" + e.ServerName + "]"
	}
	return &opsbot.Check{
		ID: e.ID(), Kind: "web", Schedule: e.Schedule, Timeout: e.Timeout, Retries: e.Retries, Checker: w.withDefaults(),
		Failures: e.Failures, Recoveries: e.Recoveries, ConfirmEvery: e.Confirm,
		Severity: opsbot.SeverityCritical, Comment: e.Comment, Labels: e.Labels, Endpoint: &e,
	}
}

func withPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// webCheck is immutable once made.
type webCheck struct {
	url        *url.URL
	method     string
	host       string // Host header
	serverName string // SNI, and the name the certificate must hold
	address    string
	wanted     []opsbot.CodeRange
	contains   []byte
	header     http.Header
	slow       time.Duration                        // 0 asks nothing
	days       int                                  // that the certificate must hold; 0 asks nothing
	roots      *x509.CertPool                       // nil is the machine's
	judge      func(p *probe, body []byte) *finding // looks at the whole body, where that is wanted; nil asks nothing
}

func (w *webCheck) withDefaults() *webCheck {
	if w.method == "" {
		w.method = http.MethodGet
	}
	if w.header == nil {
		w.header = plainHeader()
	}
	if len(w.wanted) == 0 {
		w.wanted = []opsbot.CodeRange{{From: 200, To: 299}}
	}
	return w
}

// Check asks once.
func (w *webCheck) Check(ctx context.Context) opsbot.Result {
	p := newProbe(ctx)
	conn, failed := p.dial(ctx, w.address)
	if failed != nil {
		return p.result(failed)
	}
	defer func() { _ = conn.Close() }() // the answer is judged by now
	if w.url.Scheme == "https" {
		if conn, failed = p.handshake(ctx, conn, w.serverName, w.roots); failed != nil {
			return p.result(failed)
		}
	}
	failed = w.exchange(p, conn)
	if secure, ok := conn.(*tls.Conn); ok && failed == nil && w.days > 0 {
		failed = tlsCheck{days: w.days, now: time.Now}.judge(secure.ConnectionState())
	}
	if failed == nil {
		failed = p.judgeSlow(w.slow)
	}
	return p.result(failed)
}

func (p *probe) handshake(ctx context.Context, conn net.Conn, name string, roots *x509.CertPool) (net.Conn, *finding) {
	p.phase = phaseTLS
	begun := time.Now()
	secure := tls.Client(conn, &tls.Config{ServerName: name, RootCAs: roots, MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(ctx); err != nil {
		return conn, p.explainTLS(name, err)
	}
	p.phases.TLS = time.Since(begun)
	return secure, nil
}

func (w *webCheck) exchange(p *probe, conn net.Conn) *finding {
	p.phase = phaseFirstByte
	begun := time.Now()
	req := &http.Request{
		Method: w.method, URL: w.url, Host: w.host, Close: true,
		Header: w.header,
	}
	if err := req.Write(conn); err != nil {
		return p.explain(err)
	}
	capped := &cappedReader{r: conn, left: maxHeader}
	reader := bufio.NewReader(capped)
	if _, err := reader.Peek(1); err != nil {
		return p.explain(err)
	}
	p.phases.FirstByte = time.Since(begun)
	resp, err := finalAnswer(reader, req)
	if err != nil {
		return w.unreadable(p, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if failed := w.judgeStatus(p, resp); failed != nil {
		return failed
	}
	if w.judge != nil {
		return w.judgeWhole(p, capped, resp.Body)
	}
	return w.judgeBody(p, capped, resp.Body)
}

// maxHints is how many interim answers may come before the final one; net/http takes as many.
const maxHints = 5

// finalAnswer reads past interim answers: a server may send 103 Early Hints unasked.
func finalAnswer(reader *bufio.Reader, req *http.Request) (*http.Response, error) {
	for hints := 0; ; hints++ {
		resp, err := http.ReadResponse(reader, req)
		if err != nil || resp.StatusCode/100 != 1 || resp.StatusCode == http.StatusSwitchingProtocols || hints == maxHints {
			return resp, err
		}
	}
}

func (w *webCheck) unreadable(p *probe, err error) *finding {
	switch {
	case errors.Is(err, errEndless):
		return fail(opsbot.ReasonWebTooLarge, "limit", "64 KiB", "addr", p.address)
	case isTimeout(err), errors.Is(err, io.ErrUnexpectedEOF):
		return p.explain(err)
	default:
		return fail(opsbot.ReasonWebBadAnswer, "said", shortened(err.Error()), "took", p.took(), "addr", p.address)
	}
}

// maxSaid bounds what a target's words may take of a card.
const maxSaid = 120

func shortened(s string) string {
	if len(s) <= maxSaid {
		return s
	}
	return strings.ToValidUTF8(s[:maxSaid], "") + "…"
}

func (w *webCheck) judgeStatus(p *probe, resp *http.Response) *finding {
	got := resp.StatusCode
	if slices.ContainsFunc(w.wanted, func(r opsbot.CodeRange) bool { return r.Has(got) }) {
		return nil
	}
	if to := resp.Header.Get("Location"); to != "" && got/100 == 3 {
		return fail(opsbot.ReasonWebRedirect, "got", strconv.Itoa(got), "location", shortened(to), "addr", p.address)
	}
	words := make([]string, len(w.wanted))
	for i, r := range w.wanted {
		words[i] = r.String()
	}
	return fail(opsbot.ReasonWebStatus, "got", strconv.Itoa(got), "want", strings.Join(words, ", "),
		"took", p.took(), "addr", p.address)
}

func (w *webCheck) judgeBody(p *probe, capped *cappedReader, body io.Reader) *finding {
	p.phase = phaseBody
	begun := time.Now()
	limit := maxUnread
	if len(w.contains) > 0 {
		limit = maxBody
	}
	capped.left = limit + maxHeader // room for the framing of chunks
	held, err := w.read(io.LimitReader(body, int64(limit)))
	p.phases.Body = time.Since(begun)
	if err != nil && !errors.Is(err, errEndless) { // endless: all that may be read was read
		return p.explain(err)
	}
	if len(w.contains) > 0 && !held {
		return fail(opsbot.ReasonWebBody, "want", shortened(string(w.contains)), "took", p.took(), "addr", p.address)
	}
	return nil
}

// judgeWhole reads the body whole, as far as it may be, for whoever has to see all of it.
func (w *webCheck) judgeWhole(p *probe, capped *cappedReader, r io.Reader) *finding {
	p.phase = phaseBody
	begun := time.Now()
	capped.left = maxBody + maxHeader
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	p.phases.Body = time.Since(begun)
	switch {
	case len(body) > maxBody, errors.Is(err, errEndless):
		return fail(opsbot.ReasonWebTooLarge, "limit", "1 MiB", "addr", p.address)
	case err != nil:
		return p.explain(err)
	}
	return w.judge(p, body)
}

// read reads to the end and reports whether the wanted text came by. It keeps no more than one window of the body.
func (w *webCheck) read(body io.Reader) (held bool, err error) {
	if len(w.contains) == 0 {
		_, err = io.Copy(io.Discard, body)
		return false, err
	}
	window := make([]byte, 0, 32<<10+len(w.contains))
	for {
		n, err := body.Read(window[len(window):cap(window)])
		window = window[:len(window)+n]
		if bytes.Contains(window, w.contains) {
			return true, nil
		}
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if keep := len(w.contains) - 1; len(window) == cap(window) {
			window = window[:copy(window, window[len(window)-keep:])]
		}
	}
}

// cappedReader ends a stream that has no end of its own.
type cappedReader struct {
	r    io.Reader
	left int
}

// Read errs with errEndless once the cap is used up.
func (c *cappedReader) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, errEndless
	}
	n, err := c.r.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}
