// Package httpclient is the HTTP client of event sources' APIs: it logs in, bounds what it reads and how long it waits, follows no
// redirect, and returns failures as inbound.Fault. It must not know what is requested.
package httpclient

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

// Defaults of Options.
const (
	DefaultTimeout = 20 * time.Second
	DefaultMaxBody = 64 << 20 // 100,000 alerts of Alertmanager, or the services of a large Icinga with few attributes
)

// maxRefusal bounds what is kept of the body of an unsuccessful answer.
const maxRefusal = 64 << 10

// Options configure a client of one source. The zero value has no login.
type Options struct {
	User         string
	Password     model.Secret
	Token        model.Secret      // bearer token; used if User is ""
	Roots        *x509.CertPool    // nil are the machine's
	Certificates []tls.Certificate // of the client
	ServerName   string            // in the server's certificate; "": the host of the address
	Timeout      time.Duration     // of one request with its answer; 0 is DefaultTimeout
	MaxBody      int64             // of an answer, unpacked, in bytes; 0 is DefaultMaxBody
}

// Client is the client of one source. It is safe for concurrent use.
type Client struct {
	o      Options
	client *http.Client
}

// New returns a Client. It does not connect yet.
func New(o Options) *Client {
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	o.MaxBody = cmp.Or(o.MaxBody, DefaultMaxBody)
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: o.Timeout, KeepAlive: 15 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: o.Roots, ServerName: o.ServerName, Certificates: o.Certificates, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    o.Timeout,
		ResponseHeaderTimeout:  o.Timeout,
		MaxResponseHeaderBytes: maxRefusal,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        time.Minute,
	}
	// A login must not follow a redirect to another address; a source that redirects has a wrong address configured.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{o: o, client: &http.Client{Transport: transport, CheckRedirect: stay}}
}

// Close closes idle connections.
func (a *Client) Close() { a.client.CloseIdleConnections() }

// Request is one request.
type Request struct {
	Method string // "" is GET, or POST with a Body
	URL    string
	Header http.Header // in addition to the login, Accept and Content-Type
	Body   any         // sent as JSON; nil sends none
	// Bare omits the login.
	Bare bool
}

// Refusal is an unsuccessful answer. It is in the chain of the *inbound.Fault for such an answer.
type Refusal struct {
	Code int
	Body []byte // its beginning, at most 64 KiB, for clients to inspect; it is not part of Error
}

// Error returns, for example, `503 Service Unavailable`.
func (r *Refusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Code, http.StatusText(r.Code)))
}

// JSON sends a request and decodes the answer into a value; nil discards it. Errors are *inbound.Fault.
func (a *Client) JSON(ctx context.Context, q Request, into any) error {
	ctx, cancel := context.WithTimeout(ctx, a.o.Timeout)
	defer cancel()
	answer, err := a.do(ctx, q)
	if err != nil {
		return err
	}
	defer drop(answer)
	body, err := io.ReadAll(io.LimitReader(answer, a.o.MaxBody+1))
	switch {
	case err != nil:
		return away(err)
	case int64(len(body)) > a.o.MaxBody:
		return Garbage(fmt.Errorf("an answer of over %d bytes", a.o.MaxBody))
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return Garbage(err)
	}
	return nil
}

// Open sends a request and returns the answer's body as a stream, until ctx ends: only its beginning is bounded in time. The caller
// closes it, bounds what it reads, and turns its own errors into Faults by Away and Garbage. Errors are *inbound.Fault.
func (a *Client) Open(ctx context.Context, q Request) (io.ReadCloser, error) {
	return a.do(ctx, q)
}

