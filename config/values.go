package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// hidden is printed in place of a secret.
const hidden = "<secret>"

// Secret is model.Secret, a text that is never printed.
type Secret = model.Secret

// NewSecret hides a text.
func NewSecret(text string) Secret { return model.NewSecret(text) }

// URL is an address. Its password is never printed.
type URL struct{ address Secret }

// NewURL makes a URL of an address without checking it.
func NewURL(address string) URL { return URL{NewSecret(address)} }

// Reveal returns the address with its password.
func (u URL) Reveal() string { return u.address.Reveal() }

// String is the address with "xxxxx" in place of its password.
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
	// fmt reports write errors itself.
	_, _ = f.Write([]byte(u.String()))
}

// UnmarshalText accepts an address with a scheme and a host. Its error does not quote the address.
func (u *URL) UnmarshalText(text []byte) error {
	parsed, err := url.Parse(string(text))
	if err != nil || parsed.Scheme == "" || parsed.Hostname() == "" {
		return &model.ValueError{What: model.Say("config.value.address", "key", "url")}
	}
	u.address = NewSecret(strings.TrimRight(string(text), "/"))
	return nil
}

func (u URL) scheme() string { return u.parsed().Scheme }

// parsed is the address in parts; empty if there is none.
func (u URL) parsed() *url.URL {
	parsed, err := url.Parse(u.Reveal())
	if err != nil { // UnmarshalText refuses such an address
		return &url.URL{}
	}
	return parsed
}

// Language is "en" or "ru".
type Language string

// UnmarshalText accepts a known language.
func (l *Language) UnmarshalText(text []byte) error {
	switch v := Language(text); v {
	case "en", "ru":
		*l = v
		return nil
	default:
		return model.OneOf("language", text, "en", "ru")
	}
}

// Reset is how a check that was down becomes ok again.
type Reset string

// The values of Reset.
const (
	ResetAuto   Reset = "auto"   // by itself
	ResetManual Reset = "manual" // after /reset
)

// UnmarshalText accepts the values above.
func (r *Reset) UnmarshalText(text []byte) error {
	switch v := Reset(text); v {
	case ResetAuto, ResetManual:
		*r = v
		return nil
	default:
		return model.OneOf("reset", text, ResetAuto, ResetManual)
	}
}

// Show is what the recipients of a route are shown.
type Show string

// The values of Show.
const (
	ShowClients Show = "clients" // the clients that the route names
	ShowAll     Show = "all"
)

// UnmarshalText accepts the values above.
func (s *Show) UnmarshalText(text []byte) error {
	switch v := Show(text); v {
	case ShowClients, ShowAll:
		*s = v
		return nil
	default:
		return model.OneOf("show", text, ShowClients, ShowAll)
	}
}

// Zone is a time zone. The zero Zone is not set.
type Zone struct{ location *time.Location }

// Location is the location of the zone; the machine's if it is not set.
func (z Zone) Location() *time.Location {
	if z.location == nil {
		return time.Local
	}
	return z.location
}

// IsZero reports whether the zone is not set.
func (z Zone) IsZero() bool { return z.location == nil }

// String is its name, "Europe/Moscow".
func (z Zone) String() string { return z.Location().String() }

// MarshalText writes its name.
func (z Zone) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// UnmarshalText accepts a name of the IANA database, or "Local".
func (z *Zone) UnmarshalText(text []byte) error {
	location, err := time.LoadLocation(string(text))
	if err != nil || len(text) == 0 {
		return &model.ValueError{What: model.Say("config.value.zone", "key", "timezone", "got", string(text))}
	}
	z.location = location
	return nil
}

// Network is a range of addresses.
type Network netip.Prefix

// String is "10.0.0.0/8".
func (n Network) String() string { return netip.Prefix(n).String() }

// MarshalText writes String.
func (n Network) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText accepts "10.0.0.0/8", or an address alone.
func (n *Network) UnmarshalText(text []byte) error {
	if a, err := netip.ParseAddr(string(text)); err == nil {
		*n = Network(netip.PrefixFrom(a, a.BitLen()))
		return nil
	}
	p, err := netip.ParsePrefix(string(text))
	if err != nil {
		return &model.ValueError{What: model.Say("config.value.network", "key", "dns_allow", "got", string(text))}
	}
	*n = Network(p.Masked())
	return nil
}

// Target is where notifications or reports go: one entry of `to` of a route.
type Target struct {
	Chat    string // the chat's name; "" for anything else
	Console bool
	Channel string // "email:NAME", "teams:NAME", "webhook:NAME"; "" for anything else
}

// channelKinds are the kinds of channels with names, beside chats.
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

// UnmarshalText accepts what String returns.
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

// kindAndName splits a target; ok is false for the console.
func (t Target) kindAndName() (kind, name string, ok bool) { return strings.Cut(t.String(), ":") }
