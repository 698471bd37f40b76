package bot_test

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"time"

	"opsbot/model"
)

// endpoints are the fleet of the chat scripts: "client/service@host". people of acme must never see beta.
var endpoints = []string{
	"acme/reports@web1", "acme/reports@web2", "acme/store@web1", "acme/store@web2",
	"beta/reports@web2", "beta/reports@web3", "beta/support@web3",
}

func fleet() *model.Inventory { return fleetOf(endpoints, "main-db", "licence") }

// fleetOf makes an inventory of endpoints and standalone checks, the last of which is latched.
func fleetOf(endpoints []string, standalone ...string) *model.Inventory {
	var f struct {
		clients  map[string]model.Client
		services map[model.ServiceKey]model.Service
		hosts    map[string]model.Host
	}
	f.clients, f.services, f.hosts = map[string]model.Client{}, map[model.ServiceKey]model.Service{}, map[string]model.Host{}
	var checks []*model.Check
	for _, id := range endpoints {
		e := endpointOf(id)
		f.clients[e.Client] = model.Client{
			Name: e.Client, Tier: model.TierGold, Contacts: []string{"+7 495 000-00-00, duty manager"}, Runbook: "https://wiki.example.com/" + e.Client,
		}
		f.services[e.ServiceKey] = model.Service{ServiceKey: e.ServiceKey, MinUp: model.MinUp{Count: 1}, ErrThreshold: 10, Tier: model.TierGold}
		f.hosts[e.Host] = model.Host{Name: e.Host, Address: "10.0.0.1", Labels: e.Labels}
		checks = append(checks, &model.Check{
			ID: e.ID(), Kind: "web", Failures: model.Limit{N: 1}, Recoveries: 1, Timeout: time.Second, Labels: e.Labels, Endpoint: e,
		})
	}
	for i, id := range standalone {
		checks = append(checks, &model.Check{
			ID: model.CheckID(id), Kind: "tcp", Schedule: "*/5 * * * *", Failures: model.Limit{N: 1}, Recoveries: 1, Timeout: time.Second, Severity: model.SeverityCritical,
			Comment: "call the DBA on duty", Latched: i > 0 && i == len(standalone)-1,
		})
	}
	return model.NewInventory(values(f.clients), values(f.services), values(f.hosts), checks)
}

func endpointOf(id string) *model.Endpoint {
	key, host, _ := strings.Cut(id, "@")
	client, service, _ := strings.Cut(key, "/")
	dc := "fra1"
	if strings.HasSuffix(host, "3") {
		dc = "ams2"
	}
	return &model.Endpoint{
		ServiceKey: model.ServiceKey{Client: client, Service: service}, Host: host, Address: "10.0.0.1:80", Labels: model.Labels{"dc": dc},
	}
}

func values[K comparable, V any](m map[K]V) []V {
	out := make([]V, 0, len(m))
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// engine is what there is to see on the fleet: ok, but for what was broken.
type engine struct {
	now func() time.Time

	mu     sync.Mutex
	broken map[model.CheckID]model.Result
	took   map[model.CheckID]time.Duration // where it is not 12 ms
	hold   chan struct{}                   // set: runs of several wait half way until it is closed
	began  chan struct{}                   // set: receives when a run waits
}

func (e *engine) set(id model.CheckID, status model.Status, reason model.Reason) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.broken[id] = model.Result{Status: status, Reason: reason}
}

func (e *engine) slow(id model.CheckID, took time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.took == nil {
		e.took = map[model.CheckID]time.Duration{}
	}
	e.took[id] = took
}

func (e *engine) see(id model.CheckID) model.Result {
	e.mu.Lock()
	defer e.mu.Unlock()
	r, broken := e.broken[id]
	if !broken {
		r.Status = model.StatusOK
	}
	r.Check, r.At, r.Took, r.Tries = id, e.now(), cmp.Or(e.took[id], 12*time.Millisecond), 1
	return r
}

// RunAll implements ops.Engine.
func (e *engine) RunAll(ctx context.Context, all []*model.Check, each func(model.Result)) {
	for i, c := range all {
		if i == len(all)/2 && i > 0 {
			e.wait(ctx)
		}
		r := e.see(c.ID)
		if ctx.Err() != nil {
			r.Status, r.Reason = model.StatusUnknown, model.NewReason(model.ReasonCancelled)
		}
		each(r)
	}
}

// holdRuns has runs of several wait half way until release is called.
func (e *engine) holdRuns() (release func()) {
	hold := make(chan struct{})
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hold = hold
	return func() { close(hold) }
}

func (e *engine) wait(ctx context.Context) {
	e.mu.Lock()
	hold, began := e.hold, e.began
	e.mu.Unlock()
	if hold == nil {
		return
	}
	select {
	case began <- struct{}{}:
	default:
	}
	select {
	case <-hold:
	case <-ctx.Done():
	}
}
