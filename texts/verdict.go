package texts

import (
	"strconv"

	"opsbot/model"
)

// Verdict is a verdict in words.
func (p *Printer) Verdict(v model.Verdict) string { return p.T("verdict." + v.String()) }

// ServiceCounts is "1 of 2 up, needs 1".
func (p *Printer) ServiceCounts(s *model.ServiceState) string {
	return p.T("service.counts", Args{"up": s.Up, "total": s.Total(), "need": s.Need})
}

// ServiceState is "at risk, 1 of 2 up, needs 1".
func (p *Printer) ServiceState(s *model.ServiceState) string {
	return p.Reason(model.NewReason(model.ReasonServiceState,
		"verdict", s.Verdict.String(), "up", strconv.Itoa(s.Up), "total", strconv.Itoa(s.Total()), "need", strconv.Itoa(s.Need)))
}

// ClientsAre is "2 of 3 clients degraded".
func (p *Printer) ClientsAre(v model.Verdict, n, total int) string {
	return p.T("clients.are", Args{"n": n, "of": p.N("count.of_clients", total), "verdict": v})
}

// HostState says what is wrong with a host, without its name: "does not answer"; "" when the code is of nothing that a host has.
func (p *Printer) HostState(code model.ReasonCode) string {
	switch code {
	case model.ReasonHostDown, model.ReasonHostRefuses, model.ReasonHostFails:
		return p.T("state." + string(code))
	default:
		return ""
	}
}
