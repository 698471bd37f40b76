package ops

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"opsbot"
)

// WebTestRequest asks for a live run of web endpoints.
type WebTestRequest struct {
	Words     []string // a selector; none is an error, "all" is everything
	Threshold int      // percent; 0 takes each service's own err_threshold
	Logs      bool     // log lines of the hosts that failed are wanted too
	Progress  func(WebTestProgress)
}

// WebTestProgress is how far a run is. Progress functions are called from one goroutine and must return soon.
type WebTestProgress struct{ Done, Total, Failed int }

// Analyst says what the results of one client's web test mean; threshold is in percent.
type Analyst func(rows []opsbot.EndpointTest, threshold int) []opsbot.Finding

// WebTest runs the endpoints that the words pick, now, and analyses what came. Everything needs an operator, and runs
// once at a time: whoever asks meanwhile for the same joins the run that goes on. When ctx ends, what did not run counts as
// unknown.
func (k *Actions) WebTest(ctx context.Context, who opsbot.Actor, req WebTestRequest) (*opsbot.WebTest, error) {
	p, err := k.pickTests(ctx, who, req.Words)
	if err != nil {
		return nil, err
	}
	if req.Logs {
		if err := k.need(ctx, who, opsbot.RoleOperator, "logs", p.words); err != nil {
			return nil, err
		}
	}
	t, err := k.runTest(ctx, who, p, req)
	if err != nil || !req.Logs {
		return t, err
	}
	return k.withLogs(ctx, who, t)
}

// runTest is WebTest without the logs.
func (k *Actions) runTest(ctx context.Context, who opsbot.Actor, p *testPick, req WebTestRequest) (*opsbot.WebTest, error) {
	if p.everything {
		return k.sweepAll(ctx, who, p.sel, p.endpoints, req)
	}
	t := k.webTest(ctx, p.inv, p.sel, p.endpoints, req)
	return t, k.noted(ctx, k.entry(who, "webtest", p.sel.String()), nil)
}

// testPick is what the words of a web test mean.
type testPick struct {
	inv        *opsbot.Inventory
	words      string
	sel        opsbot.Selector
	scope      opsbot.Scope
	endpoints  []*opsbot.Check
	everything bool // of several clients
}

// name is that of a baseline of the same endpoints.
func (p *testPick) name() string { return baselineName(p.sel, p.scope) }

// baselineName keeps apart what people with other scopes see under the same words.
func baselineName(sel opsbot.Selector, scope opsbot.Scope) string {
	return sel.String() + "\x00" + strings.Join(scope.Clients, " ")
}

// pickTests says which endpoints the words mean. Everything needs an operator.
func (k *Actions) pickTests(ctx context.Context, who opsbot.Actor, words []string) (*testPick, error) {
	if len(words) == 0 {
		return nil, &opsbot.Error{Code: opsbot.ErrNeedArgument, Args: map[string]string{"command": "webtest"}}
	}
	p := &testPick{inv: k.d.Inventory.Current(), words: strings.Join(words, " "), scope: who.Scope}
	if err := k.need(ctx, who, opsbot.RoleViewer, "webtest", p.words); err != nil {
		return nil, err
	}
	meant, err := k.meant(p.inv, words, who.Scope)
	if err != nil {
		return nil, err
	}
	if p.sel, err = confined(meant, who.Scope); err != nil {
		return nil, err
	}
	if p.endpoints, err = endpointsOf(p.sel.Select(p.inv, who.Scope), words); err != nil {
		return nil, err
	}
	if p.everything = meant.IsZero() || namesAll(p.inv, p.endpoints); p.everything {
		return p, k.need(ctx, who, opsbot.RoleOperator, "webtest", "all")
	}
	return p, nil
}

// endpointsOf leaves the endpoints among what was picked; none is an error that says why.
func endpointsOf(selection []*opsbot.Check, words []string) ([]*opsbot.Check, error) {
	code := opsbot.ErrNothingSelected
	if len(selection) > 0 {
		code = opsbot.ErrNoEndpoints
	}
	all := slices.DeleteFunc(selection, func(c *opsbot.Check) bool { return c.Endpoint == nil })
	if len(all) == 0 {
		return nil, &opsbot.Error{Code: code, Args: map[string]string{"words": shorten(strings.Join(words, " "))}}
	}
	return all, nil
}

// namesAll reports whether words that are not "all" mean it all the same: every service of several clients, say.
func namesAll(inv *opsbot.Inventory, selection []*opsbot.Check) bool {
	endpoints := 0
	for _, c := range inv.Checks() {
		if c.Endpoint != nil {
			endpoints++
		}
	}
	return len(selection) == endpoints && len(inv.Clients()) > 1
}

