package bot

import (
	"slices"
	"strconv"
	"sync"

	"opsbot/model"
)

// keptTests is how many runs are kept for "All results". A run over 24,000 endpoints takes about 10 MB.
const keptTests = 8

// testMemory keeps the last runs for their buttons. The zero value is ready to use.
type testMemory struct {
	mu    sync.Mutex
	last  int
	tests map[int]keptTest
}

type keptTest struct {
	chat model.ChatID
	test *model.WebTest
}

func (m *testMemory) keep(chat model.ChatID, t *model.WebTest) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tests == nil { // numbers go on from the clock: yesterday's buttons must not name a run of today
		m.tests, m.last = map[int]keptTest{}, int(t.At.Unix())
	}
	m.last++
	m.tests[m.last] = keptTest{chat, t}
	delete(m.tests, m.last-keptTests)
	return m.last
}

func (m *testMemory) find(chat model.ChatID, id int) (*model.WebTest, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok := m.tests[id]
	return kept.test, ok && kept.chat == chat
}

// keptTest returns the run of a button. ErrButtonExpired if it is no longer kept, or the user may see none of its clients.
func (r *request) keptTest(id string) (*model.WebTest, error) {
	n, _ := strconv.Atoi(id)
	t, ok := r.b.tests.find(r.in.Chat.ID, n)
	if !ok || !slices.ContainsFunc(t.Clients, func(c model.ClientTest) bool { return r.actor.Scope.Sees(c.Client) }) {
		return nil, &model.Error{Code: model.ErrButtonExpired}
	}
	return t, nil
}
