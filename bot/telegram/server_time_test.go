package telegram

import (
	"net/http"
	"testing"
	"time"
)

// TestHowOldACommandIsSaysTelegramsClock: ours may be wrong by hours, either way.
func TestHowOldACommandIsSaysTelegramsClock(t *testing.T) {
	telegrams := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for _, wrong := range []time.Duration{0, -2 * time.Hour, 2 * time.Hour, time.Second, 400 * 24 * time.Hour} {
		var s serverTime
		ours := telegrams.Add(wrong)
		s.note(http.Header{"Date": {telegrams.Format(http.TimeFormat)}}, ours)
		s.note(http.Header{}, ours) // an answer without a date changes nothing
		for _, age := range []time.Duration{0, 4 * time.Minute, 6 * time.Minute} {
			if got := s.age(telegrams.Add(-age), ours); (got - age).Abs() > 2*time.Second {
				t.Errorf("our clock is off by %v: %v old instead of %v", wrong, got, age)
			}
		}
	}
	var none serverTime
	if got := none.age(telegrams.Add(-time.Hour), telegrams); got != time.Hour {
		t.Errorf("without an answer: %v", got)
	}
}
