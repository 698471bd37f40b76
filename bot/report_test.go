package bot_test

import (
	"context"
	"time"

	"opsbot"
)

// reportedFleet is fleet with promises, and acme's own address.
func reportedFleet() *opsbot.Inventory {
	inv := fleet()
	clients, services := inv.Clients(), inv.Services()
	for i := range clients {
		if clients[i].Name == "acme" {
			clients[i].ReportTo, clients[i].ReportLanguage = []string{"it@acme.example"}, "ru"
		}
	}
	for i := range services {
		services[i].SLA = 99.9
	}
	return opsbot.NewInventory(clients, services, inv.Hosts(), inv.Checks())
}

// past is how the fleet was: every store was down for three hours of what is known, and a fifth of the time nobody measured.
type past struct{}

// ServicePasts implements ops.Past.
func (past) ServicePasts(_ context.Context, inv *opsbot.Inventory, keys []opsbot.ServiceKey, span opsbot.Span) ([]opsbot.ServicePast, error) {
	var all []opsbot.ServicePast
	for _, key := range keys {
		down := time.Duration(0)
		if key.Service == "store" {
			down = 3 * time.Hour
		}
		s := opsbot.ServicePast{
			ServiceKey: key, Down: down, Unmeasured: span.Length() / 5, Excused: 2 * time.Hour, Counts: opsbot.Counts{OK: 1000, Failed: int(down / time.Minute)},
			Latency: opsbot.Latency{P50: 80 * time.Millisecond, P95: 240 * time.Millisecond, P99: time.Second, Max: 4 * time.Second},
		}
		s.Up = span.Length() - s.Down - s.Unmeasured - s.Excused
		for _, c := range inv.ChecksOfService(key) {
			s.Endpoints = append(s.Endpoints, opsbot.EndpointPast{
				Check: c.ID, Host: c.Endpoint.Host, Up: s.Up, Down: s.Down, Unmeasured: s.Unmeasured, Excused: s.Excused, Counts: s.Counts, Latency: s.Latency,
			})
		}
		all = append(all, s)
	}
	return all, nil
}

// Series implements ops.Past.
func (past) Series(_ context.Context, _ []opsbot.CheckID, span opsbot.Span, step time.Duration) (opsbot.Series, error) {
	return opsbot.Series{Span: span, Step: step}, nil
}
