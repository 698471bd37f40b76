package app

import (
	"context"
	"time"

	"opsbot/config"
	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/icinga"
	"opsbot/inbound/zabbix"
	"opsbot/inventory"
	"opsbot/model"
)

// ask has the sources say which hosts they know; one that does not answer ends it: silence is no empty list.
func (i *ImportPlan) ask(ctx context.Context) ([]inventory.Import, error) {
	named, err := i.sources()
	if err != nil {
		return nil, err
	}
	all := make([]inventory.Import, 0, len(named))
	for _, cfg := range named {
		hosts, err := hostsOf(ctx, cfg)
		if err != nil {
			return nil, &model.Error{Code: model.ErrSourceHosts, Args: map[string]string{"name": cfg.Name, "what": err.Error()}, Err: err}
		}
		as := i.o.As
		if as == "" {
			as = cfg.Name
		}
		all = append(all, inventory.Import{As: as, Hosts: hosts})
	}
	return all, nil
}

// sources are those that are named, or all of the kind.
func (i *ImportPlan) sources() ([]*config.Inbound, error) {
	var known []string
	byName := map[string]*config.Inbound{}
	if i.cfg != nil {
		for k := range i.cfg.Inbound {
			if in := &i.cfg.Inbound[k]; string(in.Kind) == i.o.Kind && len(in.URLs) > 0 {
				known = append(known, in.Name)
				byName[in.Name] = in
			}
		}
	}
	names := i.o.From
	if len(names) == 0 {
		names = known
	}
	if len(names) == 0 {
		return nil, &model.Error{Code: model.ErrNoHostSource, Args: map[string]string{"kind": i.o.Kind, "name": ""}}
	}
	var out []*config.Inbound
	for _, name := range names {
		if byName[name] == nil {
			return nil, &model.Error{
				Code: model.ErrNoHostSource, Args: map[string]string{"kind": i.o.Kind, "name": name}, Choices: model.Closest(name, known, 3),
			}
		}
		out = append(out, byName[name])
	}
	return out, nil
}

// hostsOf asks one source for the hosts that it knows.
func hostsOf(ctx context.Context, cfg *config.Inbound) ([]model.FoundHost, error) {
	var lister inbound.HostLister
	switch cfg.Kind {
	case model.SourceZabbix: // how it takes its token depends on its version
		client := httpclient.New(httpclient.Options{Roots: cfg.Roots, Certificates: cfg.Certificates, ServerName: cfg.ServerName})
		defer client.Close()
		lister = zabbix.New(zabbix.Options{URL: cfg.URLs[0].Reveal(), HTTP: client, Token: cfg.Token, HostFrom: cfg.HostFrom, Now: time.Now})
	default:
		client := httpClientOf(cfg)
		defer client.Close()
		lister = icinga.New(icinga.Options{URL: cfg.URLs[0].Reveal(), HTTP: client, HostFrom: cfg.HostFrom, Now: time.Now})
	}
	return lister.Hosts(ctx)
}
