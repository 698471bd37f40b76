package opsbot

import (
	"slices"
	"time"
)

// Host is the host in the id of an endpoint's check; "" of a standalone one.
func (id CheckID) Host() string {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i] == '@' {
			return string(id[i+1:])
		}
	}
	return ""
}

// Hosts are the hosts that an incident is about, each once: of a burst those that are not seen to work after all. A
// gathered one names the first few.
func (in *Incident) Hosts() []string {
	var hosts []string
	add := func(name string) {
		if name != "" && !slices.Contains(hosts, name) {
			hosts = append(hosts, name)
		}
	}
	add(in.Host)
	for i := range in.Failing {
		add(in.Failing[i].Check.Host())
	}
	if in.EventGroup != nil {
		for _, name := range in.EventGroup.Hosts {
			if !slices.Contains(in.EventGroup.Refuted, name) {
				add(name)
			}
		}
	}
	if in.Storm != nil {
		for _, name := range in.Storm.Hosts {
			add(name)
		}
	}
	return hosts
}

// Began is when what an incident is about began to fail, as far as is known: before it was opened.
func (in *Incident) Began() time.Time {
	began := in.OpenedAt
	if in.EventGroup != nil && !in.EventGroup.Since.IsZero() && in.EventGroup.Since.Before(began) {
		began = in.EventGroup.Since
	}
	for i := range in.Failing {
		if since := in.Failing[i].Since; !since.IsZero() && !in.Failing[i].Before && since.Before(began) {
			began = since
		}
	}
	return began
}
