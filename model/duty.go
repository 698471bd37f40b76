package model

import "time"

// Cover asks for somebody who is on call in place of a person for some time.
type Cover struct {
	ID       int64     `json:"id"`
	Schedule string    `json:"schedule"`
	Person   string    `json:"person"` // who needs it
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Asked    string    `json:"asked,omitempty"` // who is asked; "": anybody else
	By       string    `json:"by,omitempty"`    // who made it
	Reason   string    `json:"reason,omitempty"`
	Made     time.Time `json:"made"`

	Refused  []string   `json:"refused,omitempty"`
	Taken    string     `json:"taken,omitempty"`    // who took it
	Override int64      `json:"override,omitempty"` // which was made then
	Ended    time.Time  `json:"ended,omitzero"`     // taken, withdrawn, or too late; zero: it is open
	Urged    CoverUrged `json:"urged,omitempty"`    // how far the asking has gone
}

// CoverUrged is how often people were asked for a cover.
type CoverUrged int

// The values of CoverUrged.
const (
	CoverAsked      CoverUrged = iota // once
	CoverAskedAgain                   // again, after half of the time until it begins
	CoverPressing                     // everybody, shortly before it begins
)

// CoverAnswer is what somebody says to a cover.
type CoverAnswer string

// The values of CoverAnswer.
const (
	CoverTake     CoverAnswer = "take"
	CoverRefuse   CoverAnswer = "refuse"
	CoverWithdraw CoverAnswer = "withdraw" // by whoever needs it
)

// ShiftsNotified is what people were told last of a schedule.
type ShiftsNotified struct {
	People []string  `json:"people,omitempty"` // who is on call, by name
	Group  []string  `json:"group,omitempty"`  // of these, those of whom the schedule's chat was told
	Gap    time.Time `json:"gap,omitzero"`     // when the gap begins that was told; zero: none
}

// DutyChange is a change of on-call duty, and what people are told of it: one transaction.
type DutyChange struct {
	Notified      map[string]ShiftsNotified // by schedule: all of them; nil: as before
	Cover         *Cover                    // number 0: a new one
	Override      *Override                 // a new one, of the Cover if there is one
	Notifications []Notification            // those about the Cover get its number
	Audit         []AuditEntry
}

// ShiftEvent is what happened to on-call duty.
type ShiftEvent string

// The values of ShiftEvent.
const (
	ShiftBegins ShiftEvent = "begins" // for the person
	ShiftEnds   ShiftEvent = "ends"   // for the person
	ShiftGroup  ShiftEvent = "group"  // for a chat: others are on call
	ShiftMoved  ShiftEvent = "moved"  // another configuration has other shifts
	ShiftGap    ShiftEvent = "gap"    // nobody will be on call
)

// ShiftNews is a message about on-call duty. Open incidents are in the snapshot's Open.
type ShiftNews struct {
	What     ShiftEvent `json:"what"`
	Schedule string     `json:"schedule"`
	Zone     string     `json:"zone,omitempty"`    // of times told to this reader; "": that of the chat
	Person   string     `json:"person,omitempty"`  // whose shift; "" of a group and of a gap
	Limited  bool       `json:"limited,omitempty"` // the reader does not see everything: nothing but the own times
	From     time.Time  `json:"from,omitzero"`
	To       time.Time  `json:"to,omitzero"`      // zero: more than a year away
	Before   []string   `json:"before,omitempty"` // who was on call
	Now      []string   `json:"now,omitempty"`    // who is
	Muted    []Mute     `json:"muted,omitempty"`  // by their end
	Was      []Span     `json:"was,omitempty"`    // moved: shifts that are no longer
	Are      []Span     `json:"are,omitempty"`    // moved: those in their place
}

// CoverEvent is what is told of a cover.
type CoverEvent string

// The values of CoverEvent.
const (
	CoverWanted    CoverEvent = "wanted"    // somebody is asked
	CoverTaken     CoverEvent = "taken"     // told to whoever needed it
	CoverRefused   CoverEvent = "refused"   // told to whoever needs it
	CoverTooLate   CoverEvent = "too_late"  // nobody took it in time
	CoverWithdrawn CoverEvent = "withdrawn" // told to whoever was asked
)

// CoverNews is a message about a cover.
type CoverNews struct {
	What  CoverEvent `json:"what"`
	Zone  string     `json:"zone,omitempty"` // of times told to this reader; "": that of the chat
	Cover Cover      `json:"cover"`
	Who   string     `json:"who,omitempty"` // who took or refused it
}

// CalendarLink is the secret address at which a person's shifts are read as a calendar. The secret itself is not kept.
type CalendarLink struct {
	Person string    `json:"person"`
	Hash   string    `json:"hash"` // of the secret: SHA-256, hexadecimal
	Made   time.Time `json:"made"`
}

// KeptCalendar is a calendar that was fetched, as it came.
type KeptCalendar struct {
	Key  string    `json:"key"` // of its address, which may be secret
	At   time.Time `json:"at"`  // when it was read last
	Body []byte    `json:"body"`
}

// The errors about covers and calendar links.
const (
	ErrNoCover        ErrorCode = "no_cover"        // no such cover is open
	ErrCoverNoShift   ErrorCode = "cover_no_shift"  // person, schedule: they are not on call in that time
	ErrCoverNotAsked  ErrorCode = "cover_not_asked" // asked: somebody else was
	ErrCoverOwn       ErrorCode = "cover_own"       // who needs a cover cannot take it
	ErrCoverNobody    ErrorCode = "cover_nobody"    // person; "": nobody can be reached
	ErrCalendarOff    ErrorCode = "calendar_off"    // there is no public_url
	ErrCalendarDirect ErrorCode = "calendar_direct" // only in the private chat
	ErrNoCalendar     ErrorCode = "no_calendar"     // there is no link
	ErrNotOurs        ErrorCode = "not_ours"        // file: people wrote it, and an import does not replace it
	ErrNoWay          ErrorCode = "no_way"          // people, person (the first): neither a phone nor a Telegram id is known
)
