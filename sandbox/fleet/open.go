package fleet

import (
	"context"
	"errors"
)

// open opens everything: on the usual ports, or on others if these are in use.
func (f *Fleet) open(ctx context.Context) error {
	hosts := f.machines[:f.hosts]
	for i := range f.services {
		port, err := openAll(ctx, sitesOf(hosts, i), f.free)
		if err != nil {
			return err
		}
		f.services[i].Port = port
	}
	for _, m := range f.machines[f.hosts:] {
		if len(m.sites) == 0 {
			continue
		}
		if _, err := openAll(ctx, m.sites, f.free); err != nil {
			return err
		}
		m.address = m.sites[0].address
	}
	return nil
}

func sitesOf(machines []*machine, i int) []*site {
	sites := make([]*site, len(machines))
	for n, m := range machines {
		sites[n] = m.sites[i]
	}
	return sites
}

// portTries bounds the search for a port that is free on every host.
const portTries = 50

// openAll opens sites of several addresses on one port and returns it: their own, or, if it is in use somewhere, one
// from the system.
func openAll(ctx context.Context, sites []*site, free bool) (int, error) {
	var last error
	for try := range portTries {
		if try > 0 || free {
			sites[0].usePort(0)
		}
		if last = openOn(ctx, sites); last == nil {
			return sites[0].port(), nil
		}
		for _, s := range sites {
			s.close()
		}
		if errors.As(last, new(*noAddressError)) || ctx.Err() != nil {
			break
		}
	}
	return 0, last
}

func openOn(ctx context.Context, sites []*site) error {
	for _, s := range sites {
		if s != sites[0] {
			s.usePort(sites[0].port())
		}
		if err := s.open(ctx); err != nil {
			return err
		}
	}
	return nil
}
