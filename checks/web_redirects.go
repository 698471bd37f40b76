package checks

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// maxRedirects is the upper limit of the option: no browser follows more than 20.
const maxRedirects = 20

// redirecting are the statuses that redirect, if there is a Location.
var redirecting = [...]int{
	http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
}

// follow sends the request, and follows redirects until an answer is evaluated. All share the time of the attempt.
func (w *webCheck) follow(ctx context.Context, p *probe) *finding {
	r := &w.request
	to, failed := w.ask(ctx, p, r)
	if to == nil {
		return failed
	}
	seen := []string{r.url.String() + " "}
	for failed == nil && to != nil {
		p.landed, p.astray = shortened(to.Redacted()), p.astray || !sameHost(w.url, to)
		if p.astray {
			p.landed = shortened(withoutQuery(to))
		}
		step := to.String() + " " + p.cookies.of(to) // with other cookies it may answer otherwise
		switch {
		case slices.Contains(seen, step):
			return fail(model.ReasonWebCircle, "location", p.landed, "took", p.took())
		case len(seen) > w.redirects:
			return fail(model.ReasonWebRedirects, "max", strconv.Itoa(w.redirects), "location", p.landed)
		}
		seen = append(seen, step)
		r = w.next(r, to)
		to, failed = w.ask(ctx, p, r)
	}
	return failed
}

// leadsTo is the target of a redirect; nil for any other answer.
func leadsTo(p *probe, from *url.URL, resp *http.Response) (*url.URL, *finding) {
	location := resp.Header.Get("Location")
	if location == "" || !slices.Contains(redirecting[:], resp.StatusCode) {
		return nil, nil
	}
	to, err := from.Parse(location)
	if err != nil || asciiURL(to) != nil || to.Host == "" || (to.Scheme != "http" && to.Scheme != "https") || badAddress(withPort(to)) != nil {
		return nil, fail(model.ReasonWebRedirect, "got", strconv.Itoa(resp.StatusCode), "location", shortened(location), "addr", p.address)
	}
	to.Fragment, to.RawFragment, to.User = "", "", nil // a page does not choose our login
	return to, nil
}

// next is the request for the target of a redirect. Possible secrets are sent only to the URL's own scheme, host and
// port, and no more once a redirect has left them. The address that replaces the URL's still applies to the URL's host:
// it is that server which is checked.
func (w *webCheck) next(last *request, to *url.URL) *request {
	r := &request{url: to, method: last.method, host: to.Host, serverName: to.Hostname(), address: withPort(to), header: last.header}
	if m := last.method; m != http.MethodGet && m != http.MethodHead {
		r.method = http.MethodGet // the target of a redirect is a page; a body is sent only to the URL
	}
	switch {
	case sameOrigin(w.url, to):
		r.address = w.address
		return r
	case strings.EqualFold(to.Hostname(), w.url.Hostname()) && w.address != withPort(w.url):
		if host, _, err := net.SplitHostPort(w.address); err == nil {
			_, port, _ := net.SplitHostPort(r.address) // just joined
			r.address = net.JoinHostPort(host, port)
		}
	}
	r.header = sharedHeader
	return r
}

// withoutQuery is a URL without what a page may have put into it: a token, or words for whoever reads the reason.
func withoutQuery(u *url.URL) string {
	place := *u
	place.User, place.Fragment, place.RawFragment = nil, "", ""
	if place.RawQuery != "" {
		place.RawQuery = "…"
	}
	return place.String()
}

// sameHost reports whether a redirect stays with the requested host: by name, at the requested port or at one of the web's.
func sameHost(a, b *url.URL) bool {
	_, port, _ := net.SplitHostPort(withPort(b)) // just joined
	return strings.EqualFold(a.Hostname(), b.Hostname()) && (withPort(a) == withPort(b) || port == "80" || port == "443")
}

// excerpts are the arguments of reasons that hold a part of an answer.
var excerpts = map[model.ReasonCode][]string{
	model.ReasonWebNoMatch: {"got"}, model.ReasonWebBadAnswer: {"said"}, model.ReasonWebPacked: {"got"}, model.ReasonWebRedirect: {"location"},
	model.ReasonJSONBad: {"said", "got"}, model.ReasonJSONFalse: {"got"},
}

// withoutExcerpt leaves out what another host answered than the one that is checked: whoever runs a page could have opsbot read one to them that only
// opsbot reaches.
func withoutExcerpt(r model.Reason) model.Reason {
	for _, arg := range excerpts[r.Code] {
		r = r.Without(arg)
	}
	return r
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(withPort(a), withPort(b))
}
