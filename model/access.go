package model

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// UserID is a Telegram user ID.
type UserID int64

// ChatID is a Telegram chat ID; group chats have negative IDs.
type ChatID int64

// Role says what a user may do. Its zero value may do nothing.
type Role uint8

// The roles, in rising order: they compare with < and >.
const (
	RoleNone     Role = iota // unknown to opsbot
	RoleViewer               // may query
	RoleOperator             // also mutes, acknowledges, reads logs, runs tests of everything
	RoleAdmin                // also resets checks, reloads, manages users
)

var roleNames = [...]string{RoleNone: "none", RoleViewer: "viewer", RoleOperator: "operator", RoleAdmin: "admin"}

// String returns "none", "viewer", "operator" or "admin".
func (r Role) String() string { return enumName(roleNames[:], uint8(r)) }

// MarshalText writes the name.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the name, including "none": a stored chat uses it to grant nobody a role.
func (r *Role) UnmarshalText(text []byte) error {
	if err := enumParse((*uint8)(r), roleNames[:], "role", text); err != nil {
		return oneOf("role", text, roleNames[RoleViewer:])
	}
	return nil
}

// Scope limits a user to some clients. The zero Scope sees everything.
type Scope struct {
	Limited bool     `json:"limited,omitempty"`
	Clients []string `json:"clients,omitempty"` // sorted; only read when Limited
}

// ScopeOf limits to the named clients; no names set no limit.
func ScopeOf(clients []string) Scope {
	if len(clients) == 0 {
		return Scope{}
	}
	sorted := slices.Clone(clients)
	slices.Sort(sorted)
	return Scope{Limited: true, Clients: sorted}
}

// Sees reports whether a client is in the scope. Standalone checks have no client: only an unlimited scope sees "".
func (s Scope) Sees(client string) bool {
	if !s.Limited {
		return true
	}
	_, found := slices.BinarySearch(s.Clients, client)
	return found
}

// Includes reports whether a scope sees all that another one does.
func (s Scope) Includes(other Scope) bool {
	if !s.Limited {
		return true
	}
	return other.Limited && !slices.ContainsFunc(other.Clients, func(c string) bool { return !s.Sees(c) })
}

// Equal reports whether two scopes see the same.
func (s Scope) Equal(other Scope) bool { return s.Includes(other) && other.Includes(s) }

// And returns the intersection of two scopes.
func (s Scope) And(other Scope) Scope {
	if !s.Limited {
		return other
	}
	if !other.Limited {
		return s
	}
	both := Scope{Limited: true}
	for _, c := range s.Clients {
		if other.Sees(c) {
			both.Clients = append(both.Clients, c)
		}
	}
	return both
}

// Chat is a known chat: listed in the config or paired.
type Chat struct {
	Name     string `json:"name"` // as routes name it; a paired chat is named by its id
	ID       ChatID `json:"id"`
	Topic    int    `json:"topic,omitempty"` // 0 is none
	Language string `json:"language"`        // "en", "ru"
	Role     Role   `json:"role"`            // of every member of this chat; RoleNone grants nothing by membership
	Scope    Scope  `json:"scope,omitzero"`
	Paired   bool   `json:"paired,omitempty"` // by /start CODE or let in by an admin, not from the config

	Pinned bool           `json:"-"` // it has a pinned message with the status, as the config says
	Zone   *time.Location `json:"-"` // of the times that are written and read there; nil is that of all
}

// User is a person known by numeric id.
type User struct {
	ID     UserID `json:"id"`
	Name   string `json:"name"`
	Role   Role   `json:"role"`
	Scope  Scope  `json:"scope,omitzero"`
	Paired bool   `json:"paired,omitempty"`
}

// Invitation lets one person in. Whoever uses it first gets its rights.
type Invitation struct {
	Role   Role      `json:"role"`
	Scope  Scope     `json:"scope,omitzero"`
	By     UserID    `json:"by"` // the admin who made it
	ByName string    `json:"by_name,omitempty"`
	Ends   time.Time `json:"ends"`
}

// Actor is who requests an action, from where, and with which rights.
type Actor struct {
	User     UserID `json:"user,omitempty"`
	Name     string `json:"name,omitempty"` // as Telegram shows it, or the command line's user name; never trusted
	Chat     ChatID `json:"chat,omitempty"` // 0 on the command line
	Topic    int    `json:"topic,omitempty"`
	Via      string `json:"via"`              // "chat", "cli", "api", "config"
	Update   int    `json:"update,omitempty"` // of Telegram, by which they asked; 0 elsewhere
	Language string `json:"language,omitempty"`
	Role     Role   `json:"role"`
	Scope    Scope  `json:"scope,omitzero"`
	// Zone is that of the chat, in which times are written and read; nil is that of all.
	Zone *time.Location `json:"-"`
	// Place is what the readers of the chat see in which the actor asks: everybody there calls incidents and mutes by the same numbers, whatever they see
	// themselves. nil: only the actor reads the answer.
	Place *Scope `json:"-"`
}

// Counts is the scope whose numbers of incidents and mutes the actor reads and writes.
func (a *Actor) Counts() Scope {
	if a.Place != nil {
		return *a.Place
	}
	return a.Scope
}

// Person is "Olga (id 42)": a name that people gave themselves says nothing without the number that they cannot choose. Who has no
// number is named as they are.
func (a *Actor) Person() string {
	id := strconv.FormatInt(int64(a.User), 10)
	switch {
	case a.User == 0:
		return a.Name
	case a.Name == "":
		return id
	default:
		return a.Name + " (" + id + ")"
	}
}

// Destination is where a notification is sent.
type Destination struct {
	Channel string `json:"channel"`           // "telegram", "console", "gateway:NAME"
	Chat    ChatID `json:"chat,omitempty"`    // of Telegram
	Topic   int    `json:"topic,omitempty"`   // 0 is none
	Address string `json:"address,omitempty"` // of a gateway: the name of the person
}

// String is "telegram:-100123:12", "telegram:42", "console", "gateway:voice/anna": stable, used as a database key.
func (d Destination) String() string {
	s := d.Line()
	if d.Chat != 0 {
		s += ":" + strconv.FormatInt(int64(d.Chat), 10)
	}
	if d.Topic != 0 {
		s += ":" + strconv.Itoa(d.Topic)
	}
	return s
}

// Line is the channel with the address, if there is one: "gateway:voice/anna". ParseLine reads it.
func (d Destination) Line() string {
	if d.Address == "" {
		return d.Channel
	}
	return d.Channel + "/" + d.Address
}

// ParseLine is the destination of a Line. Only gateways have addresses.
func ParseLine(line string) Destination {
	if channel, address, ok := strings.Cut(line, "/"); ok && strings.HasPrefix(line, GatewayChannel) {
		return Destination{Channel: channel, Address: address}
	}
	return Destination{Channel: line}
}
