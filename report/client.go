package report

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// The limits of a client report; the tables have everything.
const (
	mostServices   = 40
	mostEndpoints  = 60
	mostIncidents  = 50
	servicesInChat = 12
)

// chartName is the image of a client's report.
const chartName = "availability.png"

// clientView is the data of a client's page.
type clientView struct {
	frame
	Heading   string // the client
	Period    string
	Verdict   string
	Notes     []string // what is unknown, or not counted
	Services  []serviceRow
	MoreOf    string
	Endpoints []endpointRow
	MoreHosts string
	Incidents []incidentRow
	MoreIn    string
	None      string       // shown if there are no incidents
	Chart     template.URL // "cid:NAME"; "" is no image

	allServices  int // those that are not listed too
	allIncidents int

	promised bool // there is an SLA
	missed   int  // services
	unjudged int  // services with an SLA and without data
	unsure   int  // services that met it in the time that was measured, and may have missed it in the rest
}

// serviceRow is one service.
type serviceRow struct {
	Name, Share, Promised, Down, Latency string
	Class                                string // "ok", "fail" or "none"
}

// endpointRow is a service on one host.
type endpointRow struct{ Host, Service, Share, Down, Latency string }

// incidentRow is one incident.
type incidentRow struct {
	When, Took, What string
	Who              string   // "" unless it is for colleagues
	Notes            []string // that were written for the client
}

// Client renders the report of a client's services. Nothing in it is about other clients, or internal. The image is left out if
// there is no chart function, or if it fails.
func (w *Writer) Client(ctx context.Context, language string, past *model.ClientPast) (model.Report, error) {
	p := w.renderer(language)
	v := p.clientView(past)
	name := "report-" + fileName(past.Client.Name) + "-" + fileName(past.Asked)
	parts := &model.ReportParts{Name: name, Files: []model.ReportFile{{Name: name + ".csv", Type: csvType, Data: p.pastCSV(past)}}}
	if len(past.Incidents) > 0 {
		parts.Files = append(parts.Files, model.ReportFile{Name: name + "-incidents.csv", Type: csvType, Data: p.incidentsCSV(past)})
	}
	if picture := w.picture(ctx, past, p.p.Language()); len(picture) > 0 {
		v.Chart = "cid:" + chartName
		parts.Files = append(parts.Files, model.ReportFile{Name: chartName, Type: "image/png", Data: picture, Inline: true})
	}
	var err error
	if parts.HTML, err = p.page("client.html", v); err != nil {
		return model.Report{}, err
	}
	parts.Text = p.clientText(v)
	return model.Report{Title: v.Title, Text: p.shortClient(v), Parts: parts}, nil
}

// picture draws the chart; nil if it cannot be drawn.
func (w *Writer) picture(ctx context.Context, past *model.ClientPast, language string) []byte {
	if w.chart == nil || len(past.Series.Points) == 0 {
		return nil
	}
	png, err := w.chart(ctx, past.Series, language)
	if err != nil {
		return nil // a report without an image is better than none
	}
	return png
}

// fileName reduces a name to what every system accepts in a file name.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || model.HarmlessRune(r) != r || r == ' ' {
			return '_'
		}
		return r
	}, model.Clip(name, maxName))
}

func (p *renderer) clientView(past *model.ClientPast) *clientView {
	client, period := model.Clip(past.Client.Name, maxName), p.period(past)
	v := &clientView{Heading: client, Period: period, None: p.p.T("report.client.none")}
	for i := range past.Services {
		p.addService(v, past, &past.Services[i])
	}
	if past.Internal {
		p.addEndpoints(v, past)
		v.MoreHosts = p.more(endpoints(past), len(v.Endpoints))
	}
	v.Verdict = p.promise(past, v)
	v.frame = p.frame(p.p.T("report.client.title", texts.Args{"client": client, "period": period}), v.level())
	v.MoreOf = p.more(len(past.Services), len(v.Services))
	v.Notes = p.notes(past)
	if !past.KeptFrom.IsZero() {
		forgotten := p.p.T("report.note.forgotten", texts.Args{"date": p.date(past.KeptFrom)})
		if v.Notes = append(v.Notes, forgotten); len(past.Incidents) == 0 {
			v.None = p.p.T("report.client.none_left")
		}
	}
	latest := past.Incidents[len(past.Incidents)-texts.AtMost(len(past.Incidents), mostIncidents):]
	for i := range latest {
		v.Incidents = append(v.Incidents, p.incident(past, &latest[i]))
	}
	v.allServices, v.allIncidents = len(past.Services), model.CountIncidents(past.Incidents).All()
	v.MoreIn = p.more(len(past.Incidents), len(v.Incidents))
	v.Foot = p.p.T("report.client.foot", texts.Args{"from": p.date(past.From), "to": p.date(past.To), "instance": model.Clip(p.w.instance(), maxName)})
	return v
}

