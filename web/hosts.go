package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Hosts answers what needs no secret (health and metrics) only for the hosts that opsbot is reached by, and refuses the rest with 421: a page in
// somebody's browser may point a name of its own at this listener, and then reads it as its own server (DNS rebinding). Addresses, names without
// a dot, the names of the certificate (nil: none) and those listed are answered. What needs a secret is answered by any name: such a page
// has none, and a source that posts to an unlisted name must not lose its events.
func Hosts(listed []string, certificate *Certificate, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := strings.ToLower(strings.TrimSuffix(hostOf(r.Host), "."))
		if !needsSecret(r.URL.Path) && !isPlain(host) && !slices.ContainsFunc(listed, func(l string) bool { return strings.EqualFold(l, host) }) &&
			(certificate == nil || !certificate.covers(host)) {
			http.Error(w, fmt.Sprintf("opsbot does not answer for %.100q: add it to hosts in [web]", host), http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// needsSecret reports whether a path is of a webhook, a heartbeat, a link that acknowledges, the metrics of checks, the API, or of another opsbot.
func needsSecret(path string) bool {
	return strings.HasPrefix(path, "/in/") || strings.HasPrefix(path, "/beat/") || strings.HasPrefix(path, "/api/") || path == checkMetricsPath || strings.HasPrefix(path, AckPrefix) || strings.HasPrefix(path, clusterRoute+"/")
}

// hostOf is the host of a Host header.
func hostOf(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		return host
	}
	return strings.Trim(header, "[]")
}

// isPlain reports whether nobody else can own a host name: it is an address, or has no dot. Requests of HTTP/1.0 have none.
func isPlain(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || !strings.Contains(host, ".")
}
