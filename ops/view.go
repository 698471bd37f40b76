package ops

import (
	"context"
	"slices"
	"strconv"
	"time"

	"opsbot/model"
)

// This file is the wall between what is stored and who asks: all that use cases read of incidents, mutes, events, sources, the audit log and opsbot's
// own health comes through here, cut to what the requester sees and with the numbers that their readers use. test/house holds the other files to it.

// Numbers are what readers limited to some clients call incidents and mutes.
type Numbers interface {
	// Numbers returns the numbers by stored id, and gives those that are missing.
	Numbers(ctx context.Context, readers model.Scope, kind model.NumberKind, ids []int64) map[int64]int64
	// Numbered returns the stored id of a number; false when these readers call nothing so.
	Numbered(readers model.Scope, kind model.NumberKind, number int64) (id int64, known bool)
}

// numbering gives what leaves for a requester the numbers of their readers.
func (k *Actions) numbering(ctx context.Context, readers model.Scope) model.Numbering {
	return model.Numbering{Readers: readers, Numbers: func(readers model.Scope, kind model.NumberKind, ids []int64) map[int64]int64 {
		return k.d.Numbers.Numbers(ctx, readers, kind, ids)
	}}
}

// open are the open incidents that the requester sees.
func (k *Actions) open(ctx context.Context, who model.Actor) []model.Incident {
	return k.numbered(ctx, who, k.d.Alerts.OpenIncidents(who.Scope))
}

// numbered gives incidents the requester's numbers.
func (k *Actions) numbered(ctx context.Context, who model.Actor, all []model.Incident) []model.Incident {
	k.numbering(ctx, who.Counts()).Incidents(pointers(all)...)
	withoutPhones(who, pointers(all)...)
	return all
}

func pointers[T any](all []T) []*T {
	out := make([]*T, len(all))
	for i := range all {
		out[i] = &all[i]
	}
	return out
}

// seen returns an open incident that affects what the requester sees, whole if nobody else is affected. Only the alerts.Manager knows all that a
// storm or an event group affects: the incident names just the worst. Its id is that by which it is stored.
func (k *Actions) seen(who model.Actor, id model.IncidentID) (in model.Incident, open bool) {
	in, open = k.d.Alerts.Incident(id)
	if !open || !who.Scope.Limited {
		return in, open && !in.Readers.Limited
	}
	in.Paged = nil // who answers for others is not theirs to know
	if !in.Gathered() {
		return in, seesSome(who.Scope, &in)
	}
	all := k.d.Alerts.OpenIncidents(who.Scope)
	if at := slices.IndexFunc(all, func(in model.Incident) bool { return in.ID == id }); at >= 0 {
		return all[at], true
	}
	// A storm of those who see everything, in a chat of theirs: the requester answers for what it has of their clients.
	if in.Kind != model.IncidentStorm || in.Readers.Limited || !touchesScope(who.Scope, &in) {
		return model.Incident{}, false
	}
	return within(&in, who.Scope), true
}

// muted is the incident that a mute of one incident is about; nil of any other.
func (k *Actions) muted(ctx context.Context, who model.Actor, m *model.Mute) *model.Incident {
	if m.Incident == 0 {
		return nil
	}
	in, open := k.d.Alerts.Incident(m.Incident)
	if !open {
		return nil
	}
	k.numbering(ctx, who.Counts()).Incidents(&in)
	return &in
}

// IncidentNumbered is the id of the incident that the requester calls by a number: "12" or "#12". ErrNoIncident when there is none.
func (k *Actions) IncidentNumbered(who model.Actor, word string) (model.IncidentID, error) {
	n, err := model.ParseIncidentID(word)
	if err != nil || !who.Counts().Limited {
		return n, err
	}
	id, known := k.d.Numbers.Numbered(who.Counts(), model.NumberIncident, int64(n))
	if !known {
		return 0, &model.Error{Code: model.ErrNoIncident, Args: map[string]string{"word": "#" + strconv.FormatInt(int64(n), 10)}}
	}
	return model.IncidentID(id), nil
}

