package app

import (
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/app/setup"
	"opsbot/model"
)

// longWait is from when on it is said that a destination asks to be left alone: shorter waits are everyday ones.
const longWait = time.Minute

// name is a destination's name, for people.
func (o *outbox) name(to model.Destination) string {
	return setup.DestinationName(to, o.people.Chats())
}

// outages are the health issues about destinations that deny us, or ask to be left alone for long. That nobody answers is said by
// whoever cannot reach them.
func (o *outbox) outages() []model.Reason {
	var all []model.Reason
	for _, out := range o.dispatcher.Outages() {
		switch {
		case out.Failure == model.SendDenied:
			all = append(all, model.DenialReason(&out, o.name(out.To)))
		case asksForLong(&out, o.Now()):
			all = append(all, model.NewReason(model.IssueWait, "to", o.name(out.To), "until", out.Until.UTC().Format(time.RFC3339)))
		}
	}
	return all
}

// asksForLong reports whether a destination wants to be left alone for so long that somebody should know.
func asksForLong(out *model.Outage, now time.Time) bool {
	return out.Failure == model.SendFlood && out.Until.Sub(now) >= longWait
}

// logOutage writes to the log what becomes of a destination.
func (o *outbox) logOutage(out model.Outage) {
	log := o.component("notify").WithFields(logrus.Fields{"to": o.name(out.To), "since": out.Since.UTC().Format(time.RFC3339)})
	switch {
	case out.Failure == "" && out.Noticed:
		log.Warn("the destination accepts messages again")
	case out.Failure == model.SendDenied:
		log.WithFields(logrus.Fields{"denial": string(out.Denial), "said": out.Said}).Error("the destination accepts no messages; they wait for 7 days, and it is tried ever more seldom")
	case asksForLong(&out, o.Now()):
		log.WithFields(logrus.Fields{"until": out.Until.UTC().Format(time.RFC3339), "said": out.Said}).Warn("the destination asks to be left alone for long; it is tried every 10 minutes")
	}
}
