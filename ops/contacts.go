package ops

import (
	"slices"
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// Contacts is where messages about on-call duty go.
type Contacts interface {
	// Direct returns the chat of a person with the bot, and what they may see there; ok is false if there is none, or none that works now.
	Direct(p oncall.Person) (to model.Destination, who model.Actor, ok bool)
	// Group returns the chat of a schedule. always is true where the configuration names it: it is told of every handover. ok is false if there is
	// none.
	Group(schedule string) (to model.Destination, always, ok bool)
}

// nobody is Contacts of a bot that tells nobody.
type nobody struct{}

func (nobody) Direct(oncall.Person) (model.Destination, model.Actor, bool) {
	return model.Destination{}, model.Actor{}, false
}

func (nobody) Group(string) (model.Destination, bool, bool) { return model.Destination{}, false, false }

// zoneName is the zone of times told to a person; "": that of the chat.
func zoneName(p oncall.Person) string {
	if p.Zone == nil {
		return ""
	}
	return p.Zone.String()
}

// dutyNote is a message about on-call duty.
func dutyNote(to model.Destination, news model.ShiftNews, at time.Time) model.Notification {
	severity := model.SeverityInfo
	if news.What == model.ShiftGap {
		severity = model.SeverityWarning
	}
	return model.Notification{Kind: model.NotifyShift, To: to, Severity: severity, Created: at, Snapshot: model.Snapshot{Shift: &news}}
}

// without lists the names that others do not have.
func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(others, name) })
}
