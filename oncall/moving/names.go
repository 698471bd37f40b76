package moving

import (
	"strconv"
	"strings"
	"time"
)

// railsZones are the names of zones that PagerDuty takes beside those of IANA.
var railsZones = map[string]string{
	"Eastern Time (US & Canada)": "America/New_York", "Central Time (US & Canada)": "America/Chicago", "Mountain Time (US & Canada)": "America/Denver",
	"Pacific Time (US & Canada)": "America/Los_Angeles", "London": "Europe/London", "Berlin": "Europe/Berlin", "Paris": "Europe/Paris", "Moscow": "Europe/Moscow",
	"Amsterdam": "Europe/Amsterdam", "Madrid": "Europe/Madrid", "Rome": "Europe/Rome", "Kyiv": "Europe/Kyiv", "Istanbul": "Europe/Istanbul", "Sydney": "Australia/Sydney",
	"Tokyo": "Asia/Tokyo", "Singapore": "Asia/Singapore", "Hong Kong": "Asia/Hong_Kong", "New Delhi": "Asia/Kolkata", "Mumbai": "Asia/Kolkata", "UTC": "UTC",
}

// ianaZone is the name of a zone as IANA has it; what is not known stays, and is noted by whoever needs it.
func ianaZone(name string) string {
	name = strings.TrimSpace(name)
	if iana, known := railsZones[name]; known {
		return iana
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		return ""
	}
	return name
}

// phone is a number with the code of its country.
func phone(country int, number string) string {
	if strings.HasPrefix(number, "+") || country == 0 {
		return number
	}
	return "+" + strconv.Itoa(country) + number
}
