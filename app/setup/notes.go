package setup

import (
	"maps"
	"slices"
	"strings"
	"time"

	"opsbot/checks"
	"opsbot/config"
	"opsbot/model"
	"opsbot/schedule"
)

// Notes are what is allowed and most likely not meant: each has its place, and says what to do. They stop nothing. paired are the paired
// chats, as far as they are known; now is from when on schedules of on-call duty are looked through. Hosts that come from DNS are not known
// here; what depends on them is not said.
func (l *Loaded) Notes(paired []model.Chat, now time.Time) model.Problems {
	n := &noter{Loaded: l, inv: l.Source().Build(nil), paired: paired}
	n.notes = append(n.notes, l.notes...)
	n.minUp()
	n.routes()
	n.hours()
	n.maintenance()
	n.schedules()
	n.onePerson()
	n.readers()
	n.onCall(now)
	n.machine()
	return n.notes
}

// noter collects notes.
type noter struct {
	*Loaded
	inv    *model.Inventory
	paired []model.Chat
	notes  model.Problems
}

func (n *noter) add(at model.Place, what model.Sentence) { n.notes = append(n.notes, at.Problem(what)) }

// minUp finds services that need more endpoints than they have: they are down for ever.
func (n *noter) minUp() {
	for _, s := range n.inv.Services() {
		client, _ := n.inv.Client(s.Client)
		total := len(n.inv.ChecksOfService(s.ServiceKey))
		if len(client.Domains) > 0 || total == 0 || s.MinUp.Need(total) <= total {
			continue
		}
		n.add(n.placeOf(s.Client), model.Say("config.note.min_up", "client", s.Client, "service", s.Service, "need", s.MinUp.Need(total), "total", total))
	}
}

// placeOf is where a client is declared, if that is in the configuration.
func (n *noter) placeOf(client string) model.Place {
	for i := range n.Config.Clients {
		if n.Config.Clients[i].Name == client {
			return n.Config.Clients[i].At
		}
	}
	return model.Place{File: n.Config.Files[0]}
}

// routes finds routes that no incident takes.
func (n *noter) routes() {
	for i := range n.Config.Routes {
		r := &n.Config.Routes[i]
		before := slices.IndexFunc(n.Config.Routes[:i], func(other config.Route) bool { return !other.Continue && covers(&other, r) })
		switch {
		case before >= 0:
			n.add(r.At, model.Say("config.note.route_behind", "other", before+1))
		case !n.taken(r):
			n.add(r.At, model.Say("config.note.route_nothing"))
		}
	}
}

// covers reports whether one route takes all that another one does.
func covers(wide, narrow *config.Route) bool {
	for key, values := range wide.Labels {
		if len(narrow.Labels[key]) == 0 || !allOf(narrow.Labels[key], values) {
			return false
		}
	}
	return wide.MinSeverity <= narrow.MinSeverity && allOf(narrow.Clients, wide.Clients) && allOf(narrow.Services, wide.Services) &&
		allOf(narrow.Tiers, wide.Tiers)
}

// allOf reports whether a list of alternatives allows nothing that another one does not; an empty list allows all.
func allOf(words, of []string) bool {
	return len(of) == 0 || len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(of, w) })
}

// taken reports whether some check can open an incident for a route. Events of sources have labels of their own.
func (n *noter) taken(r *config.Route) bool {
	if len(r.Clients)+len(r.Services)+len(r.Tiers) == 0 && (len(r.Labels) == 0 || len(n.Config.Inbound) > 0) {
		return true
	}
	return slices.ContainsFunc(n.inv.Checks(), func(c *model.Check) bool {
		if e := c.Endpoint; e != nil {
			s, _ := n.inv.Service(e.ServiceKey)
			if !allOf([]string{e.Client}, r.Clients) || !allOf([]string{e.Service}, r.Services) || !allOf([]string{s.Tier}, r.Tiers) {
				return false
			}
		} else if len(r.Clients)+len(r.Services)+len(r.Tiers) > 0 {
			return false
		}
		return labelled(c.Labels, r.Labels)
	}) || slices.ContainsFunc(n.inv.Services(), func(s model.Service) bool { return n.mayTake(&s, r) })
}

// mayTake reports whether a service of hosts that come from DNS may open an incident for a route: its client, its name and its tier are
// known; each label is that of its client, or of a host that DNS may turn out to name.
func (n *noter) mayTake(s *model.Service, r *config.Route) bool {
	client, _ := n.inv.Client(s.Client)
	if len(client.Domains) == 0 || !allOf([]string{s.Client}, r.Clients) || !allOf([]string{s.Service}, r.Services) || !allOf([]string{s.Tier}, r.Tiers) {
		return false
	}
	for key, values := range r.Labels {
		if !n.mayHave(&client, key, values) {
			return false
		}
	}
	return true
}

