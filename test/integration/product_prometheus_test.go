//go:build integration

package integration_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"

	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
)

const prometheusInbound = `
[[inbound]]
name = "prometheus"
kind = "alertmanager"
url  = %q
prometheus = [%q]
secret = %q
downtime = true
poll = "5s"
disconnected_after = "5s"
`

// TestIntegrationProductReceivesPrometheus: an alert ends while the chat has silenced it, which no webhook call reports; and one whose
// end cannot be confirmed, because Prometheus has died.
func TestIntegrationProductReceivesPrometheus(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	s := startPrometheus(t, "http://"+p.hook+"/in/prometheus")
	p.configure(fmt.Sprintf(prometheusInbound, s.alertmanager, s.prometheus, hookSecret))
	p.start()
	p.answered(t, "/status sources", "prometheus · alertmanager", "last contact")
	p.answered(t, "/status", "All clear", "14 checks")

	var card, russian botapi.Message
	alert := func(after, afterRu int) {
		p.set(fleet.Killed, "web1")
		s.errors.Store(10)
		card = p.message(t, sandbox.OpsChat, after, "1 host reported by prometheus: web1", "clientA/site: degraded, 3 of 4 up, needs 2", "1 down")
		russian = p.message(t, sandbox.OpsChatRu, afterRu, "prometheus сообщает о 1 хосте: web1", "clientA/site: деградация")
	}
	p.part("an alert", func(*testing.T) { alert(0, 0) })
	p.part("an end during a silence", func(t *testing.T) {
		p.answered(t, "/mute 1h web1 -- deploy", "Muted until")
		p.until(t, "Alertmanager is silent about it", s.silences(t, 1))
		s.errors.Store(0)
		// In its first two minutes the absence of an alert at an Alertmanager means nothing. Meanwhile the host stays down, or opsbot
		// itself would see that all is ok.
		p.edited(t, card, "1 host was reported by prometheus: web1", "All resolved there", "clientA/site: degraded", "1 down")
		p.edited(t, russian, "prometheus, было событий о хостах (1): web1", "Там всё завершилось", "1 недоступен")
		p.set(fleet.OK, "web1")
		p.edited(t, card, "No clients affected any more|works again|work again")
		p.answered(t, "/unmute all", "web1")
		p.until(t, "Alertmanager is silent about nothing", s.silences(t, 0))
	})
	p.part("Prometheus dies", func(t *testing.T) {
		alert(card.ID, russian.ID)
		s.prom.end(syscall.SIGKILL)
		p.edited(t, card, "1 event reported as ended, not confirmed", "1 down")
		p.edited(t, russian, "1 событие, завершение не подтверждено")
		p.answered(t, "/why clientA", "web1")
		p.set(fleet.OK, "web1") // opsbot's own check ends it
		p.edited(t, card, "No clients affected any more|works again|work again")
		p.edited(t, russian, "Клиенты больше не затронуты|снова работает|снова работают")
	})
}

// silences returns a func that checks how many silences of the chat are active.
func (s *prometheusServers) silences(t *testing.T, want int) func() error {
	return func() error {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.alertmanager+"/api/v2/silences", http.NoBody)
		if err != nil {
			return err
		}
		answer, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		var all []struct {
			CreatedBy string `json:"createdBy"`
			Comment   string `json:"comment"`
			Status    struct {
				State string `json:"state"`
			} `json:"status"`
		}
		if err := json.NewDecoder(answer.Body).Decode(&all); err != nil {
			return err
		}
		taken := 0
		for _, one := range all {
			if one.Status.State == "active" && one.CreatedBy != "" && one.Comment != "" {
				taken++
			}
		}
		if taken != want {
			return errors.New(fmt.Sprint(all))
		}
		return nil
	}
}
