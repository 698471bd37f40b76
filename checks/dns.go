package checks

import (
	"context"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"opsbot/model"
)

// DNSOptions are the options of kind "dns": a name server has records of a name, and the expected ones.
type DNSOptions struct {
	Domain  string   `toml:"domain"`  // for PTR, an IP address is accepted
	Type    string   `toml:"type"`    // one of recordTypes. Default A
	Answers []string `toml:"answers"` // expected records, as in a zone file, TXT without quotes
	Only    bool     `toml:"only"`    // no other records are allowed
	Server  string   `toml:"server"`  // host or host:port. Default: the first of the machine's
	Targets          // more name servers
}

// dnsServers is the address form of name servers.
var dnsServers = addressForm{key: "server", port: 53}

// recordTypes are the supported types.
var recordTypes = [...]string{"A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"}

// resolvConf lists the machine's name servers.
const resolvConf = "/etc/resolv.conf"

// Validate returns what is wrong.
func (o *DNSOptions) Validate() []model.Sentence {
	var wrong []model.Sentence
	if o.Domain == "" {
		wrong = append(wrong, model.Say("config.missing.like", "key", "domain", "example", "www.example.com"))
	} else if name, err := asciiName(o.Domain); err != nil || !askable(name) {
		wrong = append(wrong, model.Say("config.dns.domain", "key", "domain", "got", o.Domain))
	}
	if !slices.Contains(recordTypes[:], o.Type) {
		return append(wrong, model.OneOf("type", []byte(o.Type), recordTypes[:]...).What)
	}
	for _, answer := range o.Answers {
		if _, ok := wantedRecord(o.Type, answer); !ok {
			wrong = append(wrong, model.Say("config.dns.answer", "key", "answers", "got", answer, "type", o.Type))
		}
	}
	if o.Only && len(o.Answers) == 0 {
		wrong = append(wrong, model.Say("config.needs", "key", "only", "other", "answers"))
	}
	o.form = dnsServers
	return append(wrong, o.wrong(o.Server)...)
}

func askable(name string) bool {
	_, ok := dns.IsDomainName(name)
	return ok && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' })
}

// wantedRecord parses a configured record and writes it as shownRecord does.
func wantedRecord(kind, answer string) (string, bool) {
	if answer == "" || strings.ContainsFunc(answer, func(r rune) bool { return r < ' ' }) {
		return "", false
	}
	if kind == "TXT" {
		return answer, true
	}
	words := strings.Fields(answer)
	for i, word := range words {
		name, err := asciiName(word)
		if err != nil {
			return "", false
		}
		words[i] = name
	}
	rr, err := dns.NewRR(". 1 IN " + kind + " " + strings.Join(words, " "))
	if err != nil || rr == nil || rr.Header().Rrtype != dns.StringToType[kind] {
		return "", false
	}
	return shownRecord(rr), true
}

// shownRecord is the content of a record in a normalized form.
func shownRecord(rr dns.RR) string {
	if txt, ok := rr.(*dns.TXT); ok {
		return unescaped(strings.Join(txt.Txt, ""))
	}
	words := strings.Fields(strings.TrimPrefix(rr.String(), rr.Header().String()))
	for i, word := range words {
		words[i] = strings.ToLower(strings.TrimSuffix(word, "."))
	}
	return strings.Join(words, " ")
}

// Checker returns the check.
func (o *DNSOptions) Checker() model.Checker {
	c := dnsCheck{name: o.Domain, kind: o.Type, only: o.Only}
	c.asked, _ = asciiName(o.Domain) // valid: Validate has checked it
	if reverse, err := dns.ReverseAddr(o.Domain); err == nil && o.Type == "PTR" {
		c.name, c.asked = reverse, reverse
	}
	for _, answer := range o.Answers {
		wanted, _ := wantedRecord(o.Type, answer) // valid: Validate has checked it
		c.wanted = append(c.wanted, wanted)
	}
	return o.checker(o.Server, "", func(server string) model.Checker {
		one := c
		one.server = server
		return one
	})
}

