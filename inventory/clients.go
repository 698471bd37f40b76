package inventory

import "opsbot"

// Clients are the clients of the plan, in the order of their declaration.
func (p *Plan) Clients() []opsbot.Client {
	all := make([]opsbot.Client, len(p.clients))
	for i := range p.clients {
		all[i] = p.clients[i].client
	}
	return all
}
