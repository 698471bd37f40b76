//go:build integration

package integration_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
)

// apart is how long after the first client the next one fails: its event group still takes in what comes.
const apart = 25 * time.Second

// joinedWithin bounds the way from a failure to its message: Icinga buffers events for 5 s, Alertmanager waits a second, a verification
// takes less than one, and what joins is collected for 5 s.
const joinedWithin = 15 * time.Second

// neighbours are four clients that have nothing in common. Each is down when one of its hosts is.
func neighbours() []tenant {
	return []tenant{
		{"clientA", 2, []string{"web1", "web2"}},
		{"clientB", 2, []string{"web3", "web4"}},
		{"clientC", 2, []string{"web5", "web6"}},
		{"clientD", 2, []string{"web7", "web8"}},
	}
}

// watcher is a real source of events: it reports hosts, and says what opsbot has set there.
type watcher interface {
	fail(t *testing.T, host string)
	silenced(t *testing.T, host string) (bool, error)
	acked(t *testing.T, host string) (bool, error)
}

// joins is a story in which one client after the other fails, each on a host of its own, while the one before is muted, acknowledged, or
// neither. The chats must be notified of each, and the source must not be silent about it, nor acknowledge it.
type joins struct {
	*product
	source watcher
	acks   bool // the source has acknowledgements
	last   botapi.Message
	due    time.Time // when the next one fails
}

// newJoins starts the product, which leaves it to the source to find what fails.
func newJoins(p *product, s watcher, inbound string, acks bool) *joins {
	p.t.Helper()
	p.leaveToSources(inbound, "8 checks")
	return &joins{product: p, source: s, acks: acks, due: time.Now()}
}

// run goes through the story.
func (j *joins) run() {
	j.t.Helper()
	j.part("the first fails", func(t *testing.T) { j.fails(t, "web1", "clientA") })
	j.part("it is muted until it is ok", func(t *testing.T) {
		j.press(t, j.last, "Mute…")
		j.press(t, j.message(t, sandbox.OpsChat, j.last.ID, "for how long"), "Until OK")
		j.holds(t, "the source is silent about web1", j.source.silenced, "web1", true)
	})
	j.part("a second fails beside a mute", func(t *testing.T) { j.fails(t, "web3", "clientB") })
	j.part("it is acknowledged", func(t *testing.T) {
		j.press(t, j.last, "Ack")
		if j.acks {
			j.holds(t, "web3 is acknowledged there", j.source.acked, "web3", true)
		}
	})
	j.part("a third fails beside an ack", func(t *testing.T) { j.fails(t, "web5", "clientC") })
	j.part("a fourth fails beside neither", func(t *testing.T) { j.fails(t, "web7", "clientD") })
	j.part("the source keeps its voice", func(t *testing.T) {
		pass(t, 8*time.Second) // in which it asks what it should hold
		for _, host := range []string{"web3", "web5", "web7"} {
			j.holds(t, "the source is not silent about "+host, j.source.silenced, host, false)
		}
		for _, host := range []string{"web1", "web5", "web7"} {
			if j.acks {
				j.holds(t, host+" is not acknowledged there", j.source.acked, host, false)
			}
		}
		j.holds(t, "the source is silent about web1", j.source.silenced, "web1", true)
		j.sent(t, sandbox.OpsChat, 5) // with the answer to the mute
		j.sent(t, sandbox.OpsChatRu, 4)
	})
}

// fails has a host of a client fail at its time. Both chats must get a message with a sound that names the client, soon; the source must
// not be silent about it by then.
func (j *joins) fails(t *testing.T, host, client string) {
	t.Helper()
	j.pause(t)
	j.set(fleet.Killed, host)
	begun := time.Now()
	j.due = begun.Add(apart)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	after, afterRu := j.newest(sandbox.OpsChat), j.newest(sandbox.OpsChatRu)
	j.source.fail(t, host)
	j.last = j.messageBy(ctx, t, after, client+"/site: down, 1 of 2 up, needs 2")
	russian := j.messageBy(ctx, t, afterRu, client+"/site: не работает, доступно 1 из 2")
	for _, m := range []botapi.Message{j.last, russian} {
		if took := m.Date.Sub(begun); took > joinedWithin || m.Silent {
			t.Errorf("%s failed, and its message came after %v, silent: %v\n%s", client, took, m.Silent, j.chat(m.Chat))
		}
	}
	t.Logf("%s: the message came %v after the failure", client, j.last.Date.Sub(begun).Round(time.Millisecond))
	j.holds(t, "the source is not silent about "+host, j.source.silenced, host, false)
}

// newest is the last message of a chat.
func (p *product) newest(chat int64) botapi.Message {
	last := botapi.Message{Chat: chat}
	for _, m := range p.world.Bot.Messages(chat) {
		last.ID = max(last.ID, m.ID)
	}
	return last
}

// pause waits until the next one is to fail.
func (j *joins) pause(t *testing.T) {
	t.Helper()
	pass(t, time.Until(j.due))
}

// pass lets time pass.
func pass(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}

// holds waits until what a source says of a host is as wanted.
func (j *joins) holds(t *testing.T, what string, ask func(*testing.T, string) (bool, error), host string, want bool) {
	t.Helper()
	j.until(t, what, func() error {
		got, err := ask(t, host)
		if err == nil && got != want {
			return fmt.Errorf("of %s it says %v", host, got)
		}
		return err
	})
}

// TestIntegrationProductNotifiesEachClientIcinga: with a real Icinga.
func TestIntegrationProductNotifiesEachClientIcinga(t *testing.T) {
	t.Parallel()
	s, p := startIcinga(t), newProductOf(t, neighbours())
	for _, client := range p.fleet {
		for _, host := range client.hosts {
			s.result(t, host, 0, "PING OK")
		}
	}
	newJoins(p, icingaWatcher{s}, fmt.Sprintf(icingaInbound, s.port, s.ca), true).run()
}

