package checks

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// cookies are those that pages set on the way of one request through its redirects, as in a browser: some redirect to themselves until
// their cookie comes. The zero value is empty.
type cookies struct{ jar *cookiejar.Jar }

// keep takes what an answer sets.
func (c *cookies) keep(from *url.URL, resp *http.Response) {
	set := resp.Cookies()
	if len(set) == 0 {
		return
	}
	if c.jar == nil {
		c.jar, _ = cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}) // it never fails
	}
	c.jar.SetCookies(from, set)
}

// of is the Cookie header for a URL; "" is none.
func (c *cookies) of(to *url.URL) string {
	if c.jar == nil {
		return ""
	}
	var pairs []string
	for _, cookie := range c.jar.Cookies(to) {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(pairs, "; ")
}

// added is a request's header with the cookies of its URL after its own.
func (c *cookies) added(header http.Header, to *url.URL) http.Header {
	pairs := c.of(to)
	if pairs == "" {
		return header
	}
	header = header.Clone()
	if own := header.Get("Cookie"); own != "" {
		pairs = own + "; " + pairs
	}
	header.Set("Cookie", pairs)
	return header
}
