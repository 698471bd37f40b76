package bot

import (
	"context"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdInform writes what clients may be told: "/inform clientA", "/inform 12", in reply to a card; "next 15:00" is when they hear again. Of hosts it
// lists whom to inform before work on them.
func (r *request) cmdInform(ctx context.Context, args string) error {
	ws, next, err := r.nextWord(words(args))
	if err != nil {
		return err
	}
	ws, incident, err := r.informedOf(ctx, ws)
	if err != nil {
		return err
	}
	all, hosts, err := r.b.d.Actions.NewsOf(ctx, r.actor, ws, incident)
	switch {
	case err != nil:
		return err
	case hosts:
		w, err := r.b.d.Actions.WhatIf(ctx, r.actor, ws)
		if err != nil {
			return err
		}
		r.list(ctx, r.renderer().inform(w))
	case len(all) == 1:
		r.draft(ctx, &all[0], next)
	case len(all) == 0 && incident == 0: // before work on hosts
		return r.pick(ctx, "inform")
	default:
		r.pickInformed(ctx, all)
	}
	return nil
}

// informedOf takes an incident out of the words, or from the card that is replied to.
func (r *request) informedOf(ctx context.Context, ws []string) (rest []string, id model.IncidentID, err error) {
	if len(ws) == 1 && isIncident(ws[0]) {
		id, err = r.b.d.Actions.IncidentNumbered(r.actor, ws[0])
		return nil, id, err
	}
	if len(ws) == 0 && r.in.ReplyTo != 0 {
		if id, _, err = r.b.d.Buttons.CardAt(ctx, r.in.Chat.ID, r.in.ReplyTo); id != 0 || err != nil {
			return nil, id, err
		}
	}
	ws, err = r.orSubject(ctx, ws, clientsMeant)
	return ws, 0, err
}

func isIncident(word string) bool {
	_, err := model.ParseIncidentID(word)
	return err == nil
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
			if line := s.contact(contact); line != "" {
				row += "\n   " + line
			}
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
