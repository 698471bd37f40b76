package webhook

import (
	"time"

	"opsbot/model"
)

// Version is the version of the documents. It rises if a field is removed or changes its meaning, not if one is added.
const Version = 1

// Document is the body of a post. docs/channels.md explains every field. Fields that do not apply are omitted.
type Document struct {
	Version     int                    `json:"version"`
	ID          string                 `json:"id"` // as HeaderID
	Instance    string                 `json:"instance"`
	Kind        model.NotificationKind `json:"kind"`     // all but "updated"
	Severity    model.Severity         `json:"severity"` // "info", "warning", "critical"
	At          time.Time              `json:"at"`       // when it was due
	Text        string                 `json:"text"`     // as a chat would show it, without markup
	Silent      bool                   `json:"silent"`
	Repeat      bool                   `json:"repeat"`                  // an earlier attempt may have arrived
	FallbackFor string                 `json:"fallback_for,omitempty"`  // the failing destination in whose place it is sent
	Incident    *Incident              `json:"incident,omitempty"`      // opened, raised, resolved, reminder
	Joined      *Joined                `json:"joined,omitempty"`        // raised: what is new in the incident; absent if only its severity rose
	Open        []Incident             `json:"open,omitempty"`          // digest, daily, mute_ended: open incidents, worst first
	Resolved    []Incident             `json:"resolved,omitempty"`      // digest, mute_ended: notified as open before, and over now
	Gone        []Incident             `json:"came_and_went,omitempty"` // digest, mute_ended
}

// The states of an incident.
const (
	StateOpen     = "open"
	StateResolved = "resolved"
)

// Joined is what became part of an incident, or got down in it, since the last document about it, worst first.
type Joined struct {
	Services []Service       `json:"services,omitempty"`
	Worse    []Service       `json:"worse,omitempty"`    // named before, and worse now: most are down
	Checks   []model.CheckID `json:"checks,omitempty"`   // standalone ones
	Unmapped []string        `json:"unmapped,omitempty"` // hosts that the inventory does not have
}

// Incident is an incident in a document.
type Incident struct {
	Number   model.IncidentID   `json:"number"`
	Kind     model.IncidentKind `json:"kind"` // "check", "service", "host", "storm", "event_group", "source", "connectivity"
	Key      string             `json:"key"`  // what it is about: "check:main-db", "service:clientA/reports", "host:web1"
	State    string             `json:"state"`
	Now      model.Condition    `json:"now"` // "open", "muted", "verifying", "resting" (flapping, works right now), "latched" (works again, waits for a reset), "ok"
	Severity model.Severity     `json:"severity"`
	OpenedAt time.Time          `json:"opened_at"`
	ClosedAt time.Time          `json:"closed_at,omitzero"`
	Parent   model.IncidentID   `json:"part_of,omitempty"`
	Flapping bool               `json:"flapping,omitempty"`
	Comment  string             `json:"comment,omitempty"`
	Services []Service          `json:"services,omitempty"` // affected ones, worst first
	Checks   []model.CheckID    `json:"checks,omitempty"`   // failing ones
}

// Service is a client's service that an incident affects.
type Service struct {
	Client  string        `json:"client"`
	Service string        `json:"service"`
	Tier    string        `json:"tier,omitempty"`
	Verdict model.Verdict `json:"verdict"` // "ok", "degraded", "at_risk", "unknown", "down"
	Up      int           `json:"up"`
	Failed  int           `json:"failed"`
	Unknown int           `json:"unknown"`
	Need    int           `json:"need"`
}

func (w *Webhook) document(t *model.Notification) Document {
	d := Document{
		Version: Version, ID: id(w.o.Instance, t), Instance: w.o.Instance, Kind: t.Kind, Severity: t.Severity,
		At: t.Created.UTC(), Text: w.o.Render(*t), Silent: t.Silent, Repeat: t.Repeat,
		Open: incidents(t.Snapshot.Open), Resolved: incidents(t.Snapshot.Resolved), Gone: incidents(t.Snapshot.Gone),
	}
	if t.NotBefore.After(t.Created) {
		d.At = t.NotBefore.UTC()
	}
	if t.Snapshot.Incident != nil {
		in := incident(t.Snapshot.Incident)
		d.Incident = &in
	}
	if j := t.Snapshot.Joined; !j.IsZero() {
		d.Joined = &Joined{Services: services(j.Services), Worse: services(j.Worse), Checks: j.Checks, Unmapped: j.Unmapped}
	}
	if t.Snapshot.FallbackFor != nil {
		d.FallbackFor = t.Snapshot.FallbackFor.Name
	}
	return d
}

func incidents(all []model.Incident) []Incident {
	out := make([]Incident, len(all))
	for i := range all {
		out[i] = incident(&all[i])
	}
	return out
}

func incident(in *model.Incident) Incident {
	out := Incident{
		Number: in.ID, Kind: in.Kind, Key: in.Key(), State: StateOpen, Severity: in.Severity, OpenedAt: in.OpenedAt.UTC(),
		Now: in.Condition(), Parent: in.Parent, Flapping: in.Flap != nil, Comment: in.Comment,
	}
	if !in.Open() {
		out.State, out.ClosedAt = StateResolved, in.ClosedAt.UTC()
	}
	out.Services = services(in.Affected)
	for i := range in.Failing {
		out.Checks = append(out.Checks, in.Failing[i].Check)
	}
	return out
}

func services(all []model.ServiceState) []Service {
	out := make([]Service, len(all))
	for i := range all {
		s := &all[i]
		out[i] = Service{
			Client: s.Client, Service: s.Service, Tier: s.Tier, Verdict: s.Verdict,
			Up: s.Up, Failed: s.Failed, Unknown: s.Unknown, Need: s.Need,
		}
	}
	return out
}
