package oncall

import (
	"slices"
	"time"

	"opsbot/model"
)

// Person is somebody who can be on call.
type Person struct {
	Name     string
	Telegram model.UserID    // 0: none
	Phone    model.Secret    // for admins alone
	Language string          // of pages; "": that of others
	Rules    model.PageRules // how they are paged
	Zone     *time.Location  // of times told to this person; nil: no other than anybody's
}

// Roster is who can be on call, and when they are. It does not change.
type Roster struct {
	People    []Person
	Schedules []*Schedule
}

// Person finds a person by name.
func (r *Roster) Person(name string) (Person, bool) {
	at := slices.IndexFunc(r.People, func(p Person) bool { return p.Name == name })
	if at < 0 {
		return Person{}, false
	}
	return r.People[at], true
}

// ByTelegram finds a person by the id in Telegram.
func (r *Roster) ByTelegram(id model.UserID) (Person, bool) {
	at := slices.IndexFunc(r.People, func(p Person) bool { return id != 0 && p.Telegram == id })
	if at < 0 {
		return Person{}, false
	}
	return r.People[at], true
}
