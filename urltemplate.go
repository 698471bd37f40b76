package opsbot

import (
	"net/url"
	"strings"
)

// URLTemplate is the URL of an endpoint with places for what differs: {host} {port} {path} {domain} {client}.
type URLTemplate string

// URLFacts are what a URLTemplate is filled with.
type URLFacts struct {
	Host   string // {host}: an address, IPv6 in brackets, or a name
	Port   string
	Path   string
	Domain string
	Client string
}

const urlHint = `a URL like "http://{host}:{port}{path}"; places are {host}, {port}, {path}, {domain}, {client}`

// UnmarshalText accepts a template that gives an http or https URL.
func (t *URLTemplate) UnmarshalText(text []byte) error {
	v := URLTemplate(text)
	sample := URLFacts{Host: "192.0.2.1", Port: "80", Path: "/", Domain: "example.com", Client: "client"}
	u, err := url.Parse(v.Expand(sample))
	if err == nil && u.User != nil {
		return &ValueError{What: "url", Got: u.Redacted(), Hint: "a user and password in it would be shown to everybody"}
	}
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
		strings.ContainsAny(v.Expand(sample), "{} ") {
		return &ValueError{What: "url", Got: string(text), Hint: urlHint}
	}
	*t = v
	return nil
}

// Expand fills the places in. Client is escaped for a path, the rest goes in as it is.
func (t URLTemplate) Expand(f URLFacts) string {
	if !strings.Contains(string(t), "{") {
		return string(t)
	}
	return strings.NewReplacer("{host}", f.Host, "{port}", f.Port, "{path}", f.Path, "{domain}", f.Domain,
		"{client}", url.PathEscape(f.Client)).Replace(string(t))
}

// Has reports whether the template holds a place: "port".
func (t URLTemplate) Has(place string) bool { return strings.Contains(string(t), "{"+place+"}") }