// do sends a request and returns the body of a success.
func (a *Client) do(ctx context.Context, q Request) (io.ReadCloser, error) {
	request, err := a.request(ctx, q)
	if err != nil {
		return nil, Garbage(err)
	}
	answer, err := a.client.Do(request)
	if err != nil {
		return nil, away(err)
	}
	if answer.StatusCode >= 200 && answer.StatusCode <= 299 {
		return answer.Body, nil
	}
	defer time.AfterFunc(a.o.Timeout, func() { _ = answer.Body.Close() }).Stop() // its reader gets an error then
	defer drop(answer.Body)
	refusal := &Refusal{Code: answer.StatusCode}
	// A read error does not change the refusal.
	refusal.Body, _ = io.ReadAll(io.LimitReader(answer.Body, maxRefusal))
	return nil, refused(refusal)
}

func (a *Client) request(ctx context.Context, q Request) (*http.Request, error) {
	method, body := cmp.Or(q.Method, http.MethodGet), io.Reader(http.NoBody)
	if q.Body != nil {
		text, err := json.Marshal(q.Body)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		method, body = cmp.Or(q.Method, http.MethodPost), bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, q.URL, body)
	if err != nil {
		return nil, fmt.Errorf("build the request: %w", bare(err))
	}
	if q.Header != nil {
		request.Header = q.Header.Clone()
	}
	a.describe(request, q)
	return request, nil
}

func (a *Client) describe(request *http.Request, q Request) {
	request.Header.Set("User-Agent", "opsbot")
	if request.Header.Get("Accept") == "" {
		request.Header.Set("Accept", "application/json")
	}
	if q.Body != nil && request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	switch {
	case q.Bare || request.Header.Get("Authorization") != "":
	case a.o.User != "":
		request.SetBasicAuth(a.o.User, a.o.Password.Reveal())
	case !a.o.Token.IsZero():
		request.Header.Set("Authorization", "Bearer "+a.o.Token.Reveal())
	}
}

// refused classifies unsuccessful answers: 401 and 403 reject our credentials, what a proxy says of a server that is down or a server
// of being overloaded means that it is away, everything else is not what the API should answer.
func refused(r *Refusal) *inbound.Fault {
	code := model.ReasonSourceGarbage
	switch r.Code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		code = model.ReasonSourceRefuses
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		code = model.ReasonSourceAway
	}
	return fault(code, r)
}

// Away is the Fault of a source that does not answer.
func Away(err error) *inbound.Fault { return fault(model.ReasonSourceAway, bare(err)) }

// Refuses is the Fault of a source that rejects our credentials without an HTTP status for it.
func Refuses(err error) *inbound.Fault { return fault(model.ReasonSourceRefuses, bare(err)) }

// Garbage is the Fault of a source whose answer is invalid.
func Garbage(err error) *inbound.Fault { return fault(model.ReasonSourceGarbage, bare(err)) }

func away(err error) error { return Away(err) }

// bare removes the address from an error of net/http: it may contain a password.
func bare(err error) error {
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // only the outermost one writes the address
		return u.Err
	}
	return err
}

// inWords removes Go's operation names from a network error: "dial tcp 10.0.0.9:5665: connect: connection refused" becomes
// "connection refused (10.0.0.9:5665)".
func inWords(err error) string {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return "no answer in time"
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return "DNS: " + e.Err + " (" + e.Name + ")"
	}
	e, isNet := errors.AsType[*net.OpError](err)
	number, hasNumber := errors.AsType[syscall.Errno](err)
	switch {
	case isNet && hasNumber && e.Addr != nil:
		return number.Error() + " (" + e.Addr.String() + ")"
	case isNet && hasNumber:
		return number.Error()
	default:
		return err.Error()
	}
}

// maxSaid bounds an error's text in a Reason, in bytes.
const maxSaid = 200

func fault(code model.ReasonCode, err error) *inbound.Fault {
	said := strings.Join(strings.Fields(inWords(err)), " ")
	return &inbound.Fault{Reason: model.NewReason(code, "said", strings.ToValidUTF8(said[:min(len(said), maxSaid)], "")), Err: err}
}

// drop reads a little of the rest, so that the connection can be reused, and closes.
func drop(body io.ReadCloser) {
	// Errors do not matter here.
	_, _ = io.CopyN(io.Discard, body, maxRefusal)
	_ = body.Close()
}
