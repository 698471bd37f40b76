package bot_test

import (
	"strings"
	"testing"
	"time"

	"opsbot"
	"opsbot/texts"
)

// Whoever reads a message in place of others has to know that they did not get it.
func TestWhatIsToldElsewhereSaysSo(t *testing.T) {
	ops := opsbot.Instead{Name: "ops <x>"}
	since, ended := ops, ops
	since.Since, ended.Ended = epoch.Add(-time.Hour), true
	for language, words := range map[string][3]string{
		texts.English: {"fallback copy: ops <x> unreachable since ", "fallback copy: ops <x> no longer accepts messages", "fallback copy: first reported here in place of ops <x>"},
		texts.Russian: {"резервный канал: ops <x> недоступен с ", "резервный канал: ops <x> больше не принимает сообщения", "резервный канал: об открытии сообщалось здесь вместо ops <x>"},
	} {
		w := newWorld(t, options{language: language})
		for i, instead := range []opsbot.Instead{since, ops, ended} {
			told := about(opsbot.TellOpen, ofCheck())
			told.Fact.Instead = &instead
			w.tell(told, 0)
			if _, second, _ := strings.Cut(w.ours(opsChat, 1, false).Text, "\n"); !strings.HasPrefix(second, "↪️ "+words[i]) {
				t.Errorf("%s: %q, want %q", language, second, words[i])
			}
		}
	}
}