type icingaWatcher struct{ *icingaServer }

func (w icingaWatcher) fail(t *testing.T, host string) { w.result(t, host, 1, "PING CRITICAL") }

func (w icingaWatcher) silenced(t *testing.T, host string) (bool, error) {
	return w.attributes(t, host)["downtime_depth"] != 0.0, nil
}

func (w icingaWatcher) acked(t *testing.T, host string) (bool, error) {
	return w.attributes(t, host)["acknowledgement"] != 0.0, nil
}

// TestIntegrationProductNotifiesEachClientZabbix: with a real Zabbix.
func TestIntegrationProductNotifiesEachClientZabbix(t *testing.T) {
	t.Parallel()
	s, p := startZabbix(t), newProductOf(t, neighbours())
	s.hosts = nil
	for _, client := range p.fleet {
		s.hosts = append(s.hosts, client.hosts...)
	}
	s.provision(t, "http://"+p.hook+"/in/zabbix")
	for _, host := range s.hosts {
		s.send(t, host, 0) // the server takes in new hosts every minute
	}
	newJoins(p, zabbixWatcher{s}, fmt.Sprintf(zabbixInbound, s.url(), s.token, hookSecret), true).run()
}

type zabbixWatcher struct{ *zabbixServer }

func (w zabbixWatcher) fail(t *testing.T, host string) { w.send(t, host, 20) }

func (w zabbixWatcher) silenced(t *testing.T, host string) (bool, error) {
	var found []any
	w.call(t, "maintenance.get", fields{"output": []string{"name"}, "hostids": []string{w.ids[host]}}, &found)
	return len(found) > 0, nil
}

func (w zabbixWatcher) acked(t *testing.T, host string) (bool, error) {
	var found []struct {
		Acknowledged string `json:"acknowledged"`
	}
	w.call(t, "problem.get", fields{"output": []string{"acknowledged"}, "hostids": []string{w.ids[host]}}, &found)
	if len(found) != 1 {
		return false, fmt.Errorf("%s has %d problems", host, len(found))
	}
	return found[0].Acknowledged == "1", nil
}

// TestIntegrationProductNotifiesEachClientPrometheus: with a real Prometheus and a real Alertmanager, which has no acknowledgements.
func TestIntegrationProductNotifiesEachClientPrometheus(t *testing.T) {
	t.Parallel()
	p := newProductOf(t, neighbours())
	s := startPrometheus(t, "http://"+p.hook+"/in/prometheus")
	newJoins(p, prometheusWatcher{s}, fmt.Sprintf(prometheusInbound, s.alertmanager, s.prometheus, hookSecret), false).run()
}

type prometheusWatcher struct{ *prometheusServers }

func (w prometheusWatcher) fail(_ *testing.T, host string) {
	if host == "web1" {
		w.errors.Store(10)
		return
	}
	w.others.Store(host, true)
}

func (w prometheusWatcher) silenced(t *testing.T, host string) (bool, error) {
	address := w.alertmanager + "/api/v2/alerts?filter=" + url.QueryEscape(`host="`+host+`"`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		return false, err
	}
	answer, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
	if err != nil {
		return false, err
	}
	defer func() { _ = answer.Body.Close() }()
	var found []struct {
		Status struct {
			SilencedBy []string `json:"silencedBy"`
		} `json:"status"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil {
		return false, err
	}
	if len(found) != 1 {
		return false, fmt.Errorf("it has %d alerts of %s", len(found), host)
	}
	return len(found[0].Status.SilencedBy) > 0, nil
}

func (w prometheusWatcher) acked(*testing.T, string) (bool, error) {
	return false, errors.New("an Alertmanager has no acknowledgements")
}

// TestIntegrationProductSeesAWholeClientFail: all listeners of one client close at once. The first and only message says that it is down,
// right after the answer that decides.
func TestIntegrationProductSeesAWholeClientFail(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.pace = pace{"10s", "10s"}
	p.configure("")
	p.start()
	p.answered(t, "/status", "All clear", "14 checks")
	p.set(fleet.Killed, p.fleet[0].hosts...)
	begun := time.Now()
	card := p.message(t, sandbox.OpsChat, 0, "")
	if !strings.Contains(card.Text, "clientA") || !strings.Contains(card.Text, "down, 0 of 4 up, needs 2") || card.Silent {
		t.Errorf("the first message, silent: %v:\n%s", card.Silent, card.Text)
	}
	decided := p.firstDown(t, "clientA/")
	took := card.Date.Sub(decided)
	t.Logf("the message came %v after the deciding answer, which came %v after the failure", took.Round(time.Millisecond), decided.Sub(begun).Round(time.Millisecond))
	if took > 4*time.Second { // a timeout of a second, and 3 s
		t.Errorf("the message came %v after the deciding answer", took)
	}
	pass(t, 12*time.Second) // in which each of them is checked again
	p.sent(t, sandbox.OpsChat, 1)
	p.set(fleet.OK, p.fleet[0].hosts...)
	p.message(t, sandbox.OpsChat, card.ID, "works again|work again|all services work|No clients affected any more")
	p.sent(t, sandbox.OpsChat, 2) // it and its end
}

// firstDown is when the first check with this beginning of its id was down, as the database has it.
func (p *product) firstDown(t *testing.T, prefix string) time.Time {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(filepath.Dir(p.config), "opsbot.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var at int64
	if err := db.QueryRowContext(t.Context(), `SELECT MIN(at) FROM transition WHERE phase = 'down' AND check_id LIKE ?`, prefix+"%").Scan(&at); err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(at)
}
