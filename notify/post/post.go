// Package post sends a JSON document to a web address, and classifies failures.
//
// It must not know the content of the document. None of its errors contains the address: that may be a secret.
package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"opsbot/model"
)

// Poster posts to one address. Create one with New; it is safe for concurrent use.
type Poster struct {
	url    model.Secret
	client *http.Client
	now    func() time.Time
}

// New returns a Poster. roots are the only trusted authorities; nil are the machine's. now is for an answer that asks to
// wait until a time.
func New(address model.Secret, roots *x509.CertPool, now func() time.Time) *Poster {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true, MaxIdleConns: 4, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
	}
	return &Poster{url: address, now: now, client: &http.Client{
		Transport: transport,
		// A redirect would pass the document and its headers to an address that was not configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Close closes idle connections.
func (p *Poster) Close() { p.client.CloseIdleConnections() }

// The limits of waits that a receiver asks for. Without a time it is the first pause of a flood.
const (
	leastWait  = time.Second
	mostWait   = time.Hour
	floodPause = 30 * time.Second
)

// maxAnswer is how much of an answer is read, so that the connection can be reused.
const maxAnswer = 64 << 10

// Post posts a document with additional headers. Its error is an *model.SendError.
func (p *Poster) Post(ctx context.Context, body []byte, header http.Header) error {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url.Reveal(), bytes.NewReader(body))
	if err != nil {
		return &model.SendError{Failure: model.SendRefused, Err: errors.New("the address cannot be used")}
	}
	req.GetBody = nil // whoever marks repeats sends it again
	for key, values := range header {
		req.Header[key] = values
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := p.client.Do(req)
	if err != nil {
		failure := model.SendAmbiguous
		if !connected.Load() {
			failure = model.SendNotSent
		}
		return &model.SendError{Failure: failure, Err: p.withoutURL(err, header)}
	}
	defer func() { _ = resp.Body.Close() }() // the status is enough
	said, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return p.judge(resp, p.inBrief(said, header))
}

// judge turns an answer into a failure; nil if it accepted the document.
func (p *Poster) judge(resp *http.Response, said string) error {
	wait, asked := p.retryAfter(resp.Header.Get("Retry-After"))
	fail := func(failure model.SendFailure) error {
		return &model.SendError{Failure: failure, RetryAfter: wait, Err: fmt.Errorf("HTTP %d%s", resp.StatusCode, said)}
	}
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable && asked:
		return fail(model.SendFlood)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code >= 500:
		wait = 0
		return fail(model.SendAmbiguous)
	case code == http.StatusBadRequest, code == http.StatusRequestEntityTooLarge, code == http.StatusUnprocessableEntity:
		wait = 0
		return fail(model.SendBad)
	default: // a login, an address that is gone or moved: the document is fine, somebody has to fix the configuration
		wait = 0
		return fail(model.SendRefused)
	}
}

// retryAfter parses how long a receiver asks to wait: seconds, or a time.
func (p *Poster) retryAfter(text string) (wait time.Duration, asked bool) {
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
	return min(max(at.Sub(p.now()), leastWait), mostWait), true
}

// maxBrief is how much of an answer an error contains.
const maxBrief = 120 // characters

// inBrief is the beginning of an answer, for debugging; nothing if it repeats the address or a header's value.
func (p *Poster) inBrief(said []byte, header http.Header) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(said), "")), " ")
	if text == "" || p.leaks(text, header) {
		return ""
	}
	return ": " + model.Clip(text, maxBrief)
}

// leaks reports whether a text contains a possible secret: a longer word of the address after its host, or of a header,
// encoded or decoded.
func (p *Poster) leaks(text string, header http.Header) bool {
	parsed, err := url.Parse(p.url.Reveal())
	if err != nil {
		return true
	}
	login, _ := parsed.User.Password()
	login = parsed.User.Username() + ":" + login
	secrets := []string{parsed.RequestURI(), parsed.Path, login, base64.StdEncoding.EncodeToString([]byte(login)), parsed.User.String()}
	for key, values := range parsed.Query() {
		secrets = append(secrets, key, strings.Join(values, " "))
	}
	for _, values := range header {
		secrets = append(secrets, values...)
	}
	words := strings.FieldsFunc(strings.Join(secrets, " "), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
	})
	return slices.ContainsFunc(words, func(word string) bool { return len(word) >= leastSecret && strings.Contains(text, word) })
}

// leastSecret is the minimum length of a word that is searched for in answers: shorter ones are in many.
const leastSecret = 6

// withoutURL is an error of net/http without the address.
func (p *Poster) withoutURL(err error, header http.Header) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if p.leaks(err.Error(), header) {
		return errors.New("the answer cannot be used")
	}
	return err
}
