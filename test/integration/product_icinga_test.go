//go:build integration

package integration_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
)

const icingaInbound = `
[[inbound]]
name = "icinga"
kind = "icinga"
url  = "https://127.0.0.1:%s"
ca_file = %q
server_name = "a.test"
user = "opsbot"
password = "opsword"
host_from = ["vars.fqdn"]
domains = ["example.com"]
downtime = true
poll = "5s"
disconnected_after = "5s"
`

// TestIntegrationProductReceivesIcinga is a night with Icinga: ten hosts of two clients go down, people acknowledge that, Icinga is
// reloaded and killed in the middle of it, and the hosts come back.
func TestIntegrationProductReceivesIcinga(t *testing.T) {
	t.Parallel()
	s, p := startIcinga(t), newProduct(t)
	names := slices.Concat(p.fleet[0].hosts, p.fleet[1].hosts[:6])
	for _, name := range names {
		s.result(t, name, 0, "PING OK")
	}
	p.rack = map[string]string{} // that they share: else the clients would be unrelated, and two cards
	for _, name := range names {
		p.rack[name] = "r7"
	}
	p.leaveToSources(fmt.Sprintf(icingaInbound, s.port, s.ca), "14 checks")
	p.answered(t, "/status sources", "icinga 2.", "last contact")

	var card, russian botapi.Message
	p.part("ten hosts go down, and one that nobody knows", func(t *testing.T) {
		p.set(fleet.Killed, names...)
		for _, name := range append(slices.Clone(names), "db9") {
			s.result(t, name, 1, "PING CRITICAL")
		}
		card = p.message(t, sandbox.OpsChat, 0, "11 hosts reported by icinga", "clientA down, +1 client: 11 hosts", "10 down", "1 not in the inventory: db9",
			"clientA/site: down, 0 of 4 up, needs 2", "clientB/site: degraded, 2 of 8 up, needs 1")
		russian = p.message(t, sandbox.OpsChatRu, 0, "icinga сообщает о 11 хостах", "10 недоступно", "нет в инвентаре (1): db9",
			"clientA/site: не работает, доступно 0 из 4", "clientB/site: деградация, доступно 2 из 8")
		if strings.Contains(card.Text, "clientC") {
			t.Errorf("clientC has nothing there:\n%s", card.Text)
		}
		p.answered(t, "/unmapped", "db9")
		p.asked(t, "/unmapped", "db9", "1 хоста нет в инвентаре")
	})
	p.part("questions", func(t *testing.T) {
		p.answered(t, "/impact", "2 clients affected, 1 down", "11 hosts reported by icinga", "10 down", "took")
		p.asked(t, "/impact icinga", "icinga сообщает о 11 хостах", "10 недоступно")
		p.answered(t, "/why clientA", "clientA", "PING CRITICAL")
		p.asked(t, "/why web5", "web5", "PING CRITICAL", "clientB")
		p.answered(t, "/why clientC", "all clear")
	})
	p.part("somebody takes it on", func(t *testing.T) { productAcksIcinga(t, p, s, card, russian) })
	p.part("a mute", func(t *testing.T) { productMutesIcinga(t, p, s) })
	p.part("a reload", func(t *testing.T) {
		s.reload(t)
		p.until(t, "the stream is lost", func() error {
			if !strings.Contains(p.said.String(), "the stream has ended") {
				return errors.New("it goes on")
			}
			return nil
		})
		p.answered(t, "/impact", "11 hosts reported by icinga")
	})
	p.part("a crash", func(t *testing.T) {
		s.crash()
		silent := p.message(t, sandbox.OpsChat, card.ID, "icinga is disconnected")
		silentRu := p.message(t, sandbox.OpsChatRu, russian.ID, "icinga: нет связи")
		s.run(t)
		p.message(t, sandbox.OpsChat, silent.ID, "icinga is connected again")
		p.message(t, sandbox.OpsChatRu, silentRu.ID, "icinga: связь восстановлена")
		p.answered(t, "/impact", "11 hosts reported by icinga", "10 down")
	})
	p.part("all come back", func(t *testing.T) {
		p.set(fleet.OK, names...)
		for _, name := range append(names, "db9") {
			s.result(t, name, 0, "PING OK")
		}
		p.edited(t, card, "11 hosts were reported by icinga", "All resolved there", "10 up")
		p.edited(t, russian, "icinga, было событий о хостах (11)", "Там всё завершилось", "10 работают")
		p.message(t, sandbox.OpsChat, card.ID, "No clients affected any more|works again|work again", "11 hosts were reported by icinga")
		p.answered(t, "/status", "All clear")
		p.answered(t, "/impact", "no open events")
	})
	p.sentApart(t, sandbox.OpsChat, 4) // the card and its end, Icinga's disconnection and its end
	p.sentApart(t, sandbox.OpsChatRu, 4)
}

func productAcksIcinga(t *testing.T, p *product, s *icingaServer, card, russian botapi.Message) {
	acked := func(want float64) {
		t.Helper()
		for _, name := range []string{"web1", "web10", "db9"} {
			p.until(t, fmt.Sprintf("%s has the acknowledgement %v", name, want), func() error {
				if a := s.attributes(t, name); a["acknowledgement"] != want {
					return fmt.Errorf("it has %v", a["acknowledgement"])
				}
				return nil
			})
		}
	}
	p.press(t, card, "Ack")
	acked(1)
	p.press(t, p.edited(t, card, "acknowledged by Anna"), "Un-ack")
	acked(0)
	p.answered(t, "/ack "+numberOf(t, card), "Undo: /unack")
	acked(1)
	found, err := s.ask(t, "/v1/objects/comments", nil)
	if err != nil || !strings.Contains(fmt.Sprint(found), "author:Anna") {
		t.Errorf("Anna's name is not on %v: %v", found, err)
	}
	p.edited(t, card, "acknowledged by Anna", "icinga: 11 events acknowledged there")
	p.edited(t, russian, "icinga: 11 событий подтверждено и там")
}

// downtimes waits until a host and its service have that many.
func (s *icingaServer) downtimes(t *testing.T, p *product, host string, want float64) {
	t.Helper()
	for _, object := range []string{host, host + "!http"} {
		p.until(t, fmt.Sprintf("%s has %v downtimes", object, want), func() error {
			if a := s.attributes(t, object); a["downtime_depth"] != want {
				return fmt.Errorf("it has %v", a["downtime_depth"])
			}
			return nil
		})
	}
}

func productMutesIcinga(t *testing.T, p *product, s *icingaServer) {
	p.answered(t, "/mute 1h web1 web2 -- kernel update", "web1", "Muted until")
	s.downtimes(t, p, "web1", 1)
	s.downtimes(t, p, "web2", 1)
	s.downtimes(t, p, "web3", 0)
	found, err := s.ask(t, "/v1/objects/downtimes", nil)
	if text := fmt.Sprint(found); err != nil || !strings.Contains(text, "author:Anna") || !strings.Contains(text, "kernel update") {
		t.Errorf("neither Anna nor why is on %v: %v", found, err)
	}
	p.answered(t, "/unmute all", "web1")
	s.downtimes(t, p, "web1", 0)
	s.downtimes(t, p, "web2", 0)
}
