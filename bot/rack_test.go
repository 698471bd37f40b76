package bot_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// racked has 150 clients on 60 hosts, two hosts each, twelve hosts in a rack. Each client has a contact of its own.
func racked() *model.Inventory {
	var clients []model.Client
	var services []model.Service
	var hosts []model.Host
	var checks []*model.Check
	for i := range 60 {
		labels := model.Labels{"rack": fmt.Sprint("r", i/12+1), "dc": fmt.Sprint("fra", i/30+1), "role": "web"}
		hosts = append(hosts, model.Host{Name: fmt.Sprint("web", i+1), Address: fmt.Sprint("10.0.0.", i+1), Labels: labels})
	}
	for i := range 150 {
		name := fmt.Sprint("client", i+1)
		clients = append(clients, model.Client{Name: name, Tier: "normal", Contacts: []string{fmt.Sprintf("+7 495 000-%04d, desk of %s", i+1, name)}})
		key := model.ServiceKey{Client: name, Service: "reports"}
		services = append(services, model.Service{ServiceKey: key, MinUp: model.MinUp{Count: 1}, ErrThreshold: 10, Tier: "normal"})
		for _, at := range []int{i % 60, (i*7 + 1) % 60} {
			e := &model.Endpoint{ServiceKey: key, Host: hosts[at].Name, Address: "10.0.0.1:80", Labels: hosts[at].Labels}
			checks = append(checks, &model.Check{ID: e.ID(), Kind: "web", Failures: model.Limit{N: 1}, Recoveries: 1, Timeout: time.Second, Labels: e.Labels, Endpoint: e})
		}
	}
	return model.NewInventory(clients, services, hosts, checks)
}

// Eleven hosts go down, ten of them in one rack: one message in each chat, whose first line says whom it hits and where, and which has the number to
// call for the worst clients. It is not said that they have nothing in common.
func TestMostOfARackIsOneRightMessage(t *testing.T) {
	for _, elsewhere := range []string{"web11", "web50"} {
		t.Run(elsewhere, func(t *testing.T) {
			w := newWorld(t, options{language: "en", fleet: racked()})
			w.manager.SetRules(alerts.Rules{Storm: alerts.Storm{Over: 3, Within: 10 * time.Second}})
			down := map[string]bool{elsewhere: true}
			for i := range 10 {
				down[fmt.Sprint("web", i+1)] = true
			}
			var broken []model.Result
			hit := map[string]int{} // endpoints of each client that are down
			all := map[string]int{}
			for _, c := range w.inv.Checks() {
				all[c.Client()]++
				if down[c.Endpoint.Host] {
					hit[c.Client()]++
					w.engine.set(c.ID, model.StatusFail, reasons["refused"])
					broken = append(broken, w.engine.see(c.ID))
				}
			}
			dead := 0
			for client, n := range hit {
				if n == all[client] {
					dead++
				}
			}
			w.ok(w.manager.Handle(w.ctx, broken...))
			w.happen(0)
			calls := w.server.Calls("sendMessage")
			if len(calls) != 1 {
				t.Fatalf("%d messages", len(calls))
			}
			card := w.ours(opsChat, 1, false).Text
			lines := strings.Split(card, "\n")
			shared := "10 of 11 hosts are in rack r1"
			if elsewhere == "web11" {
				shared = " failures are in rack=r1"
			}
			for _, want := range []string{
				" down, +" + fmt.Sprint(len(hit)-1) + " clients: 11 hosts", " rack r1",
				fmt.Sprintf("%d clients affected, %d down", len(hit), dead), "11 hosts fail: ", shared, "📞 +7495000",
			} {
				if !strings.Contains(card, want) {
					t.Errorf("it does not say %q", want)
				}
			}
			if elsewhere == "web11" == strings.Contains(lines[0], "10 in rack") {
				t.Errorf("the first line is %q", lines[0])
			}
			if strings.Contains(card, "no common cause") {
				t.Error("it says that they have nothing in common")
			}
			if units(lines[0]) > mostFirst || t.Failed() {
				t.Errorf("%d units:\n%s", units(lines[0]), card)
			}
		})
	}
}

// Phone numbers are for operators, admins and people limited to clients: whatever a viewer who sees everything asks, no number is in the answer.
func TestPhonesAreForWhoMaySeeThem(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.do("!break acme/store@web1 503")
	const number = "+74950000000"
	seen := map[string]int{}
	wall := &wall{t: t, r: rand.New(rand.NewPCG(1, 1))} //nolint:gosec // it need not be secret
	for _, who := range []string{"viewer", "operator", "anna"} {
		for _, line := range append(wall.asked(), "/incidents 1", "/status acme", "/why acme", "/inform web1") {
			if strings.HasPrefix(line, "/mute") || strings.HasPrefix(line, "/ack") || strings.HasPrefix(line, "/note") {
				continue
			}
			before := w.picture()
			w.do(who + ": " + line)
			if answer := w.said(before); strings.Contains(answer, number) || strings.Contains(answer, "+7 495") {
				seen[who]++
				if who == "viewer" {
					t.Errorf("%s answers a viewer with a number: %s", line, answer)
				}
			}
		}
	}
	if seen["operator"] == 0 || seen["anna"] == 0 {
		t.Errorf("who may see numbers sees them in %v answers", seen)
	}
}
