package alerts

import (
	"time"

	"opsbot/model"
)

// openWindows begins the planned windows whose time has come, each as a mute of its own: it is listed, warned of, lifted and
// reported like any other. One that was lifted does not begin again before its next time.
func (s *transaction) openWindows() {
	for i := range s.rules.Windows {
		w := &s.rules.Windows[i]
		if from, holds := w.Current(s.at); holds && from.After(s.windows[w.Name]) {
			s.openWindow(w, from)
		}
		if next := w.Next(s.at); !next.IsZero() {
			s.wakeBy(next)
		}
	}
}

func (s *transaction) openWindow(w *model.MaintenanceWindow, from time.Time) {
	s.windows[w.Name] = from
	s.lastMute++
	m := model.Mute{
		ID: s.lastMute, Selector: w.Selector, OwnerName: w.Name, Reason: w.Reason, Window: w.Name, From: from, Until: from.Add(w.Length),
	}
	s.mutes = append(s.mutes, &m)
	s.waiting.mutes[m.ID] = m
	for _, in := range s.byID {
		s.touch(in, touch{edited: s.mutedSomewhere(in)})
	}
}
