package ops

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"opsbot/impact"
	"opsbot/model"
)

// WebTestRequest asks for a live run of web endpoints.
type WebTestRequest struct {
	Words     []string // a selector; none is an error, "all" is everything
	Threshold int      // percent; 0 takes each service's own err_threshold
	Logs      bool     // log lines of the failed hosts are wanted too
	Progress  func(WebTestProgress)
}

// WebTestProgress is the progress of a run. Progress functions are called from one goroutine and must return soon.
type WebTestProgress struct{ Done, Total, Failed int }

// WebTest runs the endpoints that the words select, now, and analyses the results. Everything requires an operator, and
// runs once at a time: the same request joins the current run. When ctx ends, what did not run counts as unknown.
func (k *Actions) WebTest(ctx context.Context, who model.Actor, req WebTestRequest) (*model.WebTest, error) {
	p, err := k.pickTests(ctx, who, req.Words)
	if err != nil {
		return nil, err
	}
	if req.Logs {
		if err := k.need(ctx, who, model.RoleOperator, "logs", p.words); err != nil {
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
func (k *Actions) runTest(ctx context.Context, who model.Actor, p *testPick, req WebTestRequest) (*model.WebTest, error) {
	if p.everything {
		return k.sweepAll(ctx, who, p.sel, p.endpoints, req)
	}
	t := k.webTest(ctx, p.inv, p.sel, p.endpoints, req)
	return t, k.noted(ctx, k.entry(who, "webtest", p.sel.String()), nil)
}

// testPick is what the words of a web test select.
type testPick struct {
	inv        *model.Inventory
	words      string
	sel        model.Selector
	scope      model.Scope
	endpoints  []*model.Check
	everything bool // of several clients
}

// name is the name of a baseline of the same endpoints.
func (p *testPick) name() string { return baselineName(p.sel, p.scope) }

// baselineName separates baselines of users with different scopes under the same words.
func baselineName(sel model.Selector, scope model.Scope) string {
	return sel.String() + "\x00" + strings.Join(scope.Clients, " ")
}

// pickTests returns the endpoints that the words select. Everything requires an operator.
func (k *Actions) pickTests(ctx context.Context, who model.Actor, words []string) (*testPick, error) {
	if len(words) == 0 {
		return nil, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": "webtest"}}
	}
	p := &testPick{inv: k.d.Inventory.Current(), words: strings.Join(words, " "), scope: who.Scope}
	if err := k.need(ctx, who, model.RoleViewer, "webtest", p.words); err != nil {
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
		return p, k.need(ctx, who, model.RoleOperator, "webtest", "all")
	}
	return p, nil
}

// endpointsOf returns the endpoints in the selection; none is an error that says why.
func endpointsOf(selection []*model.Check, words []string) ([]*model.Check, error) {
	code := model.ErrNothingSelected
	if len(selection) > 0 {
		code = model.ErrNoEndpoints
	}
	all := slices.DeleteFunc(selection, func(c *model.Check) bool { return c.Endpoint == nil })
	if len(all) == 0 {
		return nil, &model.Error{Code: code, Args: map[string]string{"words": shorten(strings.Join(words, " "))}}
	}
	return all, nil
}

// namesAll reports whether words other than "all" select everything all the same: every service of several clients, say.
func namesAll(inv *model.Inventory, selection []*model.Check) bool {
	endpoints := 0
	for _, c := range inv.Checks() {
		if c.Endpoint != nil {
			endpoints++
		}
	}
	return len(selection) == endpoints && len(inv.Clients()) > 1
}

func (k *Actions) webTest(ctx context.Context, inv *model.Inventory, sel model.Selector, all []*model.Check, req WebTestRequest) *model.WebTest {
	t := &model.WebTest{Selector: sel, Words: strings.Join(req.Words, " "), At: k.d.Now()}
	rows := map[string][]model.EndpointTest{}
	k.d.Engine.RunAll(ctx, all, func(r model.Result) {
		c, _ := inv.Check(r.Check)
		t.Add(r.Status)
		rows[c.Endpoint.Client] = append(rows[c.Endpoint.Client], model.EndpointTest{Endpoint: c.Endpoint, Result: r})
		k.recheckIfNews(r)
		if req.Progress != nil {
			req.Progress(WebTestProgress{Done: t.Total(), Total: len(all), Failed: t.Failed})
		}
	})
	t.Took = k.d.Now().Sub(t.At)
	hosts, services := map[string]bool{}, map[model.ServiceKey]bool{}
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

// cause is what the failures of a run have in common. Unknown results are left out.
func (k *Actions) cause(inv *model.Inventory, rows map[string][]model.EndpointTest) *model.Cause {
	var failed, fine []*model.Check
	for _, list := range rows {
		for i := range list {
			c, _ := inv.Check(list[i].Endpoint.ID())
			switch list[i].Result.Status {
			case model.StatusFail:
				failed = append(failed, c)
			case model.StatusOK:
				fine = append(fine, c)
			}
		}
	}
	return impact.CommonCause(failed, fine)
}

func worseClient(a, b model.ClientTest) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Verdict, a.Verdict), cmp.Compare(b.Failed, a.Failed),
		model.CompareNatural(a.Client, b.Client))
}

// analyse evaluates one client's rows. Services may have thresholds of their own: the strictest is the client's.
func (k *Actions) analyse(inv *model.Inventory, client string, list []model.EndpointTest, threshold int) model.ClientTest {
	slices.SortFunc(list, func(a, b model.EndpointTest) int {
		if c := model.CompareNatural(a.Endpoint.Host, b.Endpoint.Host); c != 0 {
			return c
		}
		return model.CompareNatural(a.Endpoint.Service, b.Endpoint.Service)
	})
	out := model.ClientTest{Client: client, Rows: list}
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
	out.Findings = impact.FindingsOf(list, threshold)
	out.Verdict, out.Severity = k.verdict(inv, list, threshold)
	if len(out.Findings) > 0 {
		out.Severity = max(out.Severity, model.SeverityWarning)
	}
	return out
}

// verdict is that of the worst service of one client's rows. What was not run counts by its stored state: a test of one
// host must not make a service that needs two look down.
func (k *Actions) verdict(inv *model.Inventory, list []model.EndpointTest, threshold int) (worst model.Verdict, loudness model.Severity) {
	seen := make(map[model.CheckID]model.Status, len(list))
	for i := range list {
		seen[list[i].Endpoint.ID()] = list[i].Result.Status
	}
	judged := map[model.ServiceKey]bool{}
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

// tally counts the endpoints of a service by their results, else by their state.
func (k *Actions) tally(endpoints []*model.Check, seen map[model.CheckID]model.Status) model.Tally {
	var t model.Tally
	for _, c := range endpoints {
		status, run := seen[c.ID]
		if !run {
			status = k.active(c)
		}
		t.Add(status)
	}
	return t
}

// recheckIfNews asks the scheduler to run a check soon if a run on demand disagrees with its state, so that the card does
// not lag behind what a person has just seen. Only scheduled runs change the state: limits count those.
func (k *Actions) recheckIfNews(r model.Result) {
	s, known := k.d.Alerts.State(r.Check)
	if known && (r.Status == model.StatusFail && s.Phase == model.PhaseOK || r.Status == model.StatusOK && s.Phase != model.PhaseOK) {
		k.d.Recheck(r.Check)
	}
}
