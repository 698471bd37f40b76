package cli

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// watched is the first thing to check: a page, or a port.
type watched struct {
	URL    string // of a page; "" for a port
	Host   string
	Port   string
	Client string // whose page it is; "" for a check alone
}

// parseWatched reads a URL or "host:port"; ok is false for anything else.
func parseWatched(text string) (w *watched, ok bool) {
	if host, port, err := net.SplitHostPort(text); err == nil && !strings.Contains(text, "/") {
		n, err := strconv.Atoi(port)
		return &watched{Host: host, Port: port}, err == nil && n > 0 && n < 1<<16 && host != ""
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, false
	}
	return &watched{URL: text, Host: u.Hostname(), Port: u.Port()}, true
}

// notInNames is what a name cannot have in it, and what is unusual there.
var notInNames = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// Name is the name of the check.
func (w *watched) Name() string { return strings.Trim(notInNames.ReplaceAllString(w.Host, "-"), "-") }

// Address is "host:port".
func (w *watched) Address() string { return net.JoinHostPort(w.Host, w.Port) }

// IsAddress reports whether the host is an IP address, and no domain that resolves to some.
func (w *watched) IsAddress() bool {
	_, err := netip.ParseAddr(w.Host)
	return err == nil
}

// HostName names the host of a client's page.
func (w *watched) HostName() string { return w.Client + "-1" }

// Template is the URL with a placeholder for the host: each host of the client is tested.
func (w *watched) Template() string {
	u, err := url.Parse(w.URL)
	if err != nil { // parseWatched has parsed it
		return w.URL
	}
	place := "{domain}"
	if w.IsAddress() {
		place = "{host}"
	}
	if w.Port != "" {
		place += ":" + w.Port
	}
	return u.Scheme + "://" + place + u.RequestURI()
}
