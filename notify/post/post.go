// Package post sends a JSON document to a web address, and classifies failures.
//
// It must not know the content of the document. None of its errors contains the address: that may be a secret.
package post

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"opsbot/model"
)

// Poster posts to one address. Create one with New; it is safe for concurrent use.
type Poster struct {
	url    model.Secret
	client *Client
}

// New returns a Poster. roots are the only trusted authorities; nil are the machine's. now is for an answer that asks to
// wait until a time.
func New(address model.Secret, roots *x509.CertPool, now func() time.Time) *Poster {
	return &Poster{url: address, client: NewClient(roots, now)}
}

// Close closes idle connections.
func (p *Poster) Close() { p.client.Close() }

// The limits of waits that a receiver asks for. Without a time it is the first pause of a flood.
const (
	leastWait  = time.Second
	mostWait   = time.Hour
	floodPause = 30 * time.Second
)

const (
	maxAnswer = 64 << 10 // how much of an answer is read, so that the connection can be reused
	maxBrief  = 120      // characters of an answer that an error contains
)

// Post posts a document with additional headers. Its error is an *model.SendError.
func (p *Poster) Post(ctx context.Context, body []byte, header http.Header) error {
	whole := header.Clone()
	if whole == nil {
		whole = http.Header{}
	}
	whole.Set("Content-Type", "application/json; charset=utf-8")
	answer, err := p.client.Do(ctx, &Request{Method: http.MethodPost, URL: p.url, Header: whole, Body: body})
	if err != nil {
		return p.withoutSecrets(err, header)
	}
	failure := answer.Failure()
	if failure == "" {
		return nil
	}
	said := answer.Text()
	if p.leaks(said, header) {
		said = ""
	}
	return answer.Err(failure, Brief(said))
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

// withoutSecrets is the error of a request, with none of the words of its address and headers.
func (p *Poster) withoutSecrets(err error, header http.Header) error {
	e, ok := errors.AsType[*model.SendError](err)
	if ok && p.leaks(e.Err.Error(), header) {
		e.Err = errors.New("the answer cannot be used")
	}
	return err
}
