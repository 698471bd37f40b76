package doctor

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/inbound"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/ssh"
)

// movedTo is the new id of a group that Telegram has moved.
func movedTo(err error) string {
	if send, ok := errors.AsType[*model.SendError](err); ok {
		return strconv.FormatInt(int64(send.MigratedTo), 10)
	}
	return ""
}

// mail logs in to each mail server, and sends nothing.
func (e *examination) mail(ctx context.Context) []Finding {
	channels := &setup.Channels{Config: e.loaded.Config, Now: time.Now}
	return inParallel(e.loaded.Config.Email, func(m config.Email) Finding {
		ctx, cancel := e.patient(ctx)
		defer cancel()
		if err := channels.Mail(&m).Try(ctx); err != nil {
			return found(Fail, "mail.fails", "name", m.Name, "server", m.SMTP, "what", err)
		}
		return found(OK, "mail.ok", "name", m.Name, "server", m.SMTP)
	})
}

// sources asks each source of events that can be asked for its version.
func (e *examination) sources(ctx context.Context) []Finding {
	asked := slices.DeleteFunc(slices.Clone(e.loaded.Config.Inbound), func(in config.Inbound) bool { return len(in.URLs) == 0 })
	return inParallel(asked, func(in config.Inbound) Finding {
		ctx, cancel := e.patient(ctx)
		defer cancel()
		if err := e.Source(ctx, e.loaded, in.Name); err != nil {
			return found(Fail, "sources.fails", "name", in.Name, "kind", in.Kind, "what", inbound.AsFault(err).Reason)
		}
		return found(OK, "sources.ok", "name", in.Name, "kind", in.Kind)
	})
}

// sampledHosts is how many hosts are logged in to.
const sampledHosts = 3

// ssh logs in to a few of the hosts whose logs are read.
func (e *examination) ssh(ctx context.Context) []Finding {
	hosts := e.hostsWithLogs()
	if len(hosts) == 0 {
		return nil
	}
	pool, err := ssh.NewPool(setup.SSHOptions(&e.loaded.Config.SSH))
	if err != nil {
		return []Finding{found(Fail, "ssh.fails", "host", hosts[0].Name, "what", err)} // which the configuration's own check has not found
	}
	defer pool.Close()
	return inParallel(hosts, func(h model.Host) Finding {
		ctx, cancel := e.patient(ctx)
		defer cancel()
		if _, err := pool.Run(ctx, ssh.Target{Name: h.Name, Address: h.Address}, []string{"true"}, 1<<10); err != nil {
			return found(Fail, "ssh.fails", "host", h.Name, "what", err)
		}
		return found(OK, "ssh.ok", "host", h.Name)
	})
}

// hostsWithLogs is a sample of the hosts that have logs on other machines: the first, the last, and one between.
func (e *examination) hostsWithLogs() []model.Host {
	var all []model.Host
	for _, h := range e.loaded.Source().Build(nil).Hosts() {
		if slices.ContainsFunc(e.loaded.Config.Logs, func(s config.LogSource) bool {
			return !s.Local && slices.ContainsFunc(s.Hosts, func(word string) bool { return word == "all" || inventory.Means(word, &h) })
		}) {
			all = append(all, h)
		}
	}
	if len(all) <= sampledHosts {
		return all
	}
	return []model.Host{all[0], all[len(all)/2], all[len(all)-1]}
}

// sampledNames is how many names of clients are looked up.
const sampledNames = 5

// names looks up what opsbot depends on, and a few names of clients.
func (e *examination) names(ctx context.Context) []Finding {
	names := e.namesUsed()
	if len(names) == 0 {
		return nil
	}
	all := inParallel(names, func(name string) Finding {
		ctx, cancel := e.patient(ctx)
		defer cancel()
		began := time.Now()
		_, err := net.DefaultResolver.LookupHost(ctx, name)
		return answered(name, time.Since(began), err)
	})
	bad := slices.DeleteFunc(all, func(f Finding) bool { return f.Level == OK })
	if len(bad) == 0 {
		return []Finding{found(OK, "dns.ok", "n", len(names))}
	}
	return bad
}

// answered is what was found of one name, after a time.
func answered(name string, took time.Duration, err error) Finding {
	switch {
	case err != nil:
		return found(Fail, "dns.fails", "name", name, "what", err)
	case took > slowLookup:
		return found(Warn, "dns.slow", "name", name, "took", took.Round(time.Millisecond))
	default:
		return found(OK, "dns.ok", "name", name)
	}
}

// slowLookup is how long an answer of DNS may take: every check by a name waits for it.
const slowLookup = 2 * time.Second

// namesUsed are the names to look up, each once.
func (e *examination) namesUsed() (names []string) {
	add := func(host string) {
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if _, err := netip.ParseAddr(host); err != nil && host != "" && !slices.Contains(names, host) {
			names = append(names, host)
		}
	}
	cfg := e.loaded.Config
	if len(cfg.Telegram.Proxies) == 0 && !cfg.Telegram.Token.IsZero() { // else the proxy looks them up
		for _, u := range cfg.Telegram.APIURLs {
			add(hostOf(u))
		}
	}
	for i := range cfg.Email {
		add(cfg.Email[i].SMTP)
	}
	for i := range cfg.Inbound {
		for _, u := range cfg.Inbound[i].URLs {
			add(hostOf(u))
		}
	}
	most := len(names) + sampledNames
	for i := range cfg.Clients {
		for _, d := range cfg.Clients[i].Domains {
			if len(names) < most {
				add(d)
			}
		}
	}
	return names
}

func hostOf(u config.URL) string {
	if parsed, err := url.Parse(u.Reveal()); err == nil {
		return parsed.Hostname()
	}
	return ""
}