// mayHave reports whether an endpoint of a client whose hosts come from DNS may have one of some values of a label.
func (n *noter) mayHave(c *model.Client, key string, values []string) bool {
	return len(c.Domains) > 0 && (slices.Contains(values, c.Labels[key]) ||
		slices.ContainsFunc(n.inv.Hosts(), func(h model.Host) bool { return slices.Contains(values, h.Labels[key]) }))
}

func labelled(labels model.Labels, want map[string][]string) bool {
	for key, values := range want {
		if !slices.Contains(values, labels[key]) {
			return false
		}
	}
	return true
}

// hours finds active hours that change nothing.
func (n *noter) hours() {
	a, routes := &n.Config.Alerts, n.Config.Routes
	at := model.Place{File: n.Config.Files[0], Path: "alerts"}
	limits := a.Hours != nil && a.Hours.String() != "always"
	switch {
	case !limits && !slices.Equal(a.HoursBypass, config.Defaults().Alerts.HoursBypass):
		n.add(at, model.Say("config.note.bypass_alone"))
	case limits && bypassesAll(a.HoursBypass):
		n.add(at, model.Say("config.note.bypass_all"))
	case limits && len(routes) > 0 && !slices.ContainsFunc(routes, func(r config.Route) bool { return r.Hours == nil }):
		n.add(at, model.Say("config.note.hours_of_routes"))
	}
}

func bypassesAll(list []model.Severity) bool {
	return !slices.ContainsFunc([]model.Severity{model.SeverityInfo, model.SeverityWarning, model.SeverityCritical}, func(s model.Severity) bool {
		return !slices.Contains(list, s)
	})
}

// maintenance finds labels of windows that nothing has, and schedules that open on more days than most people mean.
func (n *noter) maintenance() {
	for i := range n.Config.Maintenance {
		m := &n.Config.Maintenance[i]
		n.eitherDay(m.At, string(m.Schedule))
		for _, key := range slices.Sorted(maps.Keys(m.Labels)) {
			want := map[string][]string{key: m.Labels[key]}
			known := slices.ContainsFunc(n.inv.Checks(), func(c *model.Check) bool { return labelled(c.Labels, want) })
			if !known && !slices.ContainsFunc(n.inv.Clients(), func(c model.Client) bool { return n.mayHave(&c, key, m.Labels[key]) }) {
				n.add(m.At, model.Say("config.note.label", "got", key+"="+strings.Join(m.Labels[key], ",")))
			}
		}
	}
}

// schedules finds those that are due on more days than most people mean. Windows are looked at with their labels.
func (n *noter) schedules() {
	for i := range n.Config.Checks {
		c := &n.Config.Checks[i]
		n.eitherDay(c.At, string(c.Schedule))
		if o, ok := c.Options.(*checks.HeartbeatOptions); ok {
			n.eitherDay(c.At, o.Expects)
		}
	}
	for i := range n.Config.Reports {
		n.eitherDay(n.Config.Reports[i].At, string(n.Config.Reports[i].Schedule))
	}
}

func (n *noter) eitherDay(at model.Place, expression string) {
	if schedule.EitherDay(expression) {
		n.add(at, model.Say("config.note.either_day", "got", expression))
	}
}

// onePerson finds critical incidents that only one person's chat is notified of: nobody hears them while that person sleeps, or has
// blocked the bot.
func (n *noter) onePerson() {
	if len(n.Config.Alerts.Fallback) > 0 {
		return
	}
	chats := n.Config.Telegram.KnownChats()
	for _, c := range n.paired {
		if !slices.ContainsFunc(chats, func(listed model.Chat) bool { return listed.ID == c.ID }) {
			chats = append(chats, c)
		}
	}
	routing := n.Routing(chats)
	routing.Console = false
	var alone model.Chat
	var of []string
	for _, c := range n.criticals() {
		targets := routing.Route(&c.in, c.about)
		if len(targets) != 1 || targets[0].To.Chat <= 0 {
			continue
		}
		at := slices.IndexFunc(chats, func(chat model.Chat) bool { return chat.ID == targets[0].To.Chat })
		if at >= 0 && !slices.Contains(of, c.of) {
			alone, of = chats[at], append(of, c.of)
		}
	}
	if len(of) > 0 {
		n.add(model.Place{File: n.Config.Files[0]}, model.Say("config.note.one_person", "chat", alone.Name, "of", clipped(of)))
	}
}

// mostNoted bounds the names in a note.
const mostNoted = 5

func clipped(names []string) []string {
	if len(names) <= mostNoted {
		return names
	}
	return append(slices.Clone(names[:mostNoted]), "…")
}
