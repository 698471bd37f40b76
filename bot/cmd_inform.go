package bot

import (
	"context"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdInform lists the clients to inform about an outage of hosts, with their contacts.
func (r *request) cmdInform(ctx context.Context, args string) error {
	ws, err := r.orSubject(ctx, words(args), hostsMeant)
	if err != nil {
		return err
	}
	if len(ws) == 0 {
		return r.pick(ctx, "inform")
	}
	w, err := r.b.d.Actions.WhatIf(ctx, r.actor, ws)
	if err != nil {
		return err
	}
	r.list(ctx, r.renderer().inform(w))
	return nil
}

// inform renders a list to be forwarded to account managers, without marks and commands.
func (s *renderer) inform(w *ops.WhatIf) (out message) {
	out.head = blocks{block(s.p.HTML("inform.head", texts.Args{"hosts": s.hostsOf(w)}))}
	if len(w.Clients) == 0 {
		out.head = append(out.head, block(s.p.HTML("inform.nobody")))
		return out
	}
	for i := range w.Clients {
		c := &w.Clients[i]
		row := bold(model.Clip(c.Name, 70))
		for _, part := range []struct {
			id       string
			services []string
		}{{"inform.down", c.Down}, {"inform.less", c.Less}} {
			if len(part.services) > 0 {
				row += "\n   " + block(s.p.HTML(part.id, texts.Args{"services": model.Clip(s.p.Names(part.services, mostServices), 250)}))
			}
		}
		for _, contact := range c.Contacts[:min(len(c.Contacts), mostContacts)] {
			row += "\n   " + escaped(trusted(model.Clip(contact, 120)))
		}
		if len(c.Contacts) == 0 {
			row += "\n   " + block(s.p.HTML("inform.no_contact"))
		}
		out.rows = append(out.rows, row)
	}
	return out
}

// mostContacts limits the contacts of a client.
const mostContacts = 3