func (k *Actions) webTest(ctx context.Context, inv *opsbot.Inventory, sel opsbot.Selector, all []*opsbot.Check, req WebTestRequest) *opsbot.WebTest {
	t := &opsbot.WebTest{Selector: sel, Words: strings.Join(req.Words, " "), At: k.d.Now()}
	rows := map[string][]opsbot.EndpointTest{}
	k.d.Engine.RunAll(ctx, all, func(r opsbot.Result) {
		c, _ := inv.Check(r.Check)
		t.Add(r.Status)
		rows[c.Endpoint.Client] = append(rows[c.Endpoint.Client], opsbot.EndpointTest{Endpoint: c.Endpoint, Result: r})
		k.recheckIfNews(r)
		if req.Progress != nil {
			req.Progress(WebTestProgress{Done: t.Total(), Total: len(all), Failed: t.Failed})
		}
	})
	t.Took = k.d.Now().Sub(t.At)
	hosts, services := map[string]bool{}, map[opsbot.ServiceKey]bool{}
	for client, list := range rows {
		for _, row := range list {
			hosts[row.Endpoint.Host], services[row.Endpoint.ServiceKey] = true, true
		}
		t.Clients = append(t.Clients, k.analyse(inv, client, list, req.Threshold))
	}
	t.Hosts, t.Services = len(hosts), len(services)
	t.Cause = k.cause(inv, rows)
	slices.SortFunc(t.Clients, worseClient)
	return t
}

// cause is what the failures of a run have in common. What could not be checked is left out.
func (k *Actions) cause(inv *opsbot.Inventory, rows map[string][]opsbot.EndpointTest) *opsbot.Cause {
	var failed, fine []*opsbot.Check
	for _, list := range rows {
		for i := range list {
			c, _ := inv.Check(list[i].Endpoint.ID())
			switch list[i].Result.Status {
			case opsbot.StatusFail:
				failed = append(failed, c)
			case opsbot.StatusOK:
				fine = append(fine, c)
			}
		}
	}
	return k.d.Cause(failed, fine)
}

func worseClient(a, b opsbot.ClientTest) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Verdict, a.Verdict), cmp.Compare(b.Failed, a.Failed),
		opsbot.CompareNatural(a.Client, b.Client))
}

// analyse judges one client's rows. Services may have thresholds of their own: the strictest is the client's.
func (k *Actions) analyse(inv *opsbot.Inventory, client string, list []opsbot.EndpointTest, threshold int) opsbot.ClientTest {
	slices.SortFunc(list, func(a, b opsbot.EndpointTest) int {
		if c := opsbot.CompareNatural(a.Endpoint.Host, b.Endpoint.Host); c != 0 {
			return c
		}
		return opsbot.CompareNatural(a.Endpoint.Service, b.Endpoint.Service)
	})
	out := opsbot.ClientTest{Client: client, Rows: list}
	own := 100
	for _, row := range list {
		out.Add(row.Result.Status)
		if s, ok := inv.Service(row.Endpoint.ServiceKey); ok && s.ErrThreshold > 0 {
			own = min(own, s.ErrThreshold)
		}
	}
	if threshold == 0 {
		threshold = own
	}
	out.Findings = k.d.Analyst(list, threshold)
	out.Verdict, out.Severity = k.verdict(inv, list, threshold)
	if len(out.Findings) > 0 {
		out.Severity = max(out.Severity, opsbot.SeverityWarning)
	}
	return out
}

// verdict is that of the worst service of one client's rows. What was not run is as it was judged last: a test of one
// host must not make a service that needs two look down.
func (k *Actions) verdict(inv *opsbot.Inventory, list []opsbot.EndpointTest, threshold int) (worst opsbot.Verdict, loudness opsbot.Severity) {
	seen := make(map[opsbot.CheckID]opsbot.Status, len(list))
	for i := range list {
		seen[list[i].Endpoint.ID()] = list[i].Result.Status
	}
	judged := map[opsbot.ServiceKey]bool{}
	for i := range list {
		key := list[i].Endpoint.ServiceKey
		service, known := inv.Service(key)
		if judged[key] || !known {
			continue
		}
		judged[key] = true
		service.ErrThreshold = threshold
		state := service.Judge(k.tally(inv.ChecksOfService(key), seen))
		worst, loudness = max(worst, state.Verdict), max(loudness, state.Severity())
	}
	return worst, loudness
}

// tally counts the endpoints of a service by what was seen of them, else by their state.
func (k *Actions) tally(endpoints []*opsbot.Check, seen map[opsbot.CheckID]opsbot.Status) opsbot.Tally {
	var t opsbot.Tally
	for _, c := range endpoints {
		status, run := seen[c.ID]
		if !run {
			status = k.active(c)
		}
		t.Add(status)
	}
	return t
}

// recheckIfNews asks the schedule to look soon when a run on demand disagrees with the judged state, so that the card
// does not stay behind what a person has just seen. The judging stays the schedule's: limits count its own runs.
func (k *Actions) recheckIfNews(r opsbot.Result) {
	s, known := k.d.Alerts.State(r.Check)
	if known && (r.Status == opsbot.StatusFail && s.Phase == opsbot.PhaseOK || r.Status == opsbot.StatusOK && s.Phase != opsbot.PhaseOK) {
		k.d.Recheck(r.Check)
	}
}
