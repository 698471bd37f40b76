//go:build integration

package integration_test

import (
	"fmt"
	"testing"

	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
)

const zabbixInbound = `
[[inbound]]
name = "zabbix"
kind = "zabbix"
url  = %q
token = %q
secret = %q
downtime = true
poll = "5s"
disconnected_after = "5s"
`

// TestIntegrationProductReceivesZabbix: a problem is notified and acknowledged, and one that began and ended while the product was
// stopped is in the history afterwards.
func TestIntegrationProductReceivesZabbix(t *testing.T) {
	t.Parallel()
	s, p := startZabbix(t), newProduct(t)
	s.provision(t, "http://"+p.hook+"/in/zabbix")
	p.configure(fmt.Sprintf(zabbixInbound, s.url(), s.token, hookSecret))
	p.start()
	p.answered(t, "/status sources", "zabbix · zabbix ", "last contact")
	p.answered(t, "/status", "All clear", "14 checks")

	p.part("while it was away", func(t *testing.T) {
		p.stop()
		s.send(t, "web2", 20)
		p.until(t, "a problem begins", s.problems(t, 1))
		s.send(t, "web2", 0)
		p.until(t, "and ends", s.problems(t, 0))
		p.start()
		// Zabbix retries a failed hook call three times: if the last attempt comes before opsbot's replay, it is an incident of a host
		// on which everything works, and ends as one.
		p.answered(t, "/history", "zabbix, web2: Errors on web2 (visible)|1 host (zabbix)")
		p.asked(t, "/history", "zabbix, web2: Errors on web2 (visible)|1 хост (zabbix)")
		p.sent(t, sandbox.OpsChat, 0)
	})
	var card, russian botapi.Message
	p.part("a problem", func(t *testing.T) {
		p.set(fleet.Killed, "web1")
		s.send(t, "web1", 20)
		card = p.message(t, sandbox.OpsChat, 0, "1 host reported by zabbix: web1", "clientA/site: degraded, 3 of 4 up, needs 2", "1 down")
		russian = p.message(t, sandbox.OpsChatRu, 0, "zabbix сообщает о 1 хосте: web1", "clientA/site: деградация")
	})
	p.part("somebody takes it on", func(t *testing.T) {
		acked := func(want string) {
			t.Helper()
			p.until(t, "Zabbix has the acknowledgement "+want, func() error {
				var found []struct {
					Acknowledged string `json:"acknowledged"`
				}
				s.call(t, "problem.get", fields{"output": []string{"acknowledged"}}, &found)
				if len(found) != 1 || found[0].Acknowledged != want {
					return fmt.Errorf("it has %+v", found)
				}
				return nil
			})
		}
		p.press(t, card, "Ack")
		acked("1")
		p.press(t, p.edited(t, card, "acknowledged by Anna"), "Un-ack")
		acked("0")
		p.answered(t, "/ack "+numberOf(t, card), "Undo: /unack")
		acked("1")
		p.edited(t, card, "acknowledged by Anna", "zabbix: 1 event acknowledged there")
		p.edited(t, russian, "zabbix: 1 событие подтверждено и там")
	})
	p.part("a mute", func(t *testing.T) {
		p.answered(t, "/mute 1h web1 -- deploy", "Muted until")
		p.until(t, "Zabbix has a maintenance", s.maintenances(t, 1))
		p.answered(t, "/unmute all", "web1")
		p.until(t, "Zabbix has none", s.maintenances(t, 0))
	})
	// web2, whose problem was over before, may still be part of the group: it is of the same client.
	p.part("its end", func(t *testing.T) {
		p.set(fleet.OK, "web1")
		s.send(t, "web1", 0)
		p.edited(t, card, "No clients affected any more|works again|work again", "1 host was reported by zabbix: web1|2 hosts were reported by zabbix: web1, web2", "All resolved there")
		p.edited(t, russian, "zabbix, было событий о хостах (1): web1|zabbix, было событий о хостах (2): web1, web2", "Там всё завершилось")
	})
}

// problems returns a func that checks how many problems are active.
func (s *zabbixServer) problems(t *testing.T, want int) func() error {
	return func() error {
		var found []any
		s.call(t, "problem.get", fields{"output": []string{"name"}}, &found)
		if len(found) != want {
			return fmt.Errorf("%d stand: %v", len(found), found)
		}
		return nil
	}
}

// maintenances returns a func that checks how many there are.
func (s *zabbixServer) maintenances(t *testing.T, want int) func() error {
	return func() error {
		var found []any
		s.call(t, "maintenance.get", fields{"output": []string{"name"}}, &found)
		if len(found) != want {
			return fmt.Errorf("there are %d: %v", len(found), found)
		}
		return nil
	}
}
