package checks

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"opsbot/model"
)

// Tolerance is how many members of a check may fail: a number, or a percentage of all of them, rounded down. The zero
// Tolerance is none; it never covers all of them.
type Tolerance struct{ count, percent int }

// UnmarshalText reads "2" or "10%".
func (t *Tolerance) UnmarshalText(text []byte) error {
	s, percent := strings.CutSuffix(string(text), "%")
	n, err := strconv.Atoi(s)
	switch {
	case err != nil || n < 0 || (percent && n > 99):
		return &model.ValueError{What: model.Say("config.value.members_failed", "key", "members_failed", "got", string(text))}
	case percent:
		*t = Tolerance{percent: n}
	default:
		*t = Tolerance{count: n}
	}
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (t Tolerance) MarshalText() ([]byte, error) {
	if t.percent > 0 {
		return fmt.Appendf(nil, "%d%%", t.percent), nil
	}
	return strconv.AppendInt(nil, int64(t.count), 10), nil
}

func (t Tolerance) of(total int) int { return min(t.count+total*t.percent/100, total-1) }

// Limits of a check over several members.
const (
	maxAtOnce = 64 // members checked concurrently: as many as the engine runs
	maxNamed  = 3  // failing members named in a reason

	leastLook = 100 * time.Millisecond // a member that had to wait and has less time left would fail because of us
)

// member is one of several targets.
type member struct {
	name    string // name in reasons
	address string
	host    string // Host.Name of the inventory; "" if it comes from elsewhere
}

// group is a check of several members. It is safe for concurrent use.
type group struct {
	fixed []string // the members, if they never change
	// members returns the current members, if they change. Beside a finding, which says why they cannot be read, it returns
	// the last good ones.
	members   func(ctx context.Context) ([]member, *finding)
	one       func(address string) model.Checker
	tolerated Tolerance
}

// Check checks every member. It fails if more fail than are tolerated; unknown members never count as ok. A list that
// cannot be read is StatusUnknown; until it can be, its last good members are checked, so that a failure is still detected.
func (g *group) Check(ctx context.Context) model.Result {
	members, unread := named(g.fixed), (*finding)(nil)
	if g.members != nil {
		members, unread = g.members(ctx)
	}
	if len(members) == 0 || unread != nil && ctx.Err() != nil {
		return (&probe{}).result(unread)
	}
	results := g.lookAt(ctx, members)
	r := judgeMembers(members, results, g.tolerated.of(len(members)))
	r.Expires, r.Hosts = firstEnd(results), failedHosts(members, results, r.Status)
	r.Values = valuesOf(results)
	if unread != nil && r.Status == model.StatusOK {
		kept := strconv.Itoa(len(members))
		r.Status, r.Reason = model.StatusUnknown, wrapped(model.ReasonMembersKept, unread.reason, "kept", kept)
	}
	return r
}

// named returns members whose names are their addresses.
func named(addresses []string) []member {
	members := make([]member, len(addresses))
	for i, a := range addresses {
		members[i] = member{name: a, address: a}
	}
	return members
}

// lookAt runs the check of each member, several at once. They share the time of the whole: a member that begins has the
// remaining time divided by the remaining rounds, but never less than leastShare.
func (g *group) lookAt(ctx context.Context, members []member) []model.Result {
	results := make([]model.Result, len(members))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(maxAtOnce, len(members)) {
		wg.Go(func() {
			for i := range next {
				if i >= maxAtOnce && timeLeft(ctx) < leastLook {
					results[i] = (&probe{}).result(unknown(model.ReasonMembersLate))
					continue
				}
				results[i] = g.lookAtOne(ctx, members[i].address, (len(members)-i+maxAtOnce-1)/maxAtOnce)
			}
		})
	}
	for i := range members {
		next <- i
	}
	close(next)
	wg.Wait()
	return results
}

// timeLeft is the remaining time of ctx; a day if it has no deadline.
func timeLeft(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	switch {
	case ctx.Err() != nil:
		return 0
	case !ok:
		return model.Day
	default:
		return time.Until(deadline)
	}
}

func (g *group) lookAtOne(ctx context.Context, address string, rounds int) (r model.Result) {
	if rounds > 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, max(leastShare, timeLeft(ctx)/time.Duration(rounds)))
		defer cancel()
	}
	defer func() {
		if p := recover(); p != nil { // the engine's recover is in another goroutine
			r = (&probe{}).result(unknown(model.ReasonPanic, "said", fmt.Sprint(p)))
		}
	}()
	return g.one(address).Check(ctx)
}

// valuesOf is how many members are fine; of a single one what it measured.
func valuesOf(results []model.Result) []model.Reason {
	if len(results) == 1 {
		return results[0].Values
	}
	up := 0
	for i := range results {
		if results[i].Status == model.StatusOK {
			up++
		}
	}
	return []model.Reason{model.NewReason(model.MeasuredMembers, "up", strconv.Itoa(up), "total", strconv.Itoa(len(results)))}
}

// failedHosts are the hosts of the inventory on which a check that fails does so.
func failedHosts(members []member, results []model.Result, status model.Status) []string {
	if status != model.StatusFail {
		return nil
	}
	var hosts []string
	for i := range results {
		if host := members[i].host; host != "" && results[i].Status == model.StatusFail {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// firstEnd is the earliest end of the certificates that members presented.
func firstEnd(results []model.Result) time.Time {
	var first time.Time
	for i := range results {
		if end := results[i].Expires; !end.IsZero() && (first.IsZero() || end.Before(first)) {
			first = end
		}
	}
	return first
}

// judgeMembers combines the results of members; the reason of a single member is its own.
func judgeMembers(members []member, results []model.Result, tolerated int) model.Result {
	var failed, unseen []int
	for i, r := range results {
		switch r.Status {
		case model.StatusOK:
		case model.StatusFail:
			failed = append(failed, i)
		default:
			unseen = append(unseen, i)
		}
	}
	switch {
	case len(failed)+len(unseen) <= tolerated:
		return model.Result{Status: model.StatusOK, Address: results[0].Address}
	case len(results) == 1:
		return results[0]
	case len(failed) > tolerated:
		return outcome(members, results, failed, model.ReasonMembersFailed, "failed")
	default:
		return outcome(members, results, unseen, model.ReasonMembersUnseen, "unseen")
	}
}

// outcome is the result that names the affected members, with the reason of the first.
func outcome(members []member, results []model.Result, about []int, code model.ReasonCode, count string) model.Result {
	names := make([]string, 0, maxNamed)
	for _, i := range about[:min(maxNamed, len(about))] {
		names = append(names, members[i].name)
	}
	text := strings.Join(names, ", ")
	if more := len(about) - len(names); more > 0 {
		text += fmt.Sprintf(" (+ %d)", more)
	}
	r := results[about[0]]
	r.Reason = wrapped(code, r.Reason, count, strconv.Itoa(len(about)), "total", strconv.Itoa(len(members)), "names", text)
	return r
}

// wrapped is a reason that contains another one.
func wrapped(code model.ReasonCode, cause model.Reason, pairs ...string) model.Reason {
	r := model.NewReason(code, append(pairs, "cause", string(cause.Code))...)
	own := maps.Clone(r.Args)
	maps.Copy(r.Args, cause.Args)
	maps.Copy(r.Args, own)
	return r
}
