package ops

import "opsbot/model"

// This file is who may read phone numbers: whoever may not reads the rest of a contact.

// shownContacts are contacts as the requester may read them.
func shownContacts(who model.Actor, contacts []string) []string {
	if who.SeesPhones() {
		return contacts
	}
	var shown []string
	for _, c := range contacts {
		if c = model.WithoutPhones(c); c != "" {
			shown = append(shown, c)
		}
	}
	return shown
}

// shownClient is a client as the requester may read it.
func shownClient(who model.Actor, c model.Client) model.Client {
	c.Contacts = shownContacts(who, c.Contacts)
	return c
}

// shownGuides are guides as the requester may read them.
func shownGuides(who model.Actor, all []model.Guide) []model.Guide {
	if who.SeesPhones() || len(all) == 0 {
		return all
	}
	shown := make([]model.Guide, len(all))
	for i, g := range all {
		g.Contacts = shownContacts(who, g.Contacts)
		shown[i] = g
	}
	return shown
}

// withoutPhones leaves out of copies of incidents what the requester may not read of contacts.
func withoutPhones(who model.Actor, all ...*model.Incident) {
	if who.SeesPhones() {
		return
	}
	for _, in := range all {
		in.Guides = shownGuides(who, in.Guides)
		if in.EventGroup != nil && len(in.EventGroup.Guides) > 0 {
			group := *in.EventGroup
			group.Guides = shownGuides(who, group.Guides)
			in.EventGroup = &group
		}
		if in.Storm != nil && len(in.Storm.Parts) > 0 {
			storm := *in.Storm
			storm.Parts = append([]model.Incident(nil), storm.Parts...)
			withoutPhones(who, pointers(storm.Parts)...)
			in.Storm = &storm
		}
	}
}