type dnsCheck struct {
	name, kind, server string
	asked              string // name in ASCII
	wanted             []string
	only               bool
}

// Check queries over UDP, again without EDNS if nothing comes in half of the time or the server does not know EDNS, and over TCP if the
// answer does not fit.
func (c dnsCheck) Check(ctx context.Context) model.Result {
	p := newProbe(ctx, nil)
	server, failed := c.serverOr()
	if failed != nil {
		return p.result(failed)
	}
	host, port, _ := net.SplitHostPort(server) // valid: Validate has checked it
	addrs, failed := p.resolve(ctx, host)
	if failed != nil {
		return p.result(failed)
	}
	p.phase, p.address = phaseFirstByte, net.JoinHostPort(addrs[0], port)
	query := new(dns.Msg).SetQuestion(dns.Fqdn(c.asked), dns.StringToType[c.kind])
	query.SetEdns0(udpSize, false)
	begun := time.Now()
	answer, err := c.ask(ctx, p.address, query)
	p.phases.FirstByte = time.Since(begun)
	if err != nil {
		return p.result(p.explain(err))
	}
	return p.result(c.judge(p, query, answer))
}

func (c dnsCheck) serverOr() (string, *finding) {
	if c.server != "" {
		return c.server, nil
	}
	conf, err := dns.ClientConfigFromFile(resolvConf)
	if err != nil {
		return "", unknown(model.ReasonLocal, "said", err.Error())
	}
	if len(conf.Servers) == 0 {
		return "", unknown(model.ReasonLocal, "said", resolvConf+" names no server")
	}
	return net.JoinHostPort(conf.Servers[0], conf.Port), nil
}

func (c dnsCheck) ask(ctx context.Context, address string, query *dns.Msg) (*dns.Msg, error) {
	answer, err := askHalf(ctx, address, query)
	if err != nil && isTimeout(err) || err == nil && refusesEDNS(answer) {
		query = withoutEDNS(query)
		answer, err = exchangeUDP(ctx, address, query)
	}
	if err == nil && answer.Truncated {
		return exchangeTCP(ctx, address, query)
	}
	return answer, err
}

// judge evaluates an answer.
func (c dnsCheck) judge(p *probe, query, answer *dns.Msg) *finding {
	switch {
	case answer.Rcode == dns.RcodeNameError:
		return fail(model.ReasonNoName, "name", c.name)
	case answer.Rcode != dns.RcodeSuccess:
		return fail(model.ReasonDNSRefused, "name", c.name, "said", dns.RcodeToString[answer.Rcode], "took", p.took(), "addr", p.address)
	}
	var got []string
	for _, rr := range answer.Answer {
		if rr.Header().Rrtype == query.Question[0].Qtype {
			got = append(got, shownRecord(rr))
		}
	}
	slices.Sort(got)
	if len(got) == 0 {
		return fail(model.ReasonDNSEmpty, "name", c.name, "type", c.kind, "took", p.took(), "addr", p.address)
	}
	missing := slices.ContainsFunc(c.wanted, func(w string) bool { return !slices.ContainsFunc(got, func(g string) bool { return c.same(w, g) }) })
	foreign := c.only && slices.ContainsFunc(got, func(g string) bool {
		return !slices.ContainsFunc(c.wanted, func(w string) bool { return c.same(w, g) })
	})
	if missing || foreign {
		return fail(model.ReasonDNSWrong, "name", c.name, "type", c.kind, "got", shortened(printable(strings.Join(got, ", "))),
			"want", shortened(strings.Join(c.wanted, ", ")), "addr", p.address)
	}
	return nil
}

// same reports whether a record is the expected one. The text of a TXT record may also be written with the escapes of zone files.
func (c dnsCheck) same(want, got string) bool {
	return want == got || c.kind == "TXT" && unescaped(want) == got
}
