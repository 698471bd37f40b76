package opsbot

import (
	"encoding/json"
	"fmt"
)

// hiddenSecret is what a secret prints.
const hiddenSecret = "<secret>"

// Secret is a text that no print shows: not %v, %+v, %#v, %s, %q, %x, not JSON, not TOML. Only Reveal gives it.
type Secret struct{ text string }

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal gives the text.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether there is none.
func (s Secret) IsZero() bool { return s.text == "" }

// String is "<secret>", or "" when there is none.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return hiddenSecret
}

// Format prints String for every verb.
func (s Secret) Format(f fmt.State, _ rune) {
	// Whoever prints has its own way to learn that writing failed.
	_, _ = f.Write([]byte(s.String()))
}

// MarshalText writes String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON writes String.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalText takes any text.
func (s *Secret) UnmarshalText(text []byte) error {
	s.text = string(text)
	return nil
}
