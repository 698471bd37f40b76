package inbound

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"opsbot/model"
)

// The size limits of a stored event, in bytes of each text: a source may send anything that fits a request.
const (
	maxID     = 512
	maxText   = 1 << 10 // titles, values of labels, objects, the source's check
	maxURL    = 2 << 10 // a longer one is dropped: its beginning leads nowhere
	maxKey    = 128     // of a label
	maxNames  = 20
	maxLabels = 64
)

// bounded is an event as stored: truncated, without control characters, its times with the precision of every store.
func bounded(e model.Event) model.Event {
	e.ID, e.Object = boundedID(e.ID), line(e.Object, maxText)
	e.Service, e.Title = line(e.Service, maxText), line(e.Title, maxText)
	if len(e.URL) > maxURL {
		e.URL = ""
	}
	if len(e.Runbook) > maxURL {
		e.Runbook = ""
	}
	e.Runbook = line(e.Runbook, maxURL)
	e.AckedBy, e.ClosedBy, e.URL = line(e.AckedBy, maxText), line(e.ClosedBy, maxText), line(e.URL, maxURL)
	e.Names, e.Labels = boundedNames(e.Names), boundedLabels(e.Labels)
	for _, t := range []*time.Time{&e.OpenedAt, &e.SeenAt, &e.ConfirmedAt, &e.EndedAt} {
		*t = moment(*t)
	}
	return e
}

// boundedID truncates a long id and keeps it unique.
func boundedID(id string) string {
	if len(id) <= maxID {
		return line(id, maxID)
	}
	sum := sha256.Sum256([]byte(id))
	return line(id, maxID-2*len(sum)) + hex.EncodeToString(sum[:])
}

func boundedNames(names []string) []string {
	var out []string
	for _, name := range names {
		name = line(name, maxText)
		if name != "" && len(out) < maxNames && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func boundedLabels(labels model.Labels) model.Labels {
	if len(labels) == 0 {
		return nil
	}
	out := make(model.Labels, min(len(labels), maxLabels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if len(out) < maxLabels {
			out[line(key, maxKey)] = line(labels[key], maxText)
		}
	}
	return out
}

// line is a text without line breaks and control characters, at most that many bytes.
func line(s string, most int) string {
	if len(s) <= most && !strings.ContainsFunc(s, odd) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case odd(r):
			return -1
		default:
			return r
		}
	}, s[:min(len(s), 4*most)])
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}

func odd(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }

func moment(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// sameEvent reports whether two are the same state of an episode. ConfirmedAt is ignored: it is no news.
func sameEvent(a, b *model.Event) bool {
	return a.EventKey == b.EventKey && a.Object == b.Object && a.Service == b.Service && a.Title == b.Title &&
		a.Severity == b.Severity && a.URL == b.URL && a.Runbook == b.Runbook && a.End == b.End && a.Acked == b.Acked && a.AckedBy == b.AckedBy &&
		a.Suppressed == b.Suppressed && a.OpenedAt.Equal(b.OpenedAt) && a.EndedAt.Equal(b.EndedAt) &&
		slices.Equal(a.Names, b.Names) && maps.Equal(a.Labels, b.Labels)
}

// Distinct are the first most of some names, each once, without empty ones.
func Distinct(all []string, most int) []string {
	var names []string
	for _, name := range all {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names[:min(len(names), most)]
}
