package ops

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// OpenEvent is an open event of a source: as JSON a row of `opsbot events --json`.
type OpenEvent struct {
	model.Event
	Ref         string    `json:"ref,omitempty"`         // by which it can be closed; "" if the requester may not
	LastContact time.Time `json:"last_contact,omitzero"` // when the source last reported or listed it, as far as is known since the start
	On          []string  `json:"on,omitempty"`          // the clients on its host, or that it is about, that the requester sees
	Queried     bool      `json:"queried,omitempty"`     // its source can be asked whether it is still open

	Disconnected bool `json:"disconnected,omitempty"` // its source is disconnected: it may be over
}

// OpenEvents lists what sources hold open, worst first. Words select: names of sources, of hosts as the sources give them, or a selector of
// the inventory.
func (k *Actions) OpenEvents(ctx context.Context, who model.Actor, words []string) ([]OpenEvent, error) {
	if err := k.need(ctx, who, model.RoleViewer, "events", strings.Join(words, " ")); err != nil {
		return nil, err
	}
	open := k.events(ctx, who)
	pick, err := k.eventFilter(who, words, open)
	if err != nil {
		return nil, err
	}
	return k.openEvents(who, slices.DeleteFunc(open, func(e model.Event) bool { return !pick.takes(&e) })), nil
}

func (k *Actions) openEvents(who model.Actor, all []model.Event) []OpenEvent {
	from := map[string]model.SourceState{}
	for _, s := range k.sources(who.Scope) {
		from[s.Name] = s
	}
	inv := k.d.Inventory.Current()
	out := make([]OpenEvent, len(all))
	for i := range all {
		source := from[all[i].Source]
		e := OpenEvent{Event: all[i], Queried: source.Queried, Disconnected: source.Disconnected, On: concerned(inv, &all[i], who.Scope)}
		if e.ID != "" {
			e.Ref, e.LastContact = e.EventKey.Ref(), k.d.Sources.LastContact(e.EventKey)
		}
		e.LastContact = latest(e.LastContact, e.ConfirmedAt, e.SeenAt)
		out[i] = e
	}
	return out
}

// concerned are the clients that an event is about, or on whose host it is, as far as a scope sees them.
func concerned(inv *model.Inventory, e *model.Event, scope model.Scope) []string {
	names := e.Located().ClientsAbout()
	for _, c := range inv.ChecksOfHost(e.Host) {
		if scope.Sees(c.Client()) && !slices.Contains(names, c.Client()) {
			names = append(names, c.Client())
		}
	}
	slices.SortFunc(names, model.CompareNatural)
	return names
}

