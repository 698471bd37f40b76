package ops

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// Collected are excerpts that were collected when an incident opened, and when that was.
type Collected struct {
	At       time.Time
	Excerpts []model.LogExcerpt
}

// LogPolicy is how much is read of the logs of failed hosts.
type LogPolicy struct {
	Before, After time.Duration // the beginning of a failure
	Hosts         int           // maximum for one answer
}

// LogsRequest asks for log lines of hosts.
type LogsRequest struct {
	Words []string      // hosts, then names of their log sources; no source is all of them
	Since time.Duration // how far back; 0 is sinceUsual, or unbounded if Last is set
	Last  int           // lines of each source; 0 is the configured number
	Grep  string        // lines must contain this
}

// LogsAnswer is log lines of hosts.
type LogsAnswer struct {
	At       time.Time
	Took     time.Duration
	From, To time.Time        // zero: no bound
	Line     string           // repeats the same request, without the command; "" if none does
	Incident model.IncidentID // whose hosts these are; 0 is none
	Kept     bool             // collected when it opened, at At
	Anew     []string         // hosts of which nothing was collected then, so that they were read now
	Excerpts []model.LogExcerpt
	Left     int // hosts that were not read: too many
}

// The limits of a request.
const (
	sinceUsual  = 15 * time.Minute
	sinceLimit  = 31 * model.Day
	lastLimit   = 2000
	grepLimit   = 200 // bytes
	policyHosts = 8   // without a policy
)

// ParseLogs parses "web1 access since 15m last 50 grep timed out", also "web1 since 14:00" and "web1 за последний час"; everything after
// grep is one text. now gives the time zone.
func ParseLogs(line string, now time.Time) (LogsRequest, error) {
	var req LogsRequest
	ws := strings.Fields(model.PlainSpaces(line))
	for i := 0; i < len(ws); i++ {
		if from, n, err := logsSince(ws[i:], now); err != nil {
			return req, err
		} else if n > 0 {
			req.Since = now.Sub(from)
			i += n - 1
			continue
		}
		word := strings.ToLower(ws[i])
		if word != "last" && word != "grep" {
			req.Words = append(req.Words, ws[i])
			continue
		}
		if i++; i == len(ws) {
			return req, badLogs(word)
		}
		switch word {
		case "last":
			n, err := strconv.Atoi(ws[i])
			if err != nil || n < 1 || n > lastLimit {
				return req, badLogs(ws[i])
			}
			req.Last = n
		case "grep":
			req.Grep = strings.Join(ws[i:], " ")
			i = len(ws)
		}
	}
	return req, nil
}

// logsSince reads from when on lines are wanted, if words begin so.
func logsSince(words []string, now time.Time) (from time.Time, n int, err error) {
	from, n = model.LeadingPast(words, now)
	since := strings.EqualFold(words[0], "since")
	switch {
	case since && len(words) == 1:
		return from, 0, badLogs(words[0])
	case since && n == 0:
		return from, 0, &model.Error{Code: model.ErrBadDuration, Args: map[string]string{"word": shorten(words[1])}}
	case n > 0 && (now.Sub(from) <= 0 || now.Sub(from) > sinceLimit):
		return from, 0, &model.Error{Code: model.ErrBadDuration, Args: map[string]string{"word": shorten(strings.Join(words[:n], " "))}}
	}
	return from, n, nil
}

func badLogs(word string) error {
	return &model.Error{Code: model.ErrBadLogs, Args: map[string]string{"word": shorten(word)}}
}

// line returns the words that repeat the request.
func (r *LogsRequest) line() string {
	parts := slices.Clone(r.Words)
	if r.Since > 0 {
		parts = append(parts, "since", model.Duration(r.Since).String())
	}
	if r.Last > 0 {
		parts = append(parts, "last", strconv.Itoa(r.Last))
	}
	if r.Grep != "" {
		parts = append(parts, "grep", r.Grep)
	}
	return strings.Join(parts, " ")
}

// Logs reads the logs of hosts. ErrNoLogHost and ErrNoLogSource offer similar names; a host that carries clients
// outside the scope is not read, nor is its existence revealed.
func (k *Actions) Logs(ctx context.Context, who model.Actor, req LogsRequest) (*LogsAnswer, error) {
	target := req.line()
	if err := k.need(ctx, who, model.RoleOperator, "logs", target); err != nil {
		return nil, err
	}
	if len(req.Words) == 0 {
		return nil, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": "logs"}}
	}
	if req.Last < 0 || req.Last > lastLimit {
		return nil, badLogs(strconv.Itoa(req.Last))
	}
	if len(req.Grep) > grepLimit || len(target) > maxWords {
		return nil, &model.Error{Code: model.ErrTooLong, Args: map[string]string{"limit": strconv.Itoa(grepLimit)}}
	}
	inv := k.d.Inventory.Current()
	hosts, sources, err := k.logWords(inv, who.Scope, req.Words)
	if err != nil {
		return nil, err
	}
	if most := k.logPolicy().Hosts; len(hosts) > most {
		return nil, &model.Error{Code: model.ErrManyHosts, Args: map[string]string{"most": strconv.Itoa(most)}}
	}
	a := &LogsAnswer{At: k.d.Now(), Line: target}
	switch {
	case req.Since > 0:
		a.From = a.At.Add(-req.Since)
	case req.Last == 0:
		a.From = a.At.Add(-sinceUsual)
	}
	a.Excerpts = k.readLogs(ctx, inv, hosts, model.LogQuestion{Sources: sources, From: a.From, Last: req.Last, Grep: req.Grep})
	a.Took = k.d.Now().Sub(a.At)
	return a, k.noted(ctx, k.entry(who, "logs", target), nil)
}

