package model

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// EscalationID numbers escalations from 1.
type EscalationID int64

// EscalationState is how far an escalation is.
type EscalationState string

// The states. All but EscalationEnded can go on to any other.
const (
	EscalationWaiting   EscalationState = "waiting"   // nobody is paged for now: muted, outside the active hours, or it works right now
	EscalationPaging    EscalationState = "paging"    // people are paged until one of them acknowledges
	EscalationAcked     EscalationState = "acked"     // somebody has it
	EscalationExhausted EscalationState = "exhausted" // everybody was paged, in all rounds, and nobody answered
	EscalationEnded     EscalationState = "ended"     // the incident is over, or another escalation goes on in its place
)

// Escalation is who is paged of an incident by one policy, and how far that is. There is one for each pair of an incident that is part of
// no other, and a policy.
type Escalation struct {
	ID       EscalationID    `json:"id"`
	Incident IncidentID      `json:"incident"`
	Policy   string          `json:"policy,omitempty"` // by name; "": Who alone
	Who      string          `json:"who,omitempty"`    // of /page: whom, as a target of a step
	State    EscalationState `json:"state"`

	// Turn counts how often paging began: anew when something joins what was acknowledged, when an acknowledgement is taken back, and after
	// a mute.
	Turn    int       `json:"turn"`
	Round   int       `json:"round"` // of the turn, from 0
	Step    int       `json:"step"`  // of the policy, from 0
	StepAt  time.Time `json:"step_at,omitzero"`
	NextAt  time.Time `json:"next_at,omitzero"` // when time alone brings the next step, or has exhaustion said again
	Resting bool      `json:"resting,omitempty"`
	Refused []string  `json:"refused,omitempty"` // who said "not me" in this turn

	AckedAt time.Time `json:"acked_at,omitzero"`
	AckedBy string    `json:"acked_by,omitempty"`
	AckUser UserID    `json:"ack_user,omitempty"`
	AskedAt time.Time `json:"asked_at,omitzero"` // when the acknowledger was asked whether that still holds; zero: was not

	Pages    []Page     `json:"pages,omitempty"` // of this turn and the one before, by number
	LastPage int        `json:"last_page,omitempty"`
	Earlier  []SentPage `json:"earlier,omitempty"` // of turns before: the latest
}

// SentPage is a page of a person that arrived.
type SentPage struct {
	Person  string    `json:"person"`
	Way     string    `json:"way"`
	At      time.Time `json:"at"`
	Several int       `json:"several,omitempty"` // of how many incidents the message is, if not of one alone
}

// mostEarlier bounds Escalation.Earlier.
const mostEarlier = 200

// Sent are the pages that arrived, of people: not what a chat was sent, nor the question whether somebody still has it.
func (e *Escalation) Sent() []SentPage {
	all := slices.Clone(e.Earlier)
	for i := range e.Pages {
		if p := &e.Pages[i]; p.State == PageSent && p.Person != "" && !p.Ask {
			all = append(all, SentPage{p.Person, p.Way, p.At, p.Several})
		}
	}
	return all
}

// Forget drops the pages of turns before one that nothing is left to do of: they are in the outbox no more, and no message of theirs still asks.
// Those that arrived stay known in short.
func (e *Escalation) Forget(turn int) {
	gone := Escalation{Earlier: e.Earlier}
	e.Pages = slices.DeleteFunc(e.Pages, func(p Page) bool {
		forget := p.Turn < turn && !p.Open && (p.Shown == 0 || p.Closed)
		if forget {
			gone.Pages = append(gone.Pages, p)
		}
		return forget
	})
	all := gone.Sent()
	e.Earlier = all[max(0, len(all)-mostEarlier):]
}

// PageState is what became of a page.
type PageState string

// The states of a page.
const (
	PageDue       PageState = "due"       // its time is still to come
	PageWritten   PageState = "written"   // it is in the outbox
	PageSent      PageState = "sent"      // the channel accepted it; only an answer says that it was seen
	PageFailed    PageState = "failed"    // it was refused, or did not arrive so far: the next rule has begun
	PageCancelled PageState = "cancelled" // not sent: somebody answered, or the incident ended
)

