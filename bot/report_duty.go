package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// reportDuty says who was on call how much: "/report oncall", "/report csv oncall 2026-10".
func (r *request) reportDuty(ctx context.Context, ws []string, tables bool) error {
	d, err := r.b.d.Actions.DutyReport(ctx, r.actor, ws, r.zoned())
	switch {
	case err != nil:
		return err
	case len(d.Schedules)+len(d.Paged) == 0:
		r.reply(ctx, r.p.HTML(r.whose("oncall.none")), nil)
		return nil
	case tables:
		r.sendTables(ctx, []model.ReportFile{d.Table()})
		return nil
	}
	words := strings.Join(ws[1:], " ")
	before := d.From.In(r.zone()).AddDate(0, 0, -1)
	r.list(ctx, r.renderer().dutyReport(d),
		action{label: "‹ " + r.p.T("report.month."+before.Format("1")), name: actRun, args: map[string]string{"line": "/report oncall " + before.Format("2006-01")}},
		action{label: r.p.T("button.csv"), name: actRun, args: map[string]string{"line": strings.TrimSpace("/report csv oncall " + words)}},
	)
	return nil
}

// dutyReport says of each schedule who was on call how much, longest first.
func (s *renderer) dutyReport(d *ops.DutyReport) message {
	m := message{head: blocks{block(s.p.HTML("report.duty", texts.Args{"from": s.moment(d.From), "to": s.moment(d.To)}))}}
	for i := range d.Schedules {
		one := &d.Schedules[i]
		if one.Missing {
			m.rows = append(m.rows, "⚠️ "+block(s.p.HTML("oncall.missing", texts.Args{"schedule": dutyName(one.Name)})))
			continue
		}
		lines := blocks{bold(dutyName(one.Name))}
		for _, p := range one.People {
			lines = append(lines, "   "+block(s.p.HTML("report.duty.person", texts.Args{
				"person": dutyName(p.Person), "hours": wholeHours(p.All), "shifts": p.Shifts, "nights": p.Nights, "weekend": wholeHours(p.Weekend), "takeovers": p.Takeovers,
			})))
		}
		if one.Gap > 0 {
			lines = append(lines, "   ⚠️ "+block(s.p.HTML("report.duty.gap", texts.Args{"length": one.Gap.Round(time.Minute)})))
		}
		m.rows = append(m.rows, block(lines.join()))
	}
	if len(d.Paged) > 0 {
		woken := slices.ContainsFunc(d.Paged, func(p ops.PersonPages) bool { return p.Night > 0 })
		lines := blocks{block(s.p.HTML("report.duty.paged", texts.Args{"woken": woken}))}
		for _, p := range d.Paged {
			lines = append(lines, "   "+block(s.p.HTML("report.duty.pages", texts.Args{"person": dutyName(p.Person), "pages": p.Pages, "night": p.Night, "woken": p.Woken})))
		}
		m.rows = append(m.rows, block(lines.join()))
	}
	m.tail = blocks{block(s.p.HTML("report.duty.note"))}
	return m
}

// wholeHours is a length in hours: so many are read against pay.
func wholeHours(d time.Duration) string { return strconv.Itoa(int(d.Round(time.Hour) / time.Hour)) }

// DutyReport renders who was on call how much.
func (w *Plain) DutyReport(language string, d *ops.DutyReport) string {
	s := w.renderer(language)
	if len(d.Schedules)+len(d.Paged) == 0 {
		return plain(s.p.HTML("oncall.none"))
	}
	return s.dutyReport(d).plain()
}