// IncidentNumber is what the requester calls an incident.
func (k *Actions) IncidentNumber(ctx context.Context, who model.Actor, id model.IncidentID) model.IncidentID {
	return k.numbering(ctx, who.Counts()).Incident(id)
}

// noIncident is the error of an incident that is not open, or none of the requester's.
func (k *Actions) noIncident(ctx context.Context, who model.Actor, id model.IncidentID) error {
	n := strconv.FormatInt(int64(k.IncidentNumber(ctx, who, id)), 10)
	return &model.Error{Code: model.ErrNoIncident, Args: map[string]string{"word": "#" + n}}
}

// aboutIncident gives an error about an incident the requester's number of it.
func (k *Actions) aboutIncident(ctx context.Context, who model.Actor, id model.IncidentID, err error) error {
	e, ok := err.(*model.Error) //nolint:errorlint // one that is wrapped is not for people
	if !ok || !who.Counts().Limited {
		return err
	}
	stored, own := strconv.FormatInt(int64(id), 10), strconv.FormatInt(int64(k.IncidentNumber(ctx, who, id)), 10)
	same := *e
	same.Args = map[string]string{}
	for name, value := range e.Args {
		if value == stored {
			value = own
		}
		same.Args[name] = value
	}
	return &same
}

// withoutForeignParents leaves of parents those that are listed: what else an incident was part of may be others'.
func withoutForeignParents(all []model.Incident) {
	listed := map[model.IncidentID]bool{}
	for i := range all {
		listed[all[i].ID] = true
	}
	for i := range all {
		if !listed[all[i].Parent] {
			all[i].Parent = 0
		}
	}
}

// plans are the mutes, active and future, that the requester sees, by their end.
func (k *Actions) plans(ctx context.Context, who model.Actor, now time.Time) []model.Mute {
	var seen []model.Mute
	for _, m := range k.d.Muter.Mutes() {
		if m.EndedAt.IsZero() && now.Before(m.Until) && k.seesMute(who.Scope, &m) {
			seen = append(seen, m)
		}
	}
	k.numbering(ctx, who.Counts()).Mutes(pointers(seen)...)
	slices.SortStableFunc(seen, func(a, b model.Mute) int { return a.Until.Compare(b.Until) })
	return seen
}

// muteOf is the active mute of an incident; nil if it has none.
func (k *Actions) muteOf(id model.IncidentID) *model.Mute {
	now := k.d.Now()
	for _, m := range k.d.Muter.Mutes() {
		if id != 0 && m.Incident == id && m.Active(now) {
			return &m
		}
	}
	return nil
}

// noSources reports whether there are no sources: everybody sees which there are.
func (k *Actions) noSources() bool { return len(k.d.Sources.SourceStates()) == 0 }

// shownMute is a mute as the requester may know it: of one that hides more, only that it is there and when it ends.
func (k *Actions) shownMute(ctx context.Context, who model.Actor, m *model.Mute) *model.Mute {
	if m == nil {
		return nil
	}
	shown := *m
	if !k.seesMute(who.Scope, m) {
		shown = m.Within(who.Scope)
	}
	k.numbering(ctx, who.Counts()).Mutes(&shown)
	return &shown
}

// seesMute reports whether a mute hides nothing outside a scope.
func (k *Actions) seesMute(scope model.Scope, m *model.Mute) bool {
	if !scope.Limited {
		return true
	}
	if m.Incident != 0 {
		in, open := k.d.Alerts.Incident(m.Incident)
		return open && seesIncident(scope, &in)
	}
	return len(m.Selector.Clients) > 0 && !slices.ContainsFunc(m.Selector.Clients, func(c string) bool { return !scope.Sees(c) })
}

