package model

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// GatewayChannel begins the name of the channel of a gateway: "gateway:voice".
const GatewayChannel = "gateway:"

// GatewaySpec is the request of a gateway as it is configured: texts with fields.
type GatewaySpec struct {
	Method  string // "": POST, or GET without a body
	URL     string
	Query   map[string]string
	Headers map[string]string
	Form    map[string]string // at most one of Form, JSON, XML and Body
	JSON    string
	XML     string
	Body    string // sent as it is, with values as they are

	User, Password string // basic authentication; "": none
}

// GatewayRequest is a request that is filled with the values of a message. It is immutable and safe for concurrent use.
type GatewayRequest struct {
	method  string
	address filling
	path    int // how many of the fields of address stand in its path; the rest are in its query
	query   slots
	headers slots
	login   string // the value of Authorization; "": none

	contentType string
	form        slots
	json        *document
	text        *slot
}

// Format prints "<secret>" for every verb: a key may be anywhere in a request.
func (r *GatewayRequest) Format(f fmt.State, _ rune) {
	_, _ = f.Write([]byte(hiddenSecret)) // the printer detects a failed write itself
}

// slots are texts by name, in the order of names.
type slots []namedSlot

type namedSlot struct {
	name string
	slot
}

// FilledRequest is a request that can be sent.
type FilledRequest struct {
	Method  string
	URL     string
	Headers map[string]string
	Body    string
}

// Wrong is a mistake in a GatewaySpec, under its key in a configuration.
type Wrong struct {
	Key  string
	What Sentence
}

// specReader reads a GatewaySpec, with all its mistakes.
type specReader struct{ wrong []Wrong }

func (s *specReader) fail(key string, err error) {
	if v, ok := errors.AsType[*ValueError](err); ok {
		s.wrong = append(s.wrong, Wrong{key, v.What})
	}
}

// NewGatewayRequest reads a request, and returns all mistakes in it. Each value is escaped for where it stands: in an address, a header, a form,
// in JSON or XML, and in XML within any of these but the address.
func NewGatewayRequest(spec *GatewaySpec) (*GatewayRequest, []Wrong) {
	s := &specReader{}
	r := &GatewayRequest{method: spec.Method}
	s.address(r, spec.URL)
	r.query, r.headers, r.form = s.slots("query", spec.Query), s.headers(spec), s.slots("form", spec.Form)
	if spec.User != "" {
		r.login = "Basic " + base64.StdEncoding.EncodeToString([]byte(spec.User+":"+spec.Password))
	}
	s.body(r, spec)
	if r.method == "" {
		r.method = "POST"
		if r.contentType == "" {
			r.method = "GET"
		}
	}
	if r.method == "GET" && r.contentType != "" {
		s.fail("method", &ValueError{What: Say("config.gateway.get_body")})
	}
	return r, s.wrong
}

// addressForm is an address up to its path: no field may stand there, or values would decide who gets the request.
var addressForm = regexp.MustCompile(`^https?://[^/?#\s]+/`)

func (s *specReader) address(r *GatewayRequest, text string) {
	if text == "" {
		return // the configuration says that it is missing
	}
	f, err := newFilling(text)
	if err != nil {
		s.fail("url", err)
		return
	}
	if len(f.fields) > 0 && !addressForm.MatchString(f.pieces[0]) {
		s.fail("url", &ValueError{What: Say("config.gateway.host")})
		return
	}
	if strings.Contains(strings.Join(f.pieces, ""), "#") {
		s.fail("url", &ValueError{What: Say("config.gateway.fragment")})
		return
	}
	r.address = f
	for _, piece := range f.pieces[:len(f.fields)] {
		if strings.Contains(piece, "?") {
			break
		}
		r.path++
	}
}

func (s *specReader) slots(key string, texts map[string]string) (all slots) {
	for _, name := range SortedKeys(texts) {
		p, err := newSlot(texts[name])
		if err != nil {
			s.fail(key, err)
			continue
		}
		all = append(all, namedSlot{name, p})
	}
	return all
}

var (
	headerForm = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
	ownHeader  = regexp.MustCompile(`(?i)^(content-(length|encoding)|host|transfer-encoding|connection|trailer|upgrade|te)$`)
)

func (s *specReader) headers(spec *GatewaySpec) slots {
	for _, name := range SortedKeys(spec.Headers) {
		contentType := strings.EqualFold(name, "Content-Type") && spec.Body == ""
		switch {
		case !headerForm.MatchString(name):
			s.fail("headers", &ValueError{What: Say("config.header.name", "name", name)})
		case ownHeader.MatchString(name), contentType, spec.User != "" && strings.EqualFold(name, "Authorization"):
			s.fail("headers", &ValueError{What: Say("config.header.own", "name", name)})
		case strings.ContainsFunc(spec.Headers[name], func(r rune) bool { return r < ' ' || r == 0x7f }):
			s.fail("headers", &ValueError{What: Say("config.header.value", "name", name)})
		}
	}
	return s.slots("headers", spec.Headers)
}

