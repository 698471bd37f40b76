package checks

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"opsbot/model"
)

// DomainOptions are the options of kind "domain": the registration of a domain, and how long it lasts.
type DomainOptions struct {
	Domain string `toml:"domain"` // as it is registered: "example.com", not "www.example.com"
	Days   int    `toml:"days"`   // fails if the registration ends sooner. Default 30
	Server string `toml:"server"` // an RDAP URL, or host or host:port of a WHOIS server. Default: the registry's, by the lists of IANA

	registry *registry
	names    *Names
	now      func() time.Time
}

// defaultDomainDays is when registrars begin to remind, and leaves time for who must pay.
const defaultDomainDays = 30

func (o *DomainOptions) setDeps(d Deps) {
	o.registry, o.names, o.now = d.registry, d.names, d.Now
	if o.now == nil {
		o.now = time.Now
	}
}

// Validate returns what is wrong.
func (o *DomainOptions) Validate() []model.Sentence {
	var wrong []model.Sentence
	name, err := asciiName(strings.TrimSuffix(o.Domain, "."))
	switch {
	case o.Domain == "":
		wrong = append(wrong, model.Say("config.missing.like", "key", "domain", "example", "example.com"))
	case err != nil || !askable(name) || !strings.Contains(name, ".") || strings.ContainsAny(name, "/:@?#") || net.ParseIP(name) != nil:
		wrong = append(wrong, model.Say("config.dns.domain", "key", "domain", "got", o.Domain))
	case o.Server == "" && registered(name) != strings.ToLower(name): // some companies sell names below theirs, and have a server for that
		wrong = append(wrong, model.Say("config.domain.part", "key", "domain", "got", o.Domain, "want", shownName(registered(name))))
	}
	if o.Days < 0 || o.Days > maxDays {
		wrong = append(wrong, notBetween("days", o.Days, 0, maxDays))
	}
	if _, err := serverOf(o.Server); err != nil {
		wrong = append(wrong, model.Say("config.domain.server", "key", "server", "got", o.Server))
	}
	return wrong
}

// registered is the part of a name that is registered at a registry. Names below the suffixes of companies, such as github.io, are not.
func registered(name string) string {
	name = strings.ToLower(name)
	suffix, icann := publicsuffix.PublicSuffix(name)
	for !icann {
		_, above, more := strings.Cut(suffix, ".")
		if !more {
			break
		}
		suffix, icann = publicsuffix.PublicSuffix(above)
	}
	rest, below := strings.CutSuffix(name, "."+suffix)
	if !below {
		return name
	}
	return rest[strings.LastIndex(rest, ".")+1:] + "." + suffix
}

// serverOf reads the option server. Without a server both are zero.
func serverOf(text string) (s server, err error) {
	switch {
	case text == "":
		return s, nil
	case strings.Contains(text, "://"):
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" {
			return s, errors.New("not the URL of an RDAP server")
		}
		return server{rdap: strings.TrimSuffix(text, "/")}, nil
	default:
		s.whois = whoisAddress(text)
		if badAddress(s.whois) != nil || strings.Contains(text, "/") {
			return server{}, errors.New("not the address of a WHOIS server")
		}
		return s, nil
	}
}

// whoisAddress is host:port of a host, or of what has a port.
func whoisAddress(address string) string {
	if _, _, err := net.SplitHostPort(address); err == nil {
		return address
	}
	return net.JoinHostPort(strings.Trim(address, "[]"), whoisPort)
}

// Checker returns the check.
func (o *DomainOptions) Checker() model.Checker {
	at, _ := serverOf(o.Server) // valid: Validate has checked both
	name, _ := asciiName(strings.TrimSuffix(o.Domain, "."))
	return domainCheck{name: strings.ToLower(name), days: o.Days, at: at, registry: o.registry, names: o.names, now: o.now}
}

// domainCheck is immutable.
type domainCheck struct {
	name     string // in ASCII
	days     int
	at       server
	registry *registry
	names    *Names
	now      func() time.Time
}

// Check asks the registry, or takes what it said lately.
func (c domainCheck) Check(ctx context.Context) model.Result {
	p := newProbe(ctx, c.names)
	waits := placeOf(ctx)
	waits.wait()
	said, err := c.registry.ask(ctx, p, c.name, c.at)
	waits.work()
	if err != nil {
		return p.result(unknown(model.ReasonDomainUnsaid, "name", shownName(c.name), "said", plain(err)))
	}
	r := p.result(c.judge(&said))
	r.RegisteredUntil = said.until
	if left := said.until.Sub(c.now()); left > 0 {
		r.Values = []model.Reason{model.NewReason(model.MeasuredDomain, "days", strconv.Itoa(int(left/model.Day)), "date", said.until.UTC().Format(time.DateOnly))}
	}
	return r
}

// judge compares a registration with the required remaining days.
func (c domainCheck) judge(said *registration) *finding {
	name, left := shownName(c.name), said.until.Sub(c.now())
	date := said.until.UTC().Format(time.DateOnly)
	switch {
	case said.free:
		return fail(model.ReasonDomainFree, "name", name, "addr", said.from)
	case !said.until.IsZero() && left <= 0:
		return fail(model.ReasonDomainEnded, "name", name, "date", date)
	case said.suspended != "":
		return fail(model.ReasonDomainSuspended, "name", name, "said", said.suspended, "addr", said.from)
	case said.until.IsZero():
		return unknown(model.ReasonDomainUndated, "name", name, "addr", said.from)
	case left < time.Duration(c.days)*model.Day:
		return fail(model.ReasonDomainExpires, "name", name, "days", strconv.Itoa(int(left/model.Day)), "date", date, "min", strconv.Itoa(c.days))
	default:
		return nil
	}
}
