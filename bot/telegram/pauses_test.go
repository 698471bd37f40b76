package telegram_test

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// TestWhatIsStoredOfAPauseIsWhatIsKnown: an alert and an upload to one chat are told at the same time to wait, or one is told and the other
// accepted: the next process waits as long as this one would.
func TestWhatIsStoredOfAPauseIsWhatIsKnown(t *testing.T) {
	const chat model.ChatID = 1
	for i := range 3000 {
		clock := botapi.NewManualClock(epoch)
		client, err := telegram.NewClient(telegram.Options{Token: func() string { return "1:a" }, APIURLs: []string{"http://127.0.0.1:1"}, Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var stored time.Time
		s := telegram.NewSender(client, telegram.SenderOptions{Pause: func(_ model.ChatID, until time.Time) {
			for range rand.IntN(10) { // a store takes its time
				runtime.Gosched()
			}
			mu.Lock()
			defer mu.Unlock()
			stored = until
		}})
		s.Flooded(chat, 2*model.MostWait)
		clock.Advance(model.MostWait)
		var at sync.WaitGroup
		at.Go(func() { s.Flooded(chat, time.Minute) })
		at.Go(func() { s.Flooded(chat, 2*time.Minute) })
		if i%2 == 0 {
			at.Go(func() { s.Answered(chat) })
		}
		at.Wait()
		if known := s.Asked(chat); !stored.Equal(known) {
			t.Fatalf("stored is %s, known %s", stored, known)
		}
	}
}