// Page is one attempt to reach somebody in one way.
type Page struct {
	ID     int         `json:"id"`               // within its escalation, from 1
	Person string      `json:"person,omitempty"` // "": everybody in a chat
	Way    string      `json:"way"`              // "dm", "mention", "gateway:NAME", "chat:NAME"
	To     Destination `json:"to,omitzero"`      // once it is written
	Turn   int         `json:"turn"`
	Round  int         `json:"round"`
	Step   int         `json:"step"`
	Due    time.Time   `json:"due"`
	Ask    bool        `json:"ask,omitempty"` // asks whoever acknowledged whether they still have it
	State  PageState   `json:"state"`
	Why    string      `json:"why,omitempty"`    // of PageFailed: a SendFailure, or one of the reasons below
	At     time.Time   `json:"at,omitzero"`      // when its state was reached
	Shown  int         `json:"shown,omitempty"`  // the message that shows it
	Open   bool        `json:"open,omitempty"`   // it is in the outbox: not sent so far, and tried again after a failure
	Closed bool        `json:"closed,omitempty"` // that message says that it is over

	Several int `json:"several,omitempty"` // of how many incidents that message is, if it is one of more than this
}

// Why a page could not even be written.
const (
	PageNoWay    = "no_way"    // the person has none of this kind
	PageNoGroup  = "no_group"  // the incident is shown in no group in which people can be mentioned
	PageNoRights = "no_rights" // they may not acknowledge it, or not see all of it
)

// Failed reports whether the page is known not to have reached anybody.
func (p *Page) Failed() bool { return p.State == PageFailed || p.State == PageCancelled }

// pageQueue begins the names of the queues of pages.
const pageQueue = "page:"

// PageQueue names the queue of one page: it waits for nothing else, and is taken back by this name.
func PageQueue(of EscalationID, page int) string {
	return pageQueue + strconv.FormatInt(int64(of), 10) + ":" + strconv.Itoa(page)
}

// IsPageQueue reports whether a queue is one of a page.
func IsPageQueue(queue string) bool { return strings.HasPrefix(queue, pageQueue) }

// PageInfo is what a notification of a page says beside its incident.
type PageInfo struct {
	Escalation EscalationID `json:"escalation"`
	Page       int          `json:"page"`
	Person     string       `json:"person,omitempty"`
	User       UserID       `json:"user,omitempty"` // whom a mention makes ring
	Way        string       `json:"way"`
	Round      int          `json:"round,omitempty"` // from 0
	Late       time.Time    `json:"late,omitzero"`   // it was due then; zero: it is in time
	Next       []string     `json:"next,omitempty"`  // who is paged next
	NextAt     time.Time    `json:"next_at,omitzero"`
	Others     []string     `json:"others,omitempty"` // who is paged at the same time
	Ask        bool         `json:"ask,omitempty"`    // whether they still have it, until NextAt
	Language   string       `json:"language,omitempty"`

	Message int `json:"message,omitempty"` // of NotifyPageOver: the message to edit

	// Several is of how many incidents the message is, if not of one alone: those that are open are in Snapshot.Open. A page is stored as one of
	// one incident; those that wait for the same person are put together when they are sent.
	Several int `json:"several,omitempty"`
}

// Paged is what a card says of an escalation.
type Paged struct {
	State   EscalationState `json:"state"`
	Policy  string          `json:"policy,omitempty"`
	People  []PagedPerson   `json:"people,omitempty"` // in the order in which they were paged last
	Round   int             `json:"round,omitempty"`  // from 0
	NextAt  time.Time       `json:"next_at,omitzero"`
	Next    []string        `json:"next,omitempty"`
	AckedBy string          `json:"acked_by,omitempty"`
}

// PagedPerson is how somebody was paged last.
type PagedPerson struct {
	Name    string     `json:"name"`
	At      time.Time  `json:"at"`
	Ways    []PagedWay `json:"ways"`
	Refused bool       `json:"refused,omitempty"` // said "not me"
}

// PagedWay is one way in which somebody was paged.
type PagedWay struct {
	Way   string    `json:"way"`
	State PageState `json:"state"`
}

// PageResult is what became of a page that was handed to its channel.
type PageResult struct {
	Escalation EscalationID
	Page       int
	Sent       bool
	Message    int    // if it was sent, and shows as a message
	Why        string // a SendFailure, if it was not
	Retried    bool   // it was not, and is tried again
	Several    int    // of how many incidents the message is, if not of one alone
}

// The errors about paging.
const (
	ErrNotPaging ErrorCode = "not_paging" // id: nobody is being paged of that incident
	ErrNotPaged  ErrorCode = "not_paged"  // id: the requester was not paged of it
	ErrNobody    ErrorCode = "nobody"     // word: whom to page; Choices: people and schedules
	ErrOffCall   ErrorCode = "off_call"   // person, others: they are not on call, and others are
	ErrPageText  ErrorCode = "page_text"  // nothing is said about why
)
