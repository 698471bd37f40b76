package cli

import (
	"context"
	"time"

	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/inbound"
	"opsbot/inbound/icinga"
	"opsbot/inbound/zabbix"
	"opsbot/inventory"
	"opsbot/model"
)

// query asks the sources for the hosts that they know. One that does not answer ends the import: no answer is not an empty list.
func (i *importPlan) query(ctx context.Context) ([]inventory.Import, error) {
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
		as := i.o.as
		if as == "" {
			as = cfg.Name
		}
		all = append(all, inventory.Import{As: as, Hosts: hosts, Lenient: true})
	}
	return all, nil
}

// sources are the named ones, or all of the kind.
func (i *importPlan) sources() ([]*config.Inbound, error) {
	var known []string
	byName := map[string]*config.Inbound{}
	if i.cfg != nil {
		for k := range i.cfg.Inbound {
			if in := &i.cfg.Inbound[k]; string(in.Kind) == i.o.kind && len(in.URLs) > 0 {
				known = append(known, in.Name)
				byName[in.Name] = in
			}
		}
	}
	names := i.o.from
	if len(names) == 0 {
		names = known
	}
	if len(names) == 0 {
		return nil, &model.Error{Code: model.ErrNoHostSource, Args: map[string]string{"kind": i.o.kind, "name": ""}}
	}
	var out []*config.Inbound
	for _, name := range names {
		if byName[name] == nil {
			return nil, &model.Error{
				Code: model.ErrNoHostSource, Args: map[string]string{"kind": i.o.kind, "name": name}, Choices: model.Closest(name, known, 3),
			}
		}
		out = append(out, byName[name])
	}
	return out, nil
}

// hostsOf asks one source for the hosts that it knows.
func hostsOf(ctx context.Context, cfg *config.Inbound) ([]model.FoundHost, error) {
	var lister inbound.HostLister
	client := setup.SourceClient(cfg)
	defer client.Close()
	switch cfg.Kind {
	case model.SourceZabbix:
		lister = zabbix.New(zabbix.Options{URL: cfg.URLs[0].Reveal(), HTTP: client, Token: cfg.Token, HostFrom: cfg.HostFrom, Now: time.Now})
	default:
		lister = icinga.New(icinga.Options{URL: cfg.URLs[0].Reveal(), HTTP: client, HostFrom: cfg.HostFrom, Now: time.Now})
	}
	return lister.Hosts(ctx)
}
