package report

import (
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// pastCSV has a row for each service, and one for each of its hosts.
func (p *renderer) pastCSV(past *model.ClientPast) []byte {
	rows := [][]string{{
		"client", "service", "host", "from", "to", "sla", "availability", "up_s", "down_s", "unknown_s", "unmeasured_s", "maintenance_s",
		"results_ok", "results_failed", "results_unknown", "p50_ms", "p95_ms", "p99_ms", "max_ms",
	}}
	for i := range past.Services {
		s := &past.Services[i]
		sla := ""
		if promised, ok := past.Promised[s.Service]; ok {
			sla = strconv.FormatFloat(promised, 'f', -1, 64)
		}
		whole := model.EndpointPast{
			Up: s.Up, Down: s.Down, Unknown: s.Unknown, Unmeasured: s.Unmeasured, Excused: s.Excused, Counts: s.Counts, Latency: s.Latency,
		}
		rows = append(rows, append(p.about(past, s.Service, "", sla), figures(&whole)...))
		if !past.Internal { // hosts are for colleagues
			continue
		}
		for j := range s.Endpoints {
			rows = append(rows, append(p.about(past, s.Service, s.Endpoints[j].Host, ""), figures(&s.Endpoints[j])...))
		}
	}
	return table(rows)
}

func (p *renderer) about(past *model.ClientPast, service, host, sla string) []string {
	return []string{past.Client.Name, service, host, past.From.In(p.zone).Format(time.RFC3339), past.To.In(p.zone).Format(time.RFC3339), sla}
}

func figures(e *model.EndpointPast) []string {
	share := ""
	if percent, ok := e.Share().Percent(); ok {
		share = strconv.FormatFloat(floored(percent, 1e4), 'f', 4, 64)
	}
	row := []string{share}
	for _, d := range []time.Duration{e.Up, e.Down, e.Unknown, e.Unmeasured, e.Excused} {
		row = append(row, strconv.FormatInt(int64(d/time.Second), 10))
	}
	for _, n := range []int{e.OK, e.Failed, e.Counts.Unknown} {
		row = append(row, count(n))
	}
	for _, d := range []time.Duration{e.P50, e.P95, e.P99, e.Max} {
		row = append(row, strconv.FormatInt(d.Milliseconds(), 10))
	}
	return row
}

func (p *renderer) incidentsCSV(past *model.ClientPast) []byte {
	rows := [][]string{{"number", "about", "severity", "from", "to", "seconds", "cause", "acknowledged_by", "note"}}
	for i := range past.Incidents {
		in := &past.Incidents[i]
		to, end := "", past.To
		if !in.Open() {
			to, end = in.ClosedAt.In(p.zone).Format(time.RFC3339), in.ClosedAt
		}
		row := p.incident(past, in)
		rows = append(rows, []string{
			strconv.FormatInt(int64(in.ID), 10), subject(past, in), max(in.Severity, in.Worst).String(), in.OpenedAt.In(p.zone).Format(time.RFC3339), to,
			strconv.FormatInt(int64(end.Sub(in.OpenedAt)/time.Second), 10), row.What, row.Who, strings.Join(row.Notes, " "),
		})
	}
	return table(rows)
}

// subject is what an incident was about: the key of its host is for colleagues.
func subject(past *model.ClientPast, in *model.Incident) string {
	if in.Kind == model.IncidentHost && !past.Internal {
		return string(in.Kind)
	}
	return in.Key()
}
