package app

import (
	"cmp"
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// setAside notifies the admins of rows of the database that could not be read and were set aside.
type setAside struct {
	*base
	to     func() (model.Destination, bool) // false: nobody
	wake   func()                           // wakes the dispatcher
	failed func(error)
}

// newSetAside makes it.
func newSetAside(t *term) *setAside {
	return &setAside{
		base: t.base, to: func() (model.Destination, bool) { return t.outbox.noticeTo(model.Destination{}) }, wake: t.outbox.dispatcher.Notify,
		failed: t.rateLimited("store", "notify of what was set aside; it is tried again"),
	}
}

// run inspects the database until ctx ends, and notifies of what it set aside.
func (s *setAside) run(ctx context.Context) error {
	s.fromCopy(ctx)
	s.fromBackup(ctx)
	return s.db.Inspect(ctx, func() {
		if err := s.notify(ctx); err != nil && ctx.Err() == nil {
			s.failed(err)
		}
	})
}

// notify writes one notification of all rows of which nobody was notified: a message for each table would hold up the alerts behind them.
func (s *setAside) notify(ctx context.Context) error {
	counts, last, err := s.db.UnnoticedAside(ctx)
	if err != nil || len(counts) == 0 {
		return err
	}
	var areas []string
	for _, table := range slices.Sorted(maps.Keys(counts)) {
		s.component("store").WithFields(map[string]any{"table": table, "rows": counts[table]}).Error("rows that cannot be read are set aside")
		if area := store.AreaOf(table); !slices.Contains(areas, area) {
			areas = append(areas, area)
		}
	}
	what := model.NewReason(model.NoticeSetAside, "rows", rowsArg(counts), "effect", strings.Join(worstFirst(areas), ","))
	if err := s.db.NoticeAside(ctx, last, s.notices(what)); err != nil {
		return err
	}
	s.wake()
	return nil
}

// mostEffects is how many effects a message explains.
const mostEffects = 3

// worstFirst are the areas whose loss people must know of first, up to mostEffects.
func worstFirst(areas []string) []string {
	slices.SortStableFunc(areas, compareAreas)
	return areas[:min(len(areas), mostEffects)]
}

// urgentAreas are those whose loss people must know of first.
var urgentAreas = []string{"alerts", outboxArea, "incidents", "checks", "events", "mutes", "people", "commands"}

func compareAreas(a, b string) int { return cmp.Compare(place(urgentAreas, a), place(urgentAreas, b)) }

// place is where something stands in a list; behind it if it does not.
func place(all []string, name string) int {
	if i := slices.Index(all, name); i >= 0 {
		return i
	}
	return len(all)
}

// notices are the notifications of something that concerns opsbot itself; none if nobody is known.
func (s *setAside) notices(what model.Reason) []model.Notification {
	to, ok := s.to()
	if !ok {
		return nil
	}
	return []model.Notification{{
		Kind: model.NotifyNotice, To: to, Severity: model.SeverityCritical, Created: s.Now(), Snapshot: model.Snapshot{Notice: &what},
	}}
}

// fromCopy notifies of a database that was opened from the copy of a deleted one.
func (s *setAside) fromCopy(ctx context.Context) {
	from := s.db.FromCopy()
	if from == "" {
		return
	}
	what := model.NewReason(model.NoticeStoreSaved, "copy", from)
	s.component("store").Warn(s.texts.For("en").Reason(what))
	for _, n := range s.notices(what) {
		if err := s.db.Enqueue(ctx, n); err != nil {
			s.failed(err)
		}
	}
	s.wake()
}

// fromBackup notifies of a database that was restored.
func (s *setAside) fromBackup(ctx context.Context) {
	is, due, err := s.db.Restored(ctx)
	if err == nil && due {
		what := model.NewReason(model.NoticeRestored, "at", cmp.Or(is.Made, is.At).UTC().Format(time.RFC3339))
		s.component("store").Warn(s.texts.For("en").Reason(what))
		err = s.db.NoticeRestored(ctx, s.notices(what))
	}
	if err != nil && ctx.Err() == nil {
		s.failed(err)
	}
	s.wake()
}

// rowsArg is how many rows of which tables, as texts read it, the worst first.
func rowsArg(counts map[string]int) string {
	var rows []string
	tables := slices.DeleteFunc(store.Tables(), func(table string) bool { return counts[table] == 0 })
	slices.SortStableFunc(tables, func(a, b string) int { return compareAreas(store.AreaOf(a), store.AreaOf(b)) })
	for _, table := range tables {
		rows = append(rows, table+":"+strconv.Itoa(counts[table]))
	}
	return strings.Join(rows, ",")
}

// storeIssues are what ails the database, but for a commit that is refused.
func (h *healthIssues) storeIssues() []model.Reason {
	var all []model.Reason
	for _, some := range byWhat(h.db.Faults()) {
		all = append(all, faultIssue(some))
	}
	if counts, err := h.db.SetAsideCounts(context.Background()); err == nil && len(counts) > 0 {
		all = append(all, model.NewReason(model.IssueSetAside, "rows", rowsArg(counts)))
	}
	if issue, ok := h.presenceIssue(); ok {
		all = append(all, issue)
	}
	return all
}

// byWhat groups faults by what they say, each group with the worst first.
func byWhat(faults []store.Fault) (groups [][]store.Fault) {
	slices.SortStableFunc(faults, func(a, b store.Fault) int { return compareAreas(a.Area, b.Area) })
	for _, f := range faults {
		at := slices.IndexFunc(groups, func(some []store.Fault) bool { return some[0].What == f.What })
		if at < 0 {
			groups, at = append(groups, nil), len(groups)
		}
		groups[at] = append(groups[at], f)
	}
	return groups
}

// faultIssue is the health issue of faults that say the same.
func faultIssue(some []store.Fault) model.Reason {
	begun, doings := some[0].Since, []string{}
	for _, f := range some {
		begun = model.Earlier(begun, f.Since)
		doings = append(doings, doing(f))
	}
	return model.NewReason(model.IssueStoreFault, "doing", strings.Join(doings, ","), "what", some[0].What,
		"since", begun.UTC().Format(time.RFC3339), "else", some[0].Area)
}

// look looks for the database's file, and remembers what became of it.
func (h *healthIssues) look(ctx context.Context) store.Presence {
	is := h.db.Look(ctx)
	h.presence.Store(&is)
	return is
}

// presenceIssue says that the database's file is not where it was.
func (h *healthIssues) presenceIssue() (model.Reason, bool) {
	is := h.presence.Load()
	if is == nil || !is.Lost() {
		return model.Reason{}, false
	}
	args := []string{"path", h.db.Place(), "since", is.Since.UTC().Format(time.RFC3339), "copy", filepath.Base(is.Copy)}
	switch {
	case is.Replaced:
		return model.NewReason(model.IssueStoreReplaced, args...), true
	case is.Failed != nil:
		return model.NewReason(model.IssueStoreGoneLost, append(args, "what", is.Failed.Error())...), true
	default:
		return model.NewReason(model.IssueStoreGone, args...), true
	}
}
