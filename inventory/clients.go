package inventory

import "opsbot/model"

// Clients returns the clients of the plan, in the order of their declaration.
func (p *Plan) Clients() []model.Client {
	all := make([]model.Client, len(p.clients))
	for i := range p.clients {
		all[i] = p.clients[i].client
	}
	return all
}