// longer is the mute that ends last of those that mute all that another one does, for longer; nil if there is none.
func (k *Actions) longer(m *model.Mute) (last *model.Mute) {
	from := k.d.Now()
	if m.From.After(from) {
		from = m.From
	}
	for _, other := range k.d.Muter.Mutes() {
		if other.ID != m.ID && other.Outlasts(m, from) && (last == nil || other.Until.After(last.Until)) {
			last = &other
		}
	}
	return last
}

// events are the active events that the requester sees, worst first.
func (k *Actions) events(ctx context.Context, who model.Actor) []model.Event {
	all := k.d.Events.Events(who.Scope)
	k.numbering(ctx, who.Counts()).Events(all)
	return all
}

// sources are the connections to the sources of events. How many events they have, and what they say of hosts, may concern others.
func (k *Actions) sources(scope model.Scope) []model.SourceState {
	all := slices.Clone(k.d.Sources.SourceStates())
	if scope.Limited {
		for i := range all {
			all[i].Active = 0
			all[i].Missing = slices.DeleteFunc(slices.Clone(all[i].Missing), func(r model.Reason) bool { return r.Code == model.ReasonSourceDeclines })
		}
	}
	return all
}

// healthIssues are opsbot's own health issues, as far as a scope may know: mistakes in the config, and chats, are of other clients too.
func (k *Actions) healthIssues(scope model.Scope) []model.Reason {
	all := slices.Clone(k.d.HealthIssues())
	if scope.Limited {
		all = slices.DeleteFunc(all, func(r model.Reason) bool { return r.NamesOthers() })
		for i := range all {
			if all[i].Code == model.IssueOverdue {
				all[i] = all[i].Without("check") // it may be another client's
			}
		}
	}
	if n := k.strangers(scope); n > 0 {
		all = append(all, model.NewReason(model.IssueUnmapped, "count", strconv.Itoa(n)))
	}
	return append(all, k.d.Inventory.Warnings(scope)...)
}

// leader is who leads; the machines are not for limited readers.
func (k *Actions) leader(scope model.Scope) model.Reason {
	if k.d.Leader == nil || scope.Limited {
		return model.Reason{}
	}
	return k.d.Leader()
}

// strangers counts unmapped names in events.
func (k *Actions) strangers(scope model.Scope) int {
	seen := map[string]bool{}
	for _, e := range k.d.Events.Events(scope) {
		if e.IsUnmapped() {
			seen[e.Source+"\x00"+e.Names[0]] = true
		}
	}
	return len(seen)
}

// audited are the audit entries since a time of people who see no more than the requester, newest first; more: there were more than could be read.
func (k *Actions) audited(ctx context.Context, who model.Actor, since time.Time) (all []model.AuditEntry, more bool, err error) {
	read, err := k.d.Archive.AuditSince(ctx, since, mostAudit)
	for i := range read {
		if e := read[i]; who.Scope.Includes(e.Actor.Scope) {
			all = append(all, k.ShownEntry(ctx, who, e))
		}
	}
	return all, len(read) == mostAudit && !who.Scope.Limited, err
}

// ShownEntry is an audit entry with the requester's numbers. Telegram's number of the update counts everybody's.
func (k *Actions) ShownEntry(ctx context.Context, who model.Actor, e model.AuditEntry) model.AuditEntry {
	if !who.Counts().Limited {
		return e
	}
	e.Actor.Update = 0
	at := targetNumber.FindStringSubmatchIndex(e.Target)
	if at == nil {
		return e
	}
	id, err := strconv.ParseInt(e.Target[at[2]:at[3]], 10, 64)
	if err != nil {
		return e
	}
	kind := model.NumberIncident
	if e.Action == ActionUnmute || e.Action == ActionExtend {
		kind = model.NumberMute
	}
	n := k.d.Numbers.Numbers(ctx, who.Counts(), kind, []int64{id})[id]
	e.Target = e.Target[:at[2]] + strconv.FormatInt(n, 10) + e.Target[at[3]:]
	return e
}
