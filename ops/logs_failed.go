package ops

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"opsbot/model"
)

// FailedHosts returns the hosts on which something failed in a run, the worst first.
func FailedHosts(t *model.WebTest) []string {
	failed := map[string]int{}
	for i := range t.Clients {
		for j := range t.Clients[i].Rows {
			if row := &t.Clients[i].Rows[j]; row.Result.Status == model.StatusFail {
				failed[row.Endpoint.Host]++
			}
		}
	}
	hosts := model.SortedKeys(setOf(failed))
	slices.SortStableFunc(hosts, func(a, b string) int { return cmp.Compare(failed[b], failed[a]) })
	return hosts
}

func setOf(counts map[string]int) map[string]bool {
	set := make(map[string]bool, len(counts))
	for name := range counts {
		set[name] = true
	}
	return set
}

// LogsOfTest reads the logs of the hosts that failed in a run, around its time.
func (k *Actions) LogsOfTest(ctx context.Context, who model.Actor, t *model.WebTest) (*LogsAnswer, error) {
	if err := k.need(ctx, who, model.RoleOperator, "logs", t.Words); err != nil {
		return nil, err
	}
	a, err := k.logsOf(who, FailedHosts(t))
	if err != nil {
		return nil, k.noted(ctx, k.entry(who, "logs", "webtest "+t.Words), err)
	}
	k.fillAround(ctx, a, t)
	return a.LogsAnswer, k.noted(ctx, k.entry(who, "logs", "webtest "+t.Words), nil)
}

// LogsOfIncident returns the log lines of an incident's hosts around its beginning: those collected then, else current
// ones.
func (k *Actions) LogsOfIncident(ctx context.Context, who model.Actor, id model.IncidentID) (*LogsAnswer, error) {
	word := "#" + strconv.FormatInt(int64(id), 10)
	if err := k.need(ctx, who, model.RoleOperator, "logs", word); err != nil {
		return nil, err
	}
	in, open := k.seen(who, id)
	if !open {
		return nil, k.noIncident(ctx, who, id)
	}
	a, err := k.logsOf(who, in.Hosts())
	if err != nil {
		return nil, k.noted(ctx, k.entry(who, "logs", word), err)
	}
	a.Incident = id // by which what was kept is found
	policy := k.logPolicy()
	a.From, a.To = in.Began().Add(-policy.Before), in.Began().Add(policy.After)
	if !k.fillKept(ctx, a) {
		k.fill(ctx, a)
	}
	a.Incident = k.IncidentNumber(ctx, who, id)
	return a.LogsAnswer, k.noted(ctx, k.entry(who, "logs", word), nil)
}

// askedLogs is an answer in progress, with its hosts.
type askedLogs struct {
	*LogsAnswer
	inv   *model.Inventory
	hosts []string
}

// logsOf begins an answer about hosts: the first few of those that have logs and that the requester may read.
func (k *Actions) logsOf(who model.Actor, hosts []string) (*askedLogs, error) {
	a := &askedLogs{LogsAnswer: &LogsAnswer{At: k.d.Now()}, inv: k.d.Inventory.Current()}
	for _, host := range hosts {
		if a.inv.HostIsOf(host, who.Scope) && len(k.sourcesOf(a.inv, []string{host})) > 0 {
			a.hosts = append(a.hosts, host)
		}
	}
	if len(a.hosts) == 0 {
		first := ""
		if len(hosts) == 1 && a.inv.HostIsOf(hosts[0], who.Scope) {
			first = hosts[0]
		}
		return nil, &model.Error{Code: model.ErrNoLogs, Args: map[string]string{"host": first}}
	}
	if most := k.logPolicy().Hosts; len(a.hosts) > most {
		a.Left = len(a.hosts) - most
		a.hosts = a.hosts[:most]
	}
	return a, nil
}

// fillAround is fill for the time of a web test.
func (k *Actions) fillAround(ctx context.Context, a *askedLogs, t *model.WebTest) {
	policy := k.logPolicy()
	a.From, a.To = t.At.Add(-policy.Before), t.At.Add(t.Took+policy.After)
	k.fill(ctx, a)
}

func (k *Actions) fill(ctx context.Context, a *askedLogs) {
	if a.To.After(k.d.Now()) {
		a.To = a.At
	}
	a.Excerpts = k.readLogs(ctx, a.inv, a.hosts, model.LogQuestion{From: a.From, To: a.To})
	a.Took = k.d.Now().Sub(a.At)
}

// fillKept takes what was collected of the requested hosts when the incident opened. Hosts without lines are read now:
// they were not collected, had none yet, or could not be read.
func (k *Actions) fillKept(ctx context.Context, a *askedLogs) bool {
	if k.d.Collected == nil {
		return false
	}
	kept, found := k.d.Collected(a.Incident)
	said := map[string]bool{}
	for i := range kept.Excerpts {
		e := &kept.Excerpts[i]
		said[e.Host] = said[e.Host] || len(e.Lines) > 0
	}
	anew := *a
	anew.LogsAnswer = &LogsAnswer{At: a.At, From: a.From, To: a.To}
	anew.hosts = slices.DeleteFunc(slices.Clone(a.hosts), func(host string) bool { return said[host] })
	if !found || len(anew.hosts) == len(a.hosts) {
		return false
	}
	for i := range kept.Excerpts {
		if e := &kept.Excerpts[i]; said[e.Host] && slices.Contains(a.hosts, e.Host) {
			a.Excerpts = append(a.Excerpts, *e)
		}
	}
	if len(anew.hosts) > 0 {
		k.fill(ctx, &anew)
		a.Excerpts = append(a.Excerpts, anew.Excerpts...)
	}
	a.At, a.Kept, a.Anew, a.Took = kept.At, true, anew.hosts, anew.Took
	return true
}

// withLogs adds the logs of the failed hosts to a run. Its own time is bounded by the log policy.
func (k *Actions) withLogs(ctx context.Context, who model.Actor, t *model.WebTest) (*model.WebTest, error) {
	a, err := k.logsOf(who, FailedHosts(t))
	if err != nil { // no failed host has any
		return t, nil //nolint:nilerr // that is no error of the run
	}
	k.fillAround(ctx, a, t)
	with := *t // a run over everything is shared by all who wait for it
	with.Logs, with.LogsLeft = a.Excerpts, a.Left
	return &with, k.noted(ctx, k.entry(who, "logs", "webtest "+t.Words), nil)
}
