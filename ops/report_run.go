package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// ReportPlan is a scheduled report.
type ReportPlan struct {
	Name  string
	Words []string  // a selector; none is everything
	Due   time.Time // the time for which it is created

	// Fields of a web test report.
	Threshold   int // percent; 0 is each service's own
	Logs        bool
	MinSeverity model.Severity
	ToErrors    []ReportTarget // recipients if what they may see has findings of MinSeverity or worse
	ToFine      []ReportTarget // recipients otherwise

	// Fields of client reports.
	Span  model.Span
	Asked string                                    // Span as written, as in ClientPast
	Way   func(c model.Client) (ReportTarget, bool) // the recipient of a client; false: it gets none
}

// RunReport runs a web test and sends the report to its recipients. The reports and the due time are stored in one transaction,
// so it is created exactly once. It returns the recipients.
func (k *Actions) RunReport(ctx context.Context, who model.Actor, plan *ReportPlan) ([]ReportTarget, error) {
	words := plan.Words
	if len(words) == 0 {
		words = []string{"all"}
	}
	t, err := k.WebTest(ctx, who, WebTestRequest{Words: words, Threshold: plan.Threshold, Logs: plan.Logs})
	if err == nil {
		err = ctx.Err() // interrupted: a missing run is no result
	}
	if err != nil {
		return nil, err
	}
	notifications, to, err := k.testNotifications(plan, t)
	if err != nil {
		return nil, err
	}
	entry := k.entry(who, "report", plan.Name)
	for i := range to {
		entry.After = strings.TrimSpace(entry.After + " " + to[i].Name)
	}
	return to, k.posted(ctx, model.Change{
		Notifications: notifications, Audit: []model.AuditEntry{entry}, Reported: map[string]time.Time{plan.Name: plan.Due},
	})
}

// testNotifications returns the reports of a web test, one for each recipient: what they may see of it, in their language.
func (k *Actions) testNotifications(plan *ReportPlan, t *model.WebTest) (notifications []model.Notification, to []ReportTarget, err error) {
	written, inv := map[string]model.Report{}, k.d.Inventory.Current()
	for _, target := range plan.Recipients(inv, t) {
		seen := t.Within(inv, target.Scope)
		key := target.Language + " " + fmt.Sprint(target.Scope)
		r, known := written[key]
		if !known {
			if r, err = k.d.Reports.WebTest(target.Language, seen); err != nil {
				return nil, nil, err
			}
			written[key] = r
		}
		notifications, to = append(notifications, k.reportTo(target.To, &r, seen.Severity())), append(to, target)
	}
	return notifications, to, nil
}

// Recipients are those who get the report of a web test.
func (p *ReportPlan) Recipients(inv *model.Inventory, t *model.WebTest) []ReportTarget {
	var all []ReportTarget
	add := func(targets []ReportTarget, errs bool) {
		for _, target := range targets {
			seen := t.Within(inv, target.Scope)
			if seen == nil || slices.ContainsFunc(all, func(a ReportTarget) bool { return a.To == target.To }) {
				continue
			}
			if worst, found := seen.WorstFinding(); (found && worst >= p.MinSeverity) == errs {
				all = append(all, target)
			}
		}
	}
	add(p.ToErrors, true)
	add(p.ToFine, false)
	return all
}

// RunClientReports sends each selected client the report of its services. Each is a transaction of its own: if some cannot be
// created, the error says so, and a further run for the same due time creates the missing ones.
func (k *Actions) RunClientReports(ctx context.Context, who model.Actor, plan *ReportPlan) (sent []ReportTarget, err error) {
	inv := k.d.Inventory.Current()
	clients, err := k.clientsOf(inv, who, plan.Words)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, c := range clients {
		to, ok := plan.Way(c)
		if !ok {
			continue
		}
		made, err := k.runClientReport(ctx, who, plan, clientReport{inv, c, to})
		if err != nil {
			failed = append(failed, fmt.Errorf("report of %s: %w", c.Name, err))
		} else if made {
			sent = append(sent, to)
		}
		if ctx.Err() != nil {
			return sent, ctx.Err()
		}
	}
	if len(failed) > 0 {
		return sent, errors.Join(failed...)
	}
	return sent, k.d.Reports.Post(ctx, model.Change{Reported: map[string]time.Time{plan.Name: plan.Due}})
}

// clientsOf returns the clients that the words select.
func (k *Actions) clientsOf(inv *model.Inventory, who model.Actor, words []string) ([]model.Client, error) {
	if len(words) == 0 {
		return inv.Clients(), nil
	}
	sel, err := k.resolve(inv, words, who.Scope)
	if err != nil {
		return nil, err
	}
	selection := map[string]bool{}
	for _, c := range sel.Select(inv, who.Scope) {
		selection[c.Client()] = true
	}
	return slices.DeleteFunc(slices.Clone(inv.Clients()), func(c model.Client) bool { return !selection[c.Name] }), nil
}

// clientReport is one client's part of a run.
type clientReport struct {
	inv    *model.Inventory
	client model.Client
	to     ReportTarget
}

func (k *Actions) runClientReport(ctx context.Context, who model.Actor, plan *ReportPlan, one clientReport) (made bool, err error) {
	name := plan.Name + "/" + one.client.Name
	last, err := k.d.Reports.Made(ctx, name)
	if err != nil || last.Equal(plan.Due) {
		return false, err
	}
	sel := model.Selector{Clients: []string{one.client.Name}}
	past, err := k.pastForClient(ctx, one.inv, sel, ReportRequest{Span: plan.Span, Asked: plan.Asked})
	if err != nil {
		return false, err
	}
	r, err := k.ClientReport(ctx, one.to.Language, past)
	if err != nil {
		return false, err
	}
	entry := k.entry(who, "report", one.client.Name+" "+plan.Asked)
	entry.After = one.to.Name
	return true, k.d.Reports.Post(ctx, model.Change{
		Notifications: []model.Notification{k.reportTo(one.to.To, &r, model.SeverityInfo)}, Audit: []model.AuditEntry{entry},
		Reported: map[string]time.Time{name: plan.Due},
	})
}

// LastWhole returns the last complete "day", "week" (from Monday) or "month" before a time, in its time zone, and the words that
// request its report.
func LastWhole(period string, at time.Time) (span model.Span, asked string) {
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
	switch period {
	case "day":
		span = model.Span{From: day.AddDate(0, 0, -1), To: day}
		return span, span.From.Format(time.DateOnly)
	case "week":
		monday := day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
		span = model.Span{From: monday.AddDate(0, 0, -7), To: monday}
		return span, span.From.Format(time.DateOnly) + ".." + monday.AddDate(0, 0, -1).Format(time.DateOnly)
	default:
		first := day.AddDate(0, 0, 1-day.Day())
		span = model.Span{From: first.AddDate(0, -1, 0), To: first}
		return span, span.From.Format(model.MonthForm)
	}
}

// NoteFailedReport sends a notice that a report could not be created, and why, in words for people.
func (k *Actions) NoteFailedReport(ctx context.Context, name, why string, to model.Destination) error {
	reason := model.NewReason(model.NoticeReport, "name", name, "said", why)
	return k.d.Reports.Post(ctx, model.Change{Notifications: []model.Notification{{
		Kind: model.NotifyNotice, To: to, Severity: model.SeverityWarning, Created: k.d.Now(), Snapshot: model.Snapshot{Notice: &reason},
	}}})
}