// logWords returns the hosts and the sources that the words name.
func (k *Actions) logWords(inv *model.Inventory, scope model.Scope, ws []string) (hosts, sources []string, err error) {
	for i, word := range ws {
		if host, ok := k.logHost(inv, scope, word); ok {
			if !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
			continue
		}
		if i == 0 {
			return nil, nil, &model.Error{Code: model.ErrNoLogHost, Args: map[string]string{"word": shorten(word)}, Choices: k.nearHosts(inv, scope, word)}
		}
		own := k.sourcesOf(inv, hosts)
		at := slices.IndexFunc(own, func(name string) bool { return strings.EqualFold(name, word) })
		if at < 0 {
			choices := model.Closest(word, own, maxChoices)
			if len(choices) == 0 {
				choices = firstChoices(own)
			}
			return nil, nil, &model.Error{Code: model.ErrNoLogSource, Args: map[string]string{"word": shorten(word)}, Choices: choices}
		}
		sources = append(sources, own[at])
	}
	if len(k.sourcesOf(inv, hosts)) == 0 {
		return nil, nil, &model.Error{Code: model.ErrNoLogs, Args: map[string]string{"host": hosts[0]}}
	}
	return hosts, sources, nil
}

// logHost finds a host that the requester may read by its name, address or alias.
func (k *Actions) logHost(inv *model.Inventory, scope model.Scope, word string) (string, bool) {
	word = strings.TrimPrefix(word, "host:")
	same := func(name string) bool { return strings.EqualFold(name, word) }
	if h, ok := inv.Host(word); ok {
		return h.Name, inv.HostIsOf(h.Name, scope)
	}
	for _, h := range inv.Hosts() {
		if (same(h.Name) || same(h.Address) || slices.ContainsFunc(h.Aliases, same)) && inv.HostIsOf(h.Name, scope) {
			return h.Name, true
		}
	}
	return "", false
}

// nearHosts returns hosts with logs that a misspelt word may mean.
func (k *Actions) nearHosts(inv *model.Inventory, scope model.Scope, word string) []string {
	var names []string
	for _, h := range inv.Hosts() {
		if inv.HostIsOf(h.Name, scope) && k.d.Logs != nil && len(k.d.Logs.Sources(h)) > 0 {
			names = append(names, h.Name)
		}
	}
	return model.Closest(word, names, maxChoices)
}

// sourcesOf returns the log sources of some hosts, without duplicates.
func (k *Actions) sourcesOf(inv *model.Inventory, hosts []string) []string {
	var all []string
	for _, name := range hosts {
		h, known := inv.Host(name)
		if !known || k.d.Logs == nil {
			continue
		}
		for _, source := range k.d.Logs.Sources(h) {
			if !slices.Contains(all, source) {
				all = append(all, source)
			}
		}
	}
	return all
}

// readLogs sends the same request to several hosts.
func (k *Actions) readLogs(ctx context.Context, inv *model.Inventory, hosts []string, q model.LogQuestion) []model.LogExcerpt {
	questions := make([]model.LogQuestion, len(hosts))
	for i, host := range hosts {
		questions[i] = q
		questions[i].Host, questions[i].Pages = host, TestPages(inv, host)
	}
	return k.d.Logs.Excerpts(ctx, inv, questions)
}

// TestPages are the paths that are requested on a host.
func TestPages(inv *model.Inventory, host string) []string {
	var pages []string
	for _, c := range inv.ChecksOfHost(host) {
		u, err := url.Parse(c.Endpoint.URL)
		if err != nil {
			continue
		}
		path := u.Path
		if path == "" {
			path = "/"
		}
		if !slices.Contains(pages, path) {
			pages = append(pages, path)
		}
	}
	return pages
}

func (k *Actions) logPolicy() LogPolicy {
	if k.d.LogPolicy == nil {
		return LogPolicy{Before: sinceUsual, After: time.Minute, Hosts: policyHosts}
	}
	return k.d.LogPolicy()
}

// HasLogs reports whether any of some hosts has a log source.
func (k *Actions) HasLogs(hosts []string) bool {
	return k.d.Logs != nil && len(k.sourcesOf(k.d.Inventory.Current(), hosts)) > 0
}
