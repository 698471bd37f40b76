package model

// Delivered is what a destination was last sent about an incident. A card says what was decided (Card.Down); this says what arrived.
type Delivered uint8

// The values.
const (
	DeliveredNothing Delivered = iota
	DeliveredOpen              // that it is open
	DeliveredEnd               // that it is over
)

// Says is what a destination knows of incidents once it has the notification, by incident: an opening that comes so late that it
// shows the end counts as the end. Edits, reminders, fallback copies and what is sent to single recipients of a mail change nothing.
func (t *Notification) Says() map[IncidentID]Delivered {
	if t.Snapshot.FallbackFor != nil || len(t.Snapshot.Only) > 0 {
		return nil
	}
	said := map[IncidentID]Delivered{}
	switch t.Kind {
	case NotifyResolved:
		said[t.Incident] = DeliveredEnd
	case NotifyOpened, NotifyRaised:
		said[t.Incident] = DeliveredOpen
		if in := t.Snapshot.Incident; in != nil && !in.Open() {
			said[t.Incident] = DeliveredEnd
		}
	case NotifyDigest, NotifyMuteEnded:
		for i := range t.Snapshot.Open {
			said[t.Snapshot.Open[i].ID] = DeliveredOpen
		}
		for _, over := range [][]Incident{t.Snapshot.Resolved, t.Snapshot.Gone} {
			for i := range over {
				said[over[i].ID] = DeliveredEnd
			}
		}
	}
	return said
}
