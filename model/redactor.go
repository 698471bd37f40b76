package model

import "maps"

// Redactor replaces the secrets in what others said: pages, plugins, machines, databases, sources of events. It is the one place that knows what of
// a reason or an event others said; whoever takes such a text in applies it, before anything is kept, shown or logged. nil changes nothing.
type Redactor func(text string) string

// mostRedacted bounds what is searched of one text, in bytes. The rest is dropped: it is cut off further on anyway.
const mostRedacted = 8 << 10

// Text is a text without its secrets.
func (f Redactor) Text(s string) string {
	if f == nil || s == "" {
		return s
	}
	return f(ClipBytes(s, mostRedacted))
}

// ours are the arguments of reasons that opsbot itself measures or counts.
var ours = map[string]bool{
	"took": true, "limit": true, "phase": true, "days": true, "date": true, "min": true, "max": true, "used": true, "left": true, "least": true, "load": true,
	"cores": true, "lost": true, "sent": true, "failed": true, "total": true, "unseen": true, "kept": true, "cause": true, "type": true, "at": true, "since": true,
	"until": true, "count": true, "most": true, "code": true, "line": true, "form": true, "verdict": true, "up": true, "need": true,
}

// Reason is a reason without the secrets in its arguments.
func (f Redactor) Reason(r Reason) Reason {
	if f == nil {
		return r
	}
	var clean map[string]string
	for name, value := range r.Args {
		if ours[name] {
			continue
		}
		if text := f.Text(value); text != value {
			if clean == nil {
				clean = maps.Clone(r.Args)
			}
			clean[name] = text
		}
	}
	if clean != nil {
		r.Args = clean
	}
	return r
}

// Event is an event without the secrets in what its source says: its title, labels and links, and who acknowledged it. Its names, its key and the
// source's check say which event it is; they stay.
func (f Redactor) Event(e Event) Event {
	if f == nil {
		return e
	}
	for _, text := range []*string{&e.Title, &e.URL, &e.Runbook, &e.AckedBy} {
		*text = f.Text(*text)
	}
	e.Labels = f.labels(e.Labels)
	return e
}

// labels redacts values; the name of a label says what its value is, as in "password=x".
func (f Redactor) labels(all Labels) Labels {
	var clean Labels
	for name, value := range all {
		said := name + "=" + value
		text := f.Text(said)
		if text == said {
			continue
		}
		if clean == nil {
			clean = maps.Clone(all)
		}
		if len(text) > len(name) && text[:len(name)+1] == name+"=" {
			text = text[len(name)+1:]
		}
		clean[name] = text
	}
	if clean == nil {
		return all
	}
	return clean
}
