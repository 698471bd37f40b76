package alerts

import (
	"time"

	"opsbot/model"
)

// openWindows begins the maintenance windows whose time has come, each as a mute of its own: it is listed, warned of, lifted
// and reported like any other. One that was lifted does not begin again before its next time.
func (ms *mutes) openWindows(t *transaction) {
	for i := range t.rules.Windows {
		w := &t.rules.Windows[i]
		if from, active := w.Current(t.at); active && from.After(ms.windows[w.Name]) {
			m := ms.beginWindow(w, from)
			t.pending.mutes[m.ID] = *m
			ms.editCards(t)
		}
		if next := w.Next(t.at); !next.IsZero() {
			t.wakeBy(next)
		}
	}
}

// beginWindow adds the mute of a maintenance window that begins.
func (ms *mutes) beginWindow(w *model.MaintenanceWindow, from time.Time) *model.Mute {
	ms.windows[w.Name] = from
	ms.last++
	m := &model.Mute{
		ID: ms.last, Selector: w.Selector, OwnerName: w.Name, Reason: w.Reason, Window: w.Name, From: from, Until: from.Add(w.Length),
	}
	ms.active = append(ms.active, m)
	return m
}
