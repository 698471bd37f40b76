package config

import (
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"opsbot/model"
)

// Cluster is how several opsbots that share a database reach each other.
type Cluster struct {
	Advertise  string `toml:"advertise"`   // where the others reach this one's listener: a URL without a path. Load fills it from web.listen
	Secret     Secret `toml:"secret"`      // that all of them have; Load fills it from secret_file
	SecretFile string `toml:"secret_file"` // Load reads it
	CAFile     string `toml:"ca_file"`     // PEM of who vouches for the others' certificates; "": the machine's

	roots *x509.CertPool
}

// Roots vouch for the certificates of the other opsbots; nil is the machine's.
func (c *Cluster) Roots() *x509.CertPool { return c.roots }

// leastSecret is the shortest secret of a cluster, in bytes.
const leastSecret = 32

func (l *loader) cluster(root *node, cfg *Config) {
	n, c := root.child("cluster"), &cfg.Cluster
	if n == nil || !n.isTable {
		cfg.Cluster.Advertise = advertised(cfg)
		return
	}
	if cfg.Store.DSN.IsZero() && cfg.Store.DSNFile == "" {
		l.wrong(n, "", model.Say("config.cluster.sqlite"))
	}
	if cfg.Web.Listen == "" {
		l.wrong(n, "", model.Say("config.cluster.listen"))
	}
	l.secret(n, "secret", &c.Secret, c.SecretFile)
	switch {
	case n.child("secret") == nil && c.SecretFile == "":
		l.wrong(n, "", model.Say("config.missing", "key", "secret_file"))
	case !c.Secret.IsZero() && len(c.Secret.Reveal()) < leastSecret:
		key := "secret"
		if c.SecretFile != "" {
			key = "secret_file"
		}
		l.wrong(n, key, model.Say("config.cluster.secret", "least", leastSecret))
	}
	l.advertise(n, cfg)
	if c.CAFile != "" {
		l.vouchers(n, c)
	}
}

// advertise checks the address for the others: what they pass on holds tokens, and must not cross a network in the clear.
func (l *loader) advertise(n *node, cfg *Config) {
	c, key := &cfg.Cluster, "advertise"
	if c.Advertise == "" {
		c.Advertise, key = advertised(cfg), ""
	}
	u, err := url.Parse(c.Advertise)
	switch {
	case c.Advertise == "": // there is no listener
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil:
		l.wrong(n, key, model.Say("config.like", "got", c.Advertise, "example", "https://bot1.example.com:8443"))
	case u.Scheme == "http" && !onLoopback(u.Hostname()):
		l.wrong(n, key, model.Say("config.cluster.plain", "got", c.Advertise))
	}
	c.Advertise = strings.TrimSuffix(c.Advertise, "/")
}

func onLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// advertised is the address that follows from the listener; "" without one.
func advertised(cfg *Config) string {
	host, port, err := net.SplitHostPort(cfg.Web.Listen)
	if err != nil {
		return ""
	}
	if a, err := netip.ParseAddr(host); host == "" || err == nil && a.IsUnspecified() {
		host = cfg.Around.LocalIP
	}
	scheme := "http"
	if cfg.Web.CertFile != "" {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func (l *loader) vouchers(n *node, c *Cluster) {
	pem, err := readBounded(l.beside(c.CAFile))
	if err != nil {
		l.wrong(n, "ca_file", unreadable(c.CAFile, err))
		return
	}
	if c.roots = x509.NewCertPool(); !c.roots.AppendCertsFromPEM(pem) {
		l.wrong(n, "ca_file", model.Say("config.cluster.ca", "file", c.CAFile))
	}
}
