package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"opsbot/model"
)

// Client sends requests to addresses that may be secret. Create one with NewClient; it is safe for concurrent use.
type Client struct {
	http *http.Client
	now  func() time.Time
}

// NewClient returns a Client. roots are the only trusted authorities; nil are the machine's. now is for an answer that asks to wait until a time.
func NewClient(roots *x509.CertPool, now func() time.Time) *Client {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true, MaxIdleConns: 4, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
	}
	return &Client{now: now, http: &http.Client{
		Transport: transport,
		// A redirect would pass the document and its headers to an address that was not configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Request is a request. Nothing but its address, its header and its body is sent.
type Request struct {
	Method string
	URL    model.Secret
	Header http.Header
	Body   []byte
}

// Answer is the answer to a request: its status, the beginning of its body, and how long it asks to wait, if it does.
type Answer struct {
	Status int
	Body   []byte
	Wait   time.Duration
	Asked  bool // to wait
}

// Do sends a request, and follows no redirect. Its error is an *model.SendError: there was no answer.
func (c *Client) Do(ctx context.Context, r *Request) (*Answer, error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL.Reveal(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, &model.SendError{Failure: model.SendRefused, Err: errors.New("the address cannot be used")}
	}
	req.GetBody = nil // whoever marks repeats sends it again
	for key, values := range r.Header {
		req.Header[key] = values
	}
	resp, err := c.http.Do(req)
	if err != nil {
		failure := model.SendAmbiguous
		if !connected.Load() {
			failure = model.SendNotSent
		}
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address
		}
		return nil, &model.SendError{Failure: failure, Err: err}
	}
	defer func() { _ = resp.Body.Close() }() // the status is enough
	said, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	a := &Answer{Status: resp.StatusCode, Body: said}
	a.Wait, a.Asked = c.retryAfter(resp.Header.Get("Retry-After"))
	return a, nil
}

// retryAfter parses how long a receiver asks to wait: seconds, or a time.
func (c *Client) retryAfter(text string) (wait time.Duration, asked bool) {
	if text == "" {
		return floodPause, false
	}
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
		return min(max(time.Duration(min(n, int(mostWait/time.Second)))*time.Second, leastWait), mostWait), true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return floodPause, false
	}
	return min(max(at.Sub(c.now()), leastWait), mostWait), true
}

// Failure is what an answer means for what was sent; "" if it was accepted. Only a flood has a wait.
func (a *Answer) Failure() model.SendFailure {
	switch code := a.Status; {
	case code >= 200 && code < 300:
		return ""
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable && a.Asked:
		return model.SendFlood
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code >= 500:
		return model.SendAmbiguous
	case code == http.StatusBadRequest, code == http.StatusRequestEntityTooLarge, code == http.StatusUnprocessableEntity:
		return model.SendBad
	default: // a login, an address that is gone or moved: the document is fine, somebody has to fix the configuration
		return model.SendRefused
	}
}

// Err is the error of a failure, with what the receiver said.
func (a *Answer) Err(failure model.SendFailure, said string) *model.SendError {
	text := "HTTP " + strconv.Itoa(a.Status)
	if said != "" {
		text += ": " + said
	}
	e := &model.SendError{Failure: failure, Err: errors.New(text)}
	if failure == model.SendFlood {
		e.RetryAfter = a.Wait
	}
	return e
}

// Text is the body as one line of text.
func (a *Answer) Text() string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(string(a.Body), "")), " ")
}

// Brief is the beginning of a text, for an error.
func Brief(text string) string { return model.Clip(text, maxBrief) }
