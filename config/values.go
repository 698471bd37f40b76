package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// hidden is what a secret prints.
const hidden = "<secret>"

// Secret is model.Secret: a text that no print shows.
type Secret = model.Secret

// NewSecret hides a text.
func NewSecret(text string) Secret { return model.NewSecret(text) }

// URL is an address that may hold a password; no print shows that.
type URL struct{ address Secret }

// NewURL keeps an address as it is.
func NewURL(address string) URL { return URL{NewSecret(address)} }

// Reveal gives the address with its password.
func (u URL) Reveal() string { return u.address.Reveal() }

// String is the address with "xxxxx" for its password.
func (u URL) String() string {
	parsed, err := url.Parse(u.Reveal())
	if err != nil {
		return hidden
	}
	return parsed.Redacted()
}

// MarshalText writes String.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// Format prints String for every verb.
func (u URL) Format(f fmt.State, _ rune) {
	// Whoever prints has its own way to learn that writing failed.
	_, _ = f.Write([]byte(u.String()))
}

// UnmarshalText takes an address with a scheme and a host. Its error does not repeat the address.
func (u *URL) UnmarshalText(text []byte) error {
	parsed, err := url.Parse(string(text))
	if err != nil || parsed.Scheme == "" || parsed.Hostname() == "" {
		return &model.ValueError{What: model.Say("config.value.address", "key", "url")}
	}
	u.address = NewSecret(strings.TrimRight(string(text), "/"))
	return nil
}

func (u URL) scheme() string { return u.parsed().Scheme }

// parsed is the address in its parts; none where there is none.
func (u URL) parsed() *url.URL {
	parsed, err := url.Parse(u.Reveal())
	if err != nil { // UnmarshalText has seen to that
		return &url.URL{}
	}
	return parsed
}

// Language is one that every text exists in: "en" or "ru".
type Language string

// UnmarshalText takes a known language.
func (l *Language) UnmarshalText(text []byte) error {
	switch v := Language(text); v {
	case "en", "ru":
		*l = v
		return nil
	default:
		return model.OneOf("language", text, "en", "ru")
	}
}

// Reset says how a check that was down becomes ok again.
type Reset string

// The ways.
const (
	ResetAuto   Reset = "auto"   // by itself
	ResetManual Reset = "manual" // when someone re-arms it
)

// UnmarshalText takes a known way.
func (r *Reset) UnmarshalText(text []byte) error {
	switch v := Reset(text); v {
	case ResetAuto, ResetManual:
		*r = v
		return nil
	default:
		return model.OneOf("reset", text, ResetAuto, ResetManual)
	}
}

// Zone is a time zone. The zero Zone means that none was given.
type Zone struct{ location *time.Location }

// Location is the zone's, the machine's when none was given.
func (z Zone) Location() *time.Location {
	if z.location == nil {
		return time.Local
	}
	return z.location
}

// IsZero reports whether none was given.
func (z Zone) IsZero() bool { return z.location == nil }

// String is its name, "Europe/Moscow".
func (z Zone) String() string { return z.Location().String() }

// MarshalText writes its name.
func (z Zone) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// UnmarshalText takes a name of the IANA database, or "Local".
func (z *Zone) UnmarshalText(text []byte) error {
	location, err := time.LoadLocation(string(text))
	if err != nil || len(text) == 0 {
		return &model.ValueError{What: model.Say("config.value.zone", "key", "timezone", "got", string(text))}
	}
	z.location = location
	return nil
}

// Target is one entry of a route's `to`.
type Target struct {
	Chat    string // the chat's name; "" for anything else
	Console bool
	Channel string // "email:NAME", "teams:NAME", "webhook:NAME"; "" for anything else
}

// channelKinds are the channels of which there may be several, each by a name.
var channelKinds = []string{"email", "teams", "webhook"}

// String is "chat:NAME", "console", or the Channel.
func (t Target) String() string {
	switch {
	case t.Console:
		return "console"
	case t.Channel != "":
		return t.Channel
	default:
		return "chat:" + t.Chat
	}
}

// MarshalText writes String.
func (t Target) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText takes what String writes.
func (t *Target) UnmarshalText(text []byte) error {
	channel, name, _ := strings.Cut(string(text), ":")
	switch {
	case channel == "chat" && name != "":
		*t = Target{Chat: name}
	case string(text) == "console":
		*t = Target{Console: true}
	case slices.Contains(channelKinds, channel) && name != "":
		*t = Target{Channel: string(text)}
	default:
		return &model.ValueError{What: model.Say("config.value.target", "key", "target", "got", string(text))}
	}
	return nil
}

// kindAndName parts a target that is declared somewhere; ok is false for the console.
func (t Target) kindAndName() (kind, name string, ok bool) { return strings.Cut(t.String(), ":") }
