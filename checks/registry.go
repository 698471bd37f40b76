package checks

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"opsbot/model"
)

// Where IANA says who keeps a zone: RFC 9224, and the WHOIS server of the root.
const (
	ianaRDAP  = "https://data.iana.org/rdap/dns.json"
	ianaWhois = "whois.iana.org:43"
	whoisPort = "43"
)

// How often registries are asked: they refuse who asks much, and a registration changes once a year.
const (
	registryKnown  = 6 * time.Hour    // what a registry said counts
	registryFailed = 10 * time.Minute // after a failure it is not asked again
	registryKept   = 3 * model.Day    // what it said before counts, while it fails
	registryList   = model.Day        // IANA's list of RDAP servers
	maxRegistry    = 1 << 20          // bytes of one answer; IANA's list has a tenth of that
	maxReferrals   = 2                // from the registry to another WHOIS server
)

// server is where registrations are asked for: an RDAP server's URL, or host:port of a WHOIS server.
type server struct{ rdap, whois string }

// registration is what a registry says of a domain.
type registration struct {
	until     time.Time // zero: it does not say
	free      bool      // nobody has it
	suspended string    // the state in which it is in no zone; "" if it is in one
	from      string    // who says so
}

// registry asks the registries of domains, and remembers for all checks what they said. It is safe for concurrent use.
type registry struct {
	list, root string // IANA's
	now        func() time.Time

	mu    sync.Mutex
	rdap  map[string]string // of a zone
	until time.Time         // rdap counts
	known map[registryKey]*remembered
}

type registryKey struct {
	name string
	at   server
}

// remembered is what was said of one domain. Its fields are guarded by mu, which is kept while a registry is asked: one question a domain at a time.
type remembered struct {
	mu    sync.Mutex
	said  registration
	at    time.Time // when; zero: never
	err   error     // of the last question
	tried time.Time
}

func newRegistry(list, root string, now func() time.Time) *registry {
	if now == nil {
		now = time.Now
	}
	return &registry{list: list, root: root, now: now, known: map[registryKey]*remembered{}}
}

// ask returns what is known of a domain. Without a server it is its registry's, by RDAP where that has it, else by WHOIS. The number of domains is
// that of the configured checks.
func (g *registry) ask(ctx context.Context, p *probe, name string, at server) (registration, error) {
	g.mu.Lock()
	known := g.known[registryKey{name, at}]
	if known == nil {
		known = &remembered{}
		g.known[registryKey{name, at}] = known
	}
	g.mu.Unlock()
	known.mu.Lock()
	defer known.mu.Unlock()
	now := g.now()
	switch {
	case !known.at.IsZero() && now.Sub(known.at) < registryKnown:
		return known.said, nil
	case known.err != nil && now.Sub(known.tried) < registryFailed:
	default:
		said, err := g.find(ctx, p, name, at)
		if err != nil && ctx.Err() != nil { // it was not the registry that ended it
			return said, err
		}
		known.tried, known.err = now, err
		if err == nil {
			known.said, known.at = said, now
		}
	}
	if known.err != nil && !known.at.IsZero() && now.Sub(known.at) < registryKept {
		return known.said, nil
	}
	return known.said, known.err
}

// find asks who knows.
func (g *registry) find(ctx context.Context, p *probe, name string, at server) (registration, error) {
	if at == (server{}) {
		_, zone, _ := strings.Cut(name, ".")
		base, err := g.serverOfZone(ctx, p, zone[strings.LastIndex(zone, ".")+1:])
		if err != nil {
			return registration{}, err
		}
		at.rdap = base
	}
	if at.rdap != "" {
		return g.byRDAP(ctx, p, name, at.rdap)
	}
	return g.byWhois(ctx, p, name, at.whois)
}

// serverOfZone is the RDAP server of a top-level zone; "" if it has none.
func (g *registry) serverOfZone(ctx context.Context, p *probe, zone string) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock() // all others wait for the same list
	if now := g.now(); g.rdap == nil || now.After(g.until) {
		status, body, err := g.get(ctx, p, g.list)
		var servers map[string]string
		if err == nil {
			servers, err = rdapServers(body)
		}
		switch {
		case err == nil && status == http.StatusOK:
			g.rdap = servers
		case g.rdap == nil:
			return "", cmp.Or(err, fmt.Errorf("%s answers %d %s", g.list, status, http.StatusText(status)))
		}
		g.until = now.Add(registryList)
	}
	return g.rdap[zone], nil
}

// rdapServers are the servers of IANA's list (RFC 9224) by zone, HTTPS where there is a choice.
func rdapServers(text []byte) (map[string]string, error) {
	var list struct {
		Services [][2][]string `json:"services"` // zones, servers
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("the list of RDAP servers: %w", err)
	}
	servers := map[string]string{}
	for _, service := range list.Services {
		var base string
		for _, u := range service[1] {
			if base == "" || strings.HasPrefix(u, "https://") {
				base = strings.TrimSuffix(u, "/")
			}
		}
		for _, zone := range service[0] {
			servers[strings.ToLower(zone)] = base
		}
	}
	return servers, nil
}

