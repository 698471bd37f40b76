package model

import (
	"regexp"
	"strings"
)

// phone is an international number as people write it, "+7 (495) 000-00-00". National ones cannot be told from other digits.
var phone = regexp.MustCompile(`\+\d[\d\p{Zs}\t().\-‐-―]{5,28}\d`)

// The lengths of an international number, in digits (ITU-T E.164).
const leastPhone, mostPhone = 7, 15

// PlainPhones is a contact with its international phone numbers as plain digits: "+74950000000", which a phone dials when tapped.
func PlainPhones(contact string) string {
	return phone.ReplaceAllStringFunc(contact, func(written string) string {
		if digits := digitsOf(written); len(digits) >= leastPhone && len(digits) <= mostPhone {
			return "+" + digits
		}
		return written
	})
}

// HasPhone reports whether a contact has an international phone number.
func HasPhone(contact string) bool { return WithoutPhones(contact) != contact }

// WithoutPhones is a contact without its international phone numbers; "" when there is nothing else in it.
func WithoutPhones(contact string) string {
	found := false
	rest := phone.ReplaceAllStringFunc(contact, func(written string) string {
		if n := len(digitsOf(written)); n < leastPhone || n > mostPhone {
			return written
		}
		found = true
		return ""
	})
	if !found {
		return contact
	}
	return strings.Trim(strings.Join(strings.Fields(rest), " "), " ,;:-–—()")
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// SeesPhones reports whether somebody may read the phone numbers of clients: operators and admins, and people limited to some clients,
// who read those of their clients alone.
func (a Actor) SeesPhones() bool { return a.Role >= RoleOperator || a.Scope.Limited }
