package monitors

import "time"

// Note is an entry at a monitor.
type Note struct {
	What  What     `json:"what"`
	Hosts []string `json:"hosts"`
	By    string   `json:"by,omitempty"`
	Until int64    `json:"until,omitempty"` // Unix milliseconds; 0 is for ever
}

// What is the kind of a Note.
type What string

// The kinds.
const (
	Reports  What = "reports"  // the hosts are reported down
	Acked    What = "acked"    // acknowledged
	Downtime What = "downtime" // of Icinga
	Silence  What = "silence"  // of Alertmanager
)

// record collects notes, merging those that differ only in their hosts, in order.
type record []Note

func (b *record) add(n Note, until time.Time, hosts ...string) {
	if !until.IsZero() {
		n.Until = until.UnixMilli()
	}
	for i := range *b {
		if have := &(*b)[i]; have.What == n.What && have.By == n.By && have.Until == n.Until {
			have.Hosts = append(have.Hosts, hosts...)
			return
		}
	}
	n.Hosts = hosts
	*b = append(*b, n)
}

// notes implements monitor.
func (ic *icinga) notes() []Note {
	ic.mu.Lock()
	defer ic.mu.Unlock()
	var b record
	for _, h := range ic.hosts {
		if h.down {
			b.add(Note{What: Reports}, time.Time{}, h.name)
		}
	}
	for _, h := range ic.hosts {
		if h.ack != nil {
			b.add(Note{What: Acked, By: h.ack.author}, h.ack.until, h.name)
		}
	}
	for _, d := range ic.downtimes {
		if d.until.After(ic.now()) {
			b.add(Note{What: Downtime, By: d.author}, d.until, d.host)
		}
	}
	return b
}

// notes implements monitor.
func (p *prometheus) notes() []Note {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b record
	for _, a := range p.alerts {
		if a.ended.IsZero() {
			b.add(Note{What: Reports}, time.Time{}, a.host)
		}
	}
	for _, s := range p.silences {
		if !s.EndsAt.After(p.now()) {
			continue
		}
		for _, a := range p.alerts {
			if a.ended.IsZero() && s.matches(a.labels) {
				b.add(Note{What: Silence, By: s.CreatedBy}, s.EndsAt, a.host)
			}
		}
	}
	return b
}