// level is whether the SLA was met: unknown where there is none, or not all is measured.
func (v *clientView) level() texts.Level {
	switch {
	case v.missed > 0:
		return texts.LevelCritical
	case !v.promised, v.unjudged+v.unsure > 0:
		return texts.LevelUnknown
	default:
		return texts.LevelOK
	}
}

func endpoints(past *model.ClientPast) int {
	n := 0
	for i := range past.Services {
		n += len(past.Services[i].Endpoints)
	}
	return n
}

// period is "October 2026", or a range of dates.
func (p *renderer) period(past *model.ClientPast) string {
	from, to := past.From.In(p.zone), past.To.In(p.zone)
	if at, err := time.Parse("2006-01", past.Asked); err == nil {
		period := p.p.T("report.month", texts.Args{"month": p.p.T("report.month." + strconv.Itoa(int(at.Month()))), "year": at.Year()})
		if !past.Whole {
			period = p.p.T("report.so_far", texts.Args{"period": period})
		}
		return period
	}
	day := func(t time.Time) string {
		return p.p.T("report.day", texts.Args{"date": p.p.Date(t), "year": t.Year()})
	}
	last := to.Add(-time.Second) // the last day is the one before midnight
	if day(from) == day(last) {
		return day(from)
	}
	return p.p.T("report.span", texts.Args{"from": day(from), "to": day(last)})
}

func (p *renderer) addService(v *clientView, past *model.ClientPast, s *model.ServicePast) {
	promised, ok := past.Promised[s.Service]
	row := serviceRow{
		Name: p.serviceName(past, s), Share: p.share(s.Share()), Down: p.down(s.Down, s.Share()), Latency: p.latency(s.Latency), Class: "none",
	}
	if ok {
		v.promised = true
		row.Promised = p.p.T("report.promised", texts.Args{"sla": p.percent(promised)})
		switch known := s.Share().Known; {
		case known == 0:
			v.unjudged++
		case s.Down > model.Allowed(known, promised):
			row.Class = "fail"
			v.missed++
		default:
			row.Class = "ok"
			if !past.SurelyKept(s) {
				v.unsure++
			}
		}
	}
	if len(v.Services) < texts.AtMost(len(past.Services), mostServices) {
		v.Services = append(v.Services, row)
	}
}

// addEndpoints lists services by host, those that were down for longest first; of equal ones in the order of the services.
func (p *renderer) addEndpoints(v *clientView, past *model.ClientPast) {
	type one struct {
		service string
		*model.EndpointPast
	}
	var all []one
	for i := range past.Services {
		s := &past.Services[i]
		for j := range s.Endpoints {
			all = append(all, one{p.serviceName(past, s), &s.Endpoints[j]})
		}
	}
	slices.SortStableFunc(all, func(a, b one) int { return cmp.Compare(b.Down, a.Down) })
	for _, e := range all[:texts.AtMost(len(all), mostEndpoints)] {
		v.Endpoints = append(v.Endpoints, endpointRow{
			Host: model.Clip(e.Host, maxName), Service: e.service, Share: p.share(e.Share()), Down: p.down(e.Down, e.Share()), Latency: p.latency(e.Latency),
		})
	}
}

// serviceName is the name of a service, and that it was removed from the inventory if it was.
func (p *renderer) serviceName(past *model.ClientPast, s *model.ServicePast) string {
	name := model.Clip(s.Service, maxName)
	if past.Removed[s.Service] {
		name = p.p.T("report.removed", texts.Args{"service": name})
	}
	return name
}

