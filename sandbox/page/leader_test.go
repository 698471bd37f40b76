package page_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"

	"opsbot/sandbox"
)

// pair is two opsbots of which one leads until it is ended.
type pair struct {
	mu     sync.Mutex
	leader string
	killed []bool
}

func (p *pair) Name() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.leader
}

func (p *pair) End(kill bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leader == "" {
		return errors.New("nobody leads at the moment")
	}
	p.leader, p.killed = "", append(p.killed, kill)
	return nil
}

func (p *pair) lead(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leader = name
}

// TestTheLeaderIsEndedOnThePage: it says who leads, and has the leader killed or stopped.
func TestTheLeaderIsEndedOnThePage(t *testing.T) {
	bots := &pair{leader: "bot1"}
	s, err := sandbox.Start(t.Context(), sandbox.Options{PageAddr: "127.0.0.1:0", Dir: t.TempDir(), FreePorts: true, Leader: bots})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	next := listen(t, s, sandbox.Admin)
	next("world", `"leader":"bot1"`)
	status, text := send(t, s, "leader", object{"kill": true})
	wants(t, status, text, http.StatusNoContent)
	next("world", `"leader":""`)
	status, text = send(t, s, "leader", object{"kill": true})
	wants(t, status, text, http.StatusConflict)
	bots.lead("bot2")
	next("world", `"leader":"bot2"`)
	status, text = send(t, s, "leader", object{"kill": false})
	wants(t, status, text, http.StatusNoContent)
	if len(bots.killed) != 2 || !bots.killed[0] || bots.killed[1] {
		t.Errorf("killed: %v", bots.killed)
	}
}

// TestOneOpsbotHasNoSwitchForTheLeader: nobody would take over.
func TestOneOpsbotHasNoSwitchForTheLeader(t *testing.T) {
	s, _ := world(t)
	status, text := send(t, s, "leader", object{"kill": true})
	wants(t, status, text, http.StatusNotFound)
}