// get reads an address by HTTP.
func (g *registry) get(ctx context.Context, p *probe, address string) (status int, body []byte, err error) {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 10 * time.Second,
		DialContext: func(ctx context.Context, _, to string) (net.Conn, error) { return g.dial(ctx, p, to) },
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Accept", "application/rdap+json, application/json")
	req.Header.Set("User-Agent", "opsbot")
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxRegistry+1))
	if len(body) > maxRegistry {
		err = fmt.Errorf("%s answers with more than a megabyte", address)
	}
	return resp.StatusCode, body, err
}

// dial opens a connection to a name, whose addresses all checks share.
func (g *registry) dial(ctx context.Context, p *probe, to string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(to)
	if err != nil {
		return nil, err
	}
	ascii, err := asciiName(host)
	if err != nil {
		return nil, err
	}
	addrs := []string{host}
	if net.ParseIP(host) == nil {
		if addrs, err = p.names.Lookup(ctx, ascii); err != nil {
			return nil, err
		}
	}
	for i, addr := range addrs {
		conn, failed := dialOne(ctx, net.JoinHostPort(addr, port), len(addrs)-i)
		if failed == nil {
			return conn, nil
		}
		err = failed
	}
	return nil, err
}

// suspendedStates are the states of RDAP (RFC 8056) and EPP, without spaces and in small letters, in which a domain is in no zone, or is about to be.
var suspendedStates = []string{"clienthold", "serverhold", "redemptionperiod", "pendingdelete", "notdelegated"}

// suspended returns the first of some states in which a domain is in no zone.
func suspended(states []string) string {
	for _, s := range states {
		if slices.Contains(suspendedStates, strings.ToLower(strings.ReplaceAll(s, " ", ""))) {
			return s
		}
	}
	return ""
}

// byRDAP asks an RDAP server (RFC 9083).
func (g *registry) byRDAP(ctx context.Context, p *probe, name, base string) (registration, error) {
	status, body, err := g.get(ctx, p, base+"/domain/"+url.PathEscape(name))
	said := registration{from: hostOf(base)}
	switch {
	case err != nil:
		return said, err
	case status == http.StatusNotFound:
		said.free = true
		return said, nil
	case status != http.StatusOK:
		return said, fmt.Errorf("%s answers %d %s", said.from, status, http.StatusText(status))
	}
	var domain struct {
		Name   string   `json:"ldhName"`
		Status []string `json:"status"`
		Events []struct {
			Action string `json:"eventAction"`
			Date   string `json:"eventDate"`
		} `json:"events"`
	}
	if err := json.Unmarshal(body, &domain); err != nil {
		return said, fmt.Errorf("%s does not answer as an RDAP server: %w", said.from, err)
	}
	if got := strings.TrimSuffix(domain.Name, "."); !strings.EqualFold(got, name) {
		return said, fmt.Errorf("%s answers about %q", said.from, printable(got))
	}
	said.suspended = suspended(domain.Status)
	for _, e := range domain.Events {
		if e.Action == "expiration" {
			said.until = whoisDate(e.Date) // RFC 3339, but for some
		}
	}
	return said, nil
}

func hostOf(base string) string {
	if u, err := url.Parse(base); err == nil {
		return u.Host
	}
	return base
}

// byWhois asks a WHOIS server (RFC 3912); without one that which the root names. A registry that only knows the registrar names its server.
func (g *registry) byWhois(ctx context.Context, p *probe, name, at string) (said registration, err error) {
	if at == "" {
		text, err := g.whois(ctx, p, g.root, name[strings.LastIndex(name, ".")+1:])
		if err != nil {
			return said, err
		}
		if at = whoisServer(text); at == "" {
			return said, errors.New("the zone has neither an RDAP nor a WHOIS server")
		}
	}
	for range maxReferrals {
		text, err := g.whois(ctx, p, at, name)
		if err != nil {
			return said, err
		}
		said = readWhois(text, strings.TrimSuffix(at, ":"+whoisPort))
		next := whoisServer(text)
		if said.free || !said.until.IsZero() || next == "" || next == at {
			return said, nil
		}
		at = next
	}
	return said, nil
}

// whois asks one server.
func (g *registry) whois(ctx context.Context, p *probe, at, query string) (string, error) {
	conn, err := g.dial(ctx, p, at)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()                         // it was read
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })() // it waits no longer than its run
	if _, err := io.WriteString(conn, query+"\r\n"); err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(bufio.NewReader(conn), maxRegistry+1))
	switch {
	case err != nil && len(text) == 0:
		return "", err
	case len(text) == 0:
		return "", fmt.Errorf("%s says nothing", at)
	case len(text) > maxRegistry:
		return "", fmt.Errorf("%s answers with more than a megabyte", at)
	}
	return string(text), nil
}