// promise says whether the SLA was met, as far as that is known.
func (p *renderer) promise(past *model.ClientPast, v *clientView) string {
	if measured(past) == 0 {
		return p.p.T("report.client.unmeasured")
	}
	if !v.promised {
		return p.p.T("report.client.nothing_promised")
	}
	unjudged := ""
	if v.unjudged > 0 {
		unjudged = p.p.N("report.client.unjudged", v.unjudged)
	}
	switch {
	case v.missed == 0 && unjudged != "":
		return unjudged
	case v.missed == 0 && v.unsure > 0: // what was not measured is no headline
		return p.p.T("report.client.kept_measured", texts.Args{"percent": p.percent(measuredShare(past))})
	case v.missed == 0:
		return p.p.T("report.client.kept")
	}
	worst := &past.Services[0]
	over := worst.Down - model.Allowed(worst.Share().Known, past.Promised[worst.Service])
	missed := p.p.N("report.client.missed", v.missed, texts.Args{"service": model.Clip(worst.Service, maxName), "over": max(time.Second, over).Truncate(time.Second)})
	return strings.Join(appendSome(nil, missed, unjudged), "; ")
}

// measuredShare is the percentage of the time that counts in which it was known how the promised services were.
func measuredShare(past *model.ClientPast) float64 {
	var known, all time.Duration
	for i := range past.Services {
		if s := &past.Services[i]; past.Promised[s.Service] > 0 {
			known, all = known+s.Share().Known, all+max(0, past.Length()-s.Excused)
		}
	}
	return 100 * float64(known) / float64(max(1, all))
}

// measured is the known time, of all services together.
func measured(past *model.ClientPast) time.Duration {
	var known time.Duration
	for i := range past.Services {
		known += past.Services[i].Share().Known
	}
	return known
}

// notes say which time is unknown, and what is excluded.
func (p *renderer) notes(past *model.ClientPast) []string {
	var unmeasured, unknown, excused, all time.Duration
	for i := range past.Services {
		s := &past.Services[i]
		unmeasured, unknown, excused, all = unmeasured+s.Unmeasured, unknown+s.Unknown, excused+s.Excused, all+past.Length()
	}
	var notes []string
	n := time.Duration(max(1, len(past.Services)))
	for _, part := range []struct {
		id   string
		long time.Duration
	}{{"report.note.excused", excused}, {"report.note.unmeasured", unmeasured}, {"report.note.unknown", unknown}} {
		if part.long > 0 {
			notes = append(notes, p.p.T(part.id, texts.Args{
				"percent": p.percent(100 * float64(part.long) / float64(all)), "took": max(time.Second, part.long/n).Truncate(time.Second),
			}))
		}
	}
	if past.More {
		notes = append(notes, p.p.T("report.note.more"))
	}
	return notes
}

// share is "99.98 %", or that it is unmeasured.
func (p *renderer) share(u model.UpShare) string {
	percent, ok := u.Percent()
	if !ok {
		return p.p.T("report.unmeasured")
	}
	return p.percent(percent)
}

// percent is a number with at most three decimals, rounded down: anything below 100 never reads as 100.
func (p *renderer) percent(v float64) string {
	return p.p.Decimal(strconv.FormatFloat(floored(v, 1e3), 'f', -1, 64)) + "\u00a0%"
}

// floored rounds down to 1/parts, tolerating floating point errors.
func floored(v, parts float64) float64 { return math.Floor(v*parts+1e-6) / parts }

func (p *renderer) down(d time.Duration, u model.UpShare) string {
	switch {
	case u.Known == 0:
		return "–"
	case d <= 0:
		return "0"
	default:
		return p.p.Duration(max(time.Second, d).Truncate(time.Second))
	}
}

func (p *renderer) downFor(took string) string {
	return p.p.T("report.down_for", texts.Args{"took": took})
}

// latency is "120 / 340 / 900 ms": the 50th, 95th and 99th percentiles.
func (p *renderer) latency(l model.Latency) string {
	if l.Max == 0 && l.P50 == 0 {
		return "–"
	}
	return fmt.Sprintf("%s / %s / %s", p.p.Duration(l.P50), p.p.Duration(l.P95), p.p.Duration(l.P99))
}
