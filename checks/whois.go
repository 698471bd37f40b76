package checks

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// The words of WHOIS servers, which have no standard: those of the registries of the largest 60 zones, by their public answers.
var (
	whoisEnd = []string{
		"registry expiry date", "registrar registration expiration date", "expiration date", "expiration time", "expiry date", "expire date", "expires", "expires on",
		"expire", "expiry", "expired date", "paid-till", "paid till", "renewal date", "renewal", "valid until", "domain expires", "domain expiration date", "validity", "record expires on",
		"有効期限", "exp date", "expiration", "registered until",
	}
	whoisState   = []string{"domain status", "status", "state", "eppstatus"}
	whoisRefer   = []string{"refer", "whois", "registrar whois server", "whois server"}
	whoisNothing = regexp.MustCompile(`(?im)^[%#>\s]*(?:error:\d*:?\s*)?(no match\b|not found\b|no entries found\b|no data found\b|no object found\b|nothing found\b|domain not found\b|no such domain\b|object does not exist\b|` +
		`the queried object does not exist\b|domain \S+ (is )?(free|available|not found)\b|no information (available )?about domain\b|no records matching\b|status:\s*(free|available)\s*$|\S+ is free\s*$|` +
		`above domain name is not registered\b|this domain (name )?(is available|has not been registered)\b|domain name has not been registered\b|invalid query or domain name not known\b)`)
)

// whoisDates are the forms of their dates. Where a day and a month could be mixed up, the day comes first: no registry writes the American way.
var whoisDates = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05-07", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", time.DateOnly,
	"2006/01/02 15:04:05", "2006/01/02", "2006.01.02 15:04:05", "2006.01.02", "2006. 01. 02.", "20060102", "20060102 15:04:05", "2006-Jan-02", "02-Jan-2006 15:04:05 MST", "02-Jan-2006", "2-Jan-2006",
	"2.1.2006 15:04:05", "2.1.2006", "02.01.2006 15:04:05", "02/01/2006 15:04:05", "02/01/2006", "2 January 2006", "January 2 2006", "02-01-2006 15:04:05", "02-01-2006", "Mon Jan 2 15:04:05 MST 2006", "Mon Jan 2 2006", "Jan 2 2006",
}

// readWhois reads what a WHOIS server says of a domain.
func readWhois(text, from string) registration {
	said := registration{from: from}
	var states []string
	for line := range strings.Lines(text) {
		key, value := whoisLine(line)
		switch {
		case value == "":
		case said.until.IsZero() && slices.Contains(whoisEnd, key):
			said.until = whoisDate(value)
		case slices.Contains(whoisState, key):
			for _, s := range strings.Split(value, ",") {
				word, _, _ := strings.Cut(strings.TrimSpace(s), " http")
				states = append(states, strings.TrimSpace(word))
			}
		}
	}
	said.suspended = suspended(states)
	said.free = said.until.IsZero() && said.suspended == "" && whoisNothing.MatchString(text)
	return said
}

// whoisLine splits a line such as "paid-till:     2027-05-01T21:00:00Z", "expires............: 1.5.2027" or "[Expires on] 2027/05/01".
func whoisLine(line string) (key, value string) {
	line = strings.TrimSpace(line)
	if rest, bracketed := strings.CutPrefix(line, "["); bracketed {
		key, value, _ = strings.Cut(rest, "]")
	} else if key, value, _ = strings.Cut(line, ":"); value == "" {
		return "", ""
	}
	return strings.ToLower(strings.TrimRight(strings.TrimSpace(key), ". ")), strings.TrimSpace(value)
}

// whoisDate reads a date; zero: it is none. What follows it on its line does not count.
func whoisDate(value string) time.Time {
	value = strings.NewReplacer(",", "", "(", " ").Replace(value)
	words := strings.Fields(value)
	for n := min(len(words), 6); n > 0; n-- {
		text := strings.TrimRight(strings.Join(words[:n], " "), ".")
		for _, form := range whoisDates {
			if at, err := time.Parse(strings.TrimRight(form, "."), text); err == nil {
				return at
			}
		}
	}
	return time.Time{}
}

// whoisServer is the server to which one refers; "" if to none.
func whoisServer(text string) string {
	for line := range strings.Lines(text) {
		key, value := whoisLine(line)
		if !slices.Contains(whoisRefer, key) || value == "" {
			continue
		}
		host := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(strings.Fields(value)[0]), "whois://"), "/")
		if at := whoisAddress(host); badAddress(at) == nil && !strings.ContainsAny(host, "/@") {
			return at
		}
	}
	return ""
}
