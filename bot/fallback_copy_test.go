package bot_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// Whoever reads a message in place of others has to know that they did not get it.
func TestWhatIsNotifiedElsewhereSaysSo(t *testing.T) {
	ops := model.FallbackFor{Name: "ops <x>"}
	since, ended := ops, ops
	since.Since, ended.Ended = epoch.Add(-time.Hour), true
	for language, words := range map[string][3]string{
		texts.English: {"fallback copy: ops <x> unreachable since ", "fallback copy: ops <x> no longer accepts messages", "fallback copy: first reported here in place of ops <x>"},
		texts.Russian: {"резервный канал: ops <x> недоступен с ", "резервный канал: ops <x> больше не принимает сообщения", "резервный канал: об открытии сообщалось здесь вместо ops <x>"},
	} {
		w := newWorld(t, options{language: language})
		for i, fallbackFor := range []model.FallbackFor{since, ops, ended} {
			notified := about(model.NotifyOpened, ofCheck())
			notified.Snapshot.FallbackFor = &fallbackFor
			w.notify(notified, 0)
			if _, second, _ := strings.Cut(w.ours(opsChat, 1, false).Text, "\n"); !strings.HasPrefix(second, "↪️ "+words[i]) {
				t.Errorf("%s: %q, want %q", language, second, words[i])
			}
		}
	}
}