// The kinds of bodies, and what each is called in a request.
const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
	xmlType  = "application/xml; charset=utf-8"
	textType = "text/plain; charset=utf-8"
)

func (s *specReader) body(r *GatewayRequest, spec *GatewaySpec) {
	first := ""
	for _, kind := range []struct {
		key string
		set bool
	}{{"form", spec.Form != nil}, {"json", spec.JSON != ""}, {"xml", spec.XML != ""}, {"body", spec.Body != ""}} {
		if kind.set && first != "" {
			s.fail(kind.key, &ValueError{What: Say("config.both", "key", first, "other", kind.key)})
			return
		}
		if kind.set {
			first = kind.key
		}
	}
	switch first {
	case "form":
		r.contentType = formType
	case "json":
		d, err := newDocument(spec.JSON)
		s.fail("json", err)
		r.json, r.contentType = &d, jsonType
	case "xml":
		s.xml(r, spec.XML)
	case "body":
		f, err := newFilling(spec.Body)
		s.fail("body", err)
		r.text, r.contentType = &slot{filling: f}, textType
	}
}

func (s *specReader) xml(r *GatewayRequest, text string) {
	r.contentType = xmlType
	f, err := newFilling(text)
	if err != nil {
		s.fail("xml", err)
		return
	}
	p, err := newXML(&f)
	s.fail("xml", err)
	r.text = &p
}

// Has reports whether a field stands anywhere in the request.
func (r *GatewayRequest) Has(field string) bool {
	in := func(all slots) bool { return slices.ContainsFunc(all, func(p namedSlot) bool { return p.has(field) }) }
	return r.address.has(field) || in(r.query) || in(r.headers) || in(r.form) || r.json != nil && r.json.has(field) || r.text != nil && r.text.has(field)
}

// ErrGatewayPath says that a value cannot stand in the path of an address, where it would lead elsewhere.
var ErrGatewayPath = errors.New("a value of the address is empty, or leads up in it")

// Fill is the request with the values of a message.
func (r *GatewayRequest) Fill(values *GatewayFields) (FilledRequest, error) {
	address, err := r.url(values)
	if err != nil {
		return FilledRequest{}, err
	}
	out := FilledRequest{Method: r.method, URL: address, Headers: map[string]string{}}
	if r.contentType != "" {
		out.Headers["Content-Type"] = r.contentType
	}
	for i := range r.headers {
		out.Headers[r.headers[i].name] = headerValue(r.headers[i].text(values))
	}
	if r.login != "" {
		out.Headers["Authorization"] = r.login
	}
	switch {
	case r.contentType == formType:
		out.Body = r.form.encode(values)
	case r.json != nil:
		out.Body, err = r.json.text(values)
	case r.text != nil:
		out.Body = r.text.text(values)
	}
	return out, err
}

func (r *GatewayRequest) url(values *GatewayFields) (string, error) {
	n := 0
	address := r.address.fill(values, func(v string) string {
		if n++; n > r.path {
			return url.QueryEscape(v)
		}
		return url.PathEscape(v)
	})
	if !r.leadsThere(address) {
		return "", ErrGatewayPath
	}
	if len(r.query) > 0 {
		sign := "?"
		if strings.Contains(address, "?") {
			sign = "&"
		}
		address += sign + r.query.encode(values)
	}
	return address, nil
}

// leadsThere reports whether the values of an address left its path as it is configured: none made a step up, or left a step out.
func (r *GatewayRequest) leadsThere(address string) bool {
	steps := func(address string) []string {
		path, _, _ := strings.Cut(address, "?")
		return strings.Split(path, "/")
	}
	meant := steps(r.address.fill(&GatewayFields{}, func(string) string { return "value" }))
	for i, step := range steps(address) {
		if i >= len(meant) || step != meant[i] && (step == "" || step == "." || step == "..") {
			return false
		}
	}
	return true
}

// encode is the texts as a form.
func (p slots) encode(values *GatewayFields) string {
	form := url.Values{}
	for i := range p {
		form.Set(p[i].name, p[i].text(values))
	}
	return form.Encode()
}

// wordBytes is how much of a text one encoded word takes: RFC 2047 allows a word 75 characters.
const wordBytes = 45

// headerValue is a text as the value of a header: as it is if a header can hold it, else in encoded words.
func headerValue(s string) string {
	strange := func(r rune) bool { return r < ' ' || r > '~' }
	if !strings.ContainsFunc(s, strange) && !strings.Contains(s, "=?") && strings.TrimSpace(s) == s {
		return s
	}
	var words []string
	for s != "" {
		part := ClipBytes(s, wordBytes)
		words = append(words, "=?UTF-8?B?"+base64.StdEncoding.EncodeToString([]byte(part))+"?=")
		s = s[len(part):]
	}
	return strings.Join(words, " ")
}
