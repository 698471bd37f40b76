package inventory

import (
	"net/netip"

	"opsbot/model"
)

// Declared is what people declared: in the config, in inventory files, or both together.
type Declared struct {
	Defaults model.ServiceSettings
	Services []model.ServiceSpec
	Groups   []model.GroupSpec
	Clients  []model.ClientSpec // several with one name are parts of one client
	Hosts    []model.HostSpec   // several with one name are parts of one host
	DNSAllow []netip.Prefix     // where clients' domains may lead beside public addresses; nil: the networks of Hosts and Near
	Near     []netip.Addr       // of opsbot's own probes
	Notes    model.Problems     // what is allowed and most likely not meant

	// Wrong returns what is wrong with the options of an endpoint with that URL, each sentence with its option as the
	// argument "key"; may be nil.
	Wrong func(url string, settings model.EndpointSettings) []model.Sentence
}

// With merges two declarations; Defaults are d's.
func (d Declared) With(more Declared) Declared {
	d.Services = append(d.Services[:len(d.Services):len(d.Services)], more.Services...)
	d.Groups = append(d.Groups[:len(d.Groups):len(d.Groups)], more.Groups...)
	d.Clients = append(d.Clients[:len(d.Clients):len(d.Clients)], more.Clients...)
	d.Notes = append(d.Notes[:len(d.Notes):len(d.Notes)], more.Notes...)
	d.Hosts = append(d.Hosts[:len(d.Hosts):len(d.Hosts)], more.Hosts...)
	return d
}
