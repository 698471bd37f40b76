package ops

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// ActionInform is a message to a client about what does not work, as in the audit log.
const ActionInform = "inform"

// ClientNews is what a client may be told of how its services are now: no host, no other client.
type ClientNews struct {
	model.Client
	Language string    // of the client; "" is not known
	Down     []string  // services that do not work
	Less     []string  // services that work in part
	Since    time.Time // when the first of these began to fail; zero: not known
	Mail     bool      // the client can be sent a mail
}

// Well reports whether there is nothing to tell.
func (n *ClientNews) Well() bool { return len(n.Down)+len(n.Less) == 0 }

// NewsOf returns what each client may be told that words name, or that an incident affects; without both, every client that has something to be told.
// hosts is true for words that select something else than clients and services: those ask what would be if hosts were gone.
func (k *Actions) NewsOf(ctx context.Context, who model.Actor, words []string, incident model.IncidentID) (all []ClientNews, hosts bool, err error) {
	if err := k.need(ctx, who, model.RoleViewer, ActionInform, strings.Join(words, " ")); err != nil {
		return nil, false, err
	}
	inv := k.d.Inventory.Current()
	var named []string
	switch {
	case incident != 0:
		if named, err = k.clientsHit(ctx, who, incident); err != nil {
			return nil, false, err
		}
	case len(words) > 0:
		sel, err := k.resolve(inv, words, who.Scope)
		if err != nil {
			return nil, false, err
		}
		if len(sel.Clients) == 0 || len(sel.Hosts)+len(sel.Checks)+len(sel.Labels) > 0 {
			return nil, true, nil
		}
		named = sel.Clients
	default:
		named = k.Clients(who.Scope)
	}
	for _, name := range named {
		news, err := k.newsOf(ctx, who, name)
		if err != nil {
			return nil, false, err
		}
		if len(words) > 0 || !news.Well() {
			all = append(all, news)
		}
	}
	slices.SortStableFunc(all, func(a, b ClientNews) int {
		return cmp.Or(len(b.Down)-len(a.Down), len(b.Less)-len(a.Less), model.CompareNatural(a.Name, b.Name))
	})
	return all, false, nil
}

// clientsHit are the clients that an incident affects, of those that the requester sees.
func (k *Actions) clientsHit(ctx context.Context, who model.Actor, id model.IncidentID) (names []string, err error) {
	in, _, err := k.Incident(ctx, who, id)
	if err != nil {
		return nil, err
	}
	for _, s := range touched(&in) {
		if who.Scope.Sees(s.Client) && !slices.Contains(names, s.Client) {
			names = append(names, s.Client)
		}
	}
	return names, nil
}

// newsOf is what a client may be told now.
func (k *Actions) newsOf(ctx context.Context, who model.Actor, client string) (ClientNews, error) {
	inv := k.d.Inventory.Current()
	c, _ := inv.Client(client)
	n := ClientNews{Client: c, Language: c.ReportLanguage}
	if to, err := k.clientMail(c); err == nil {
		n.Mail, n.Language = true, cmp.Or(to.Language, n.Language)
	}
	st, err := k.Status(ctx, who, []string{"client:" + client})
	if model.CodeOf(err) == model.ErrNothingSelected {
		return n, nil // nothing of it is checked
	}
	if err != nil {
		return n, err
	}
	bad := map[string]bool{}
	for _, s := range st.Services {
		if s.Client != client {
			continue
		}
		switch s.Verdict {
		case model.VerdictDown:
			n.Down, bad[s.Service] = append(n.Down, s.Service), true
		case model.VerdictDegraded:
			n.Less, bad[s.Service] = append(n.Less, s.Service), true
		}
	}
	for i := range st.Rows {
		if row := &st.Rows[i]; row.Check.Endpoint != nil && bad[row.Check.Endpoint.Service] && row.State.Phase == model.PhaseDown {
			n.Since = earlier(n.Since, row.State.Since)
		}
	}
	return n, nil
}

// earlier is the earlier of two times; a zero one is not known.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// InformTarget is who gets a mail about what a client may be told.
func (k *Actions) InformTarget(ctx context.Context, who model.Actor, client string) (ReportTarget, error) {
	if err := k.need(ctx, who, model.RoleOperator, ActionInform, client); err != nil {
		return ReportTarget{}, err
	}
	c, known := k.d.Inventory.Current().Client(client)
	if !known || !who.Scope.Sees(client) {
		return ReportTarget{}, &model.Error{Code: model.ErrNothingSelected, Args: map[string]string{"words": shorten(client)}}
	}
	return k.clientMail(c)
}

// MailInform sends a client the message that was written for it.
func (k *Actions) MailInform(ctx context.Context, who model.Actor, client string, r model.Report) (ReportTarget, error) {
	to, err := k.InformTarget(ctx, who, client)
	if err != nil {
		return to, err
	}
	entry := k.entry(who, ActionInform, client)
	entry.After = to.Name
	return to, k.posted(ctx, model.Change{
		Notifications: []model.Notification{k.reportTo(to.To, &r, model.SeverityWarning)}, Audit: []model.AuditEntry{entry},
	})
}