func latest(all ...time.Time) (last time.Time) {
	for _, t := range all {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// eventFilter is which events are asked for. Its parts narrow each other; an empty one takes all.
type eventFilter struct {
	sources []string
	names   []string           // as sources give them
	hosts   []string           // of the inventory
	about   []model.ServiceKey // of the selector: events that are about these, and no host
}

// eventFilter reads words: each is the name of a source, else a name that open events have, else part of a selector.
func (k *Actions) eventFilter(who model.Actor, words []string, open []model.Event) (f eventFilter, err error) {
	var rest []string
	for _, w := range words {
		switch {
		case slices.ContainsFunc(k.sources(who.Scope), func(s model.SourceState) bool { return strings.EqualFold(s.Name, w) }):
			f.sources = append(f.sources, w)
		case slices.ContainsFunc(open, func(e model.Event) bool { return e.Host == "" && isNamed(&e, w) }):
			f.names = append(f.names, w)
		default:
			rest = append(rest, w)
		}
	}
	if len(rest) == 0 {
		return f, nil
	}
	_, all, err := k.selected(k.d.Inventory.Current(), who, rest)
	for _, c := range all {
		if e := c.Endpoint; e != nil && !slices.Contains(f.hosts, e.Host) {
			f.hosts = append(f.hosts, e.Host)
		}
		if e := c.Endpoint; e != nil && !slices.Contains(f.about, e.ServiceKey) {
			f.about = append(f.about, e.ServiceKey)
		}
	}
	if names, known := k.bareHosts(rest); model.CodeOf(err) == model.ErrUnknownWord && known && !who.Scope.Limited {
		return eventFilter{sources: f.sources, names: f.names, hosts: names}, nil
	}
	if err == nil && len(f.hosts) == 0 {
		err = &model.Error{Code: model.ErrNothingSelected, Args: map[string]string{"words": shorten(strings.Join(rest, " "))}}
	}
	return f, err
}

// bareHosts are words that are all names of hosts of the inventory: a host without checks is in no selector.
func (k *Actions) bareHosts(words []string) (names []string, known bool) {
	inv := k.d.Inventory.Current()
	for _, w := range words {
		h, known := inv.Host(w)
		if !known {
			return nil, false
		}
		names = append(names, h.Name)
	}
	return names, true
}

func isNamed(e *model.Event, word string) bool {
	return slices.ContainsFunc(e.Names, func(name string) bool { return strings.EqualFold(name, word) })
}

func (f *eventFilter) takes(e *model.Event) bool {
	if len(f.sources) > 0 && !slices.ContainsFunc(f.sources, func(name string) bool { return strings.EqualFold(name, e.Source) }) {
		return false
	}
	if len(f.names)+len(f.hosts) == 0 {
		return true
	}
	return e.Host != "" && slices.Contains(f.hosts, e.Host) || slices.ContainsFunc(f.about, e.Located().IsAbout) || slices.ContainsFunc(f.names, func(w string) bool { return isNamed(e, w) })
}

// EventsNamed are the open events of some references, as OpenEvents gives them, or of whole keys ("icinga/web1!http"). ErrNoEvent names the
// first that is none, or that means several.
func (k *Actions) EventsNamed(ctx context.Context, who model.Actor, refs []string) ([]OpenEvent, error) {
	if err := k.need(ctx, who, RoleFor(ActionClose), ActionClose, strings.Join(refs, " ")); err != nil {
		return nil, err
	}
	if len(refs) == 0 {
		return nil, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": "events"}}
	}
	open := k.events(ctx, who)
	var found []model.Event
	for _, ref := range refs {
		e, err := eventNamed(open, ref)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(found, func(other model.Event) bool { return other.EventKey == e.EventKey }) {
			found = append(found, *e)
		}
	}
	return k.openEvents(who, found), nil
}

func eventNamed(open []model.Event, ref string) (found *model.Event, err error) {
	for i := range open {
		e := &open[i]
		switch {
		case e.ID == "": // it is also of clients that the requester does not see
		case e.String() == ref:
			return e, nil
		case strings.EqualFold(e.Ref(), ref):
			if found != nil {
				return nil, noEvent(ref)
			}
			found = e
		}
	}
	if found == nil {
		return nil, noEvent(ref)
	}
	return found, nil
}

func noEvent(ref string) error {
	return &model.Error{Code: model.ErrNoEvent, Args: map[string]string{"word": shorten(ref)}}
}

// CloseEvents closes open events by hand: they end here, not at their sources, and open again if the sources report them again. Each is
// stored with its audit entry. After an error those before it are closed.
func (k *Actions) CloseEvents(ctx context.Context, who model.Actor, refs []string) (closed []OpenEvent, err error) {
	all, err := k.EventsNamed(ctx, who, refs)
	if err != nil {
		return nil, err
	}
	for i := range all {
		e := &all[i]
		entry := k.entry(who, ActionClose, e.String())
		entry.Before = "open since " + e.OpenedAt.UTC().Format(time.RFC3339)
		if err := k.d.Closer.CloseEvent(ctx, e.EventKey, cmp.Or(who.Name, who.Via), entry); err != nil {
			return closed, err
		}
		closed = append(closed, *e)
	}
	return closed, nil
}
