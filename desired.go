package opsbot

// DesiredState are what people's acknowledgements and mutes mean to the systems that events come from.
type DesiredState struct {
	Acks     []DesiredAck     // by incident
	Silences []DesiredSilence // by mute
	Cards    []IncidentID     // open incidents whose cards say what became of it
}

// DesiredAck is an open incident that somebody has in hand.
type DesiredAck struct {
	Incident IncidentID
	Ack      Ack
	Events   []Event // that stood when it was acknowledged, still stand, and that nobody has acknowledged at their source
}

// DesiredSilence is a mute that holds and that sources can keep as well: of an incident, or of whole hosts.
type DesiredSilence struct {
	Mute   Mute
	Events []Event  // that stand: those of the incident, or those on the hosts
	Hosts  []string // Host.Name of the inventory, muted as a whole; none of a mute of an incident
}
