// Package cloudprober reads the configuration of cloudprober, as text of protocol buffers, YAML or JSON: probes, their targets and validators.
package cloudprober

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/movein/moved"
	"opsbot/movein/nagios"
)

// Read reads files, or folders of them.
func Read(_ context.Context, paths []string, _ moved.Options) (*moved.Moved, error) {
	files, err := moved.Files(paths, []string{".cfg", ".textpb", ".textproto", ".pbtxt", ".yml", ".yaml", ".json"})
	if err != nil {
		return nil, err
	}
	r := &reader{m: &moved.Moved{}, shared: map[string]moved.Node{}}
	for _, file := range files {
		if err := r.open(file); err != nil {
			return nil, fmt.Errorf("read %q: %w", file, err)
		}
	}
	for _, d := range r.documents {
		for _, s := range d.any("shared_targets").List() {
			r.shared[s.Get("name").Text()] = s.Get("targets")
		}
	}
	for _, d := range r.documents {
		for _, p := range d.any("probe").List() {
			r.probe(d.file, node{p})
		}
	}
	if len(r.m.Tables)+len(r.m.Notes) == 0 {
		r.m.Left("", model.Say("movein.empty"))
	}
	return r.m, nil
}

// node is a message, whose fields may be written in two ways: relative_url, or relativeUrl as JSON has it.
type node struct{ moved.Node }

func (n node) any(name string) node {
	if v := n.Get(name); v.There() {
		return node{v}
	}
	parts := strings.Split(name, "_")
	for i, part := range parts[1:] {
		if part != "" {
			parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return node{n.Get(strings.Join(parts, ""))}
}

type document struct {
	node
	file string
}

type reader struct {
	m         *moved.Moved
	documents []document
	shared    map[string]moved.Node
}

// directive is a line of a template of Go, which cloudprober executes first.
var directive = regexp.MustCompile(`^\s*\{\{.*\}\}\s*$`)

func (r *reader) open(file string) error {
	text, err := moved.ReadFile(file)
	if err != nil {
		return err
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if directive.MatchString(line) {
			r.m.Left(moved.Line(file, i+1), model.Say("movein.template"))
			lines[i] = ""
		}
	}
	text = strings.Join(lines, "\n")
	switch filepath.Ext(file) {
	case ".yml", ".yaml", ".json":
		all, err := moved.YAML(text)
		for _, n := range all {
			r.documents = append(r.documents, document{node{n}, file})
		}
		return err
	default:
		n, err := parse(text)
		r.documents = append(r.documents, document{node{n}, file})
		return err
	}
}

// target is one host to probe.
type target struct{ name, host, port, url string }

// probe makes a check of each target of a probe.
func (r *reader) probe(file string, p node) {
	name := p.any("name").Text()
	at := fmt.Sprintf("%s probe %q", moved.Line(file, p.Line()), name)
	fill := map[string]func(*moved.Table, node, target) bool{"HTTP": r.http, "PING": r.ping, "DNS": r.dns, "TCP": r.tcp, "EXTERNAL": r.external}[strings.ToUpper(p.any("type").Text())]
	switch {
	case fill == nil:
		r.m.Left(at, model.Say("movein.no_kind", "kind", p.any("type").Text()))
		return
	case p.any("negative_test").Flag(false):
		r.m.Left(at, model.Say("movein.inverted"))
		return
	case p.any("run_on").There():
		r.m.Differs(at, model.Say("movein.option", "option", "run_on", "value", p.any("run_on").Text()))
	}
	targets := r.targets(at, p.any("targets"), 0)
	for _, to := range targets {
		id, wanted := name, name
		if len(targets) > 1 || to.name != "" {
			id, wanted = name+" "+to.name, name+"-"+to.name
		}
		t := moved.Check(id, strings.TrimSuffix(wanted, "-"), "web")
		t.At = at
		if found := placeholder(to.host + to.url); found != "" {
			r.m.Left(at, model.Say("movein.variable", "name", found))
			continue
		}
		if fill(t, p, to) {
			r.common(t, p)
			r.m.Add(t)
		}
	}
}

// placeholder is what cloudprober replaces before it reads a value.
func placeholder(text string) string {
	for _, p := range []*regexp.Regexp{regexp.MustCompile(`\{\{.*?\}\}`), regexp.MustCompile(`\*\*\$\w+\*\*`), regexp.MustCompile(`@\w[\w.]*@`)} {
		if found := p.FindString(text); found != "" {
			return found
		}
	}
	return ""
}

// targets are the hosts of a definition.
func (r *reader) targets(at string, n node, depth int) []target {
	var all []target
	for host := range strings.SplitSeq(n.any("host_names").Text(), ",") {
		if host = strings.TrimSpace(host); host != "" {
			name, port, ok := cutPort(host)
			if !ok {
				name = host
			}
			all = append(all, target{name: host, host: name, port: port})
		}
	}
	for _, list := range []string{"endpoint", "endpoints"} {
		for _, e := range n.any(list).List() {
			all = append(all, target{name: e.Get("name").Text(), host: e.Get("name").Text(), port: e.Get("port").Text(), url: e.Get("url").Text()})
		}
	}
	if name := n.any("shared_targets").Text(); name != "" && depth < 4 {
		if shared, ok := r.shared[name]; ok {
			all = append(all, r.targets(at, node{shared}, depth+1)...)
		}
	}
	if n.any("dummy_targets").There() || n.Has("dummy_targets") {
		all = append(all, target{})
	}
	for _, kind := range []string{"rds_targets", "file_targets", "gce_targets", "k8s"} {
		if n.any(kind).There() {
			r.m.Left(at, model.Say("movein.discovery", "kind", kind))
		}
	}
	if len(all) == 0 {
		r.m.Left(at, model.Say("movein.no_hosts"))
	}
	return all
}

func cutPort(host string) (name, port string, ok bool) {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.Count(host, ":") > 1 && !strings.HasPrefix(host, "[") {
		return host, "", false
	}
	_, err := strconv.Atoi(host[i+1:])
	return host[:i], host[i+1:], err == nil
}

// length is a length of time in a field of its own, or in one of milliseconds.
func length(p node, name string, otherwise time.Duration) time.Duration {
	if d := moved.Time(p.any(name).Text(), time.Second); d > 0 {
		return d
	}
	if d := moved.Time(p.any(name+"_msec").Text(), time.Millisecond); d > 0 {
		return d
	}
	return otherwise
}

// The intervals of probes that name none.
const (
	defaultInterval = 2 * time.Second
	defaultTimeout  = time.Second
)

// common sets what all probes have.
func (r *reader) common(t *moved.Table, p node) {
	t.Every(length(p, "interval", defaultInterval)).Duration("timeout", min(length(p, "timeout", defaultTimeout), 10*time.Minute))
	condition := node{p.any("alert").Get("condition")}
	failures, _ := strconv.Atoi(condition.any("failures").Text())
	total, _ := strconv.Atoi(condition.any("total").Text())
	switch {
	case failures > 0 && total > failures && total <= 64:
		t.Set("failures", fmt.Sprintf("%d of %d", failures, total))
	case failures > 0:
		t.Failures(failures)
	default:
		t.Failures(3)
	}
	labels := map[string]string{}
	for _, l := range p.any("additional_label").List() {
		labels[l.Get("key").Text()] = l.Get("value").Text()
	}
	for key, value := range labels {
		if placeholder(value) != "" {
			delete(labels, key)
		}
	}
	t.Set("labels", moved.Labels(labels))
}

func (r *reader) http(t *moved.Table, p node, to target) bool {
	h := p.any("http_probe")
	q := moved.Request{Method: h.any("method").Text(), Redirects: 10, Headers: map[string]string{}, Status: []any{"100-599"}, Body: strings.Join(h.any("body").Texts(), "&")}
	scheme := strings.ToLower(h.any("scheme").Text() + h.any("protocol").Text())
	if scheme != "https" {
		scheme = "http"
	}
	port := to.port
	if own := h.any("port").Text(); own != "" {
		port = own
	}
	q.URL = to.url
	if q.URL == "" {
		host := to.host
		if port != "" && port != "0" {
			host = moved.Address(to.host, port)
		}
		q.URL = (&url.URL{Scheme: scheme, Host: host}).String() + path(h.any("relative_url").Text())
	}
	for _, x := range h.any("headers").List() {
		q.Headers[x.Get("name").Text()] = x.Get("value").Text()
	}
	for _, x := range h.any("header").List() {
		if key := x.Get("key"); key.There() {
			q.Headers[key.Text()] = x.Get("value").Text()
			continue
		}
		for _, pair := range x.Pairs() { // YAML and JSON have a map
			q.Headers[pair.Key] = pair.Text()
		}
	}
	for _, value := range q.Headers {
		if found := placeholder(value); found != "" {
			r.m.Left(t.At, model.Say("movein.variable", "name", found))
			return false
		}
	}
	if n, err := strconv.Atoi(h.any("max_redirects").Text()); err == nil {
		q.Redirects = max(n, 0)
	}
	q.Insecure = h.any("disable_cert_validation").Flag(false) || h.any("tls_config").Get("disable_cert_validation").Flag(false)
	q.CAFile = h.any("tls_config").Get("ca_cert_file").Text()
	for _, option := range []string{"proxy_url", "oauth_config", "body_file"} {
		if h.any(option).There() {
			r.m.Differs(t.At, model.Say("movein.option", "option", option, "value", ""))
		}
	}
	r.validators(t, p, &q)
	return q.Fill(r.m, t)
}

func path(text string) string {
	if text == "" || strings.HasPrefix(text, "/") {
		return text
	}
	return "/" + text
}

// validators set what a response must be.
func (r *reader) validators(t *moved.Table, p node, q *moved.Request) {
	for _, item := range p.any("validator").List() {
		v := node{item}
		h := v.any("http_validator")
		if codes := h.any("success_status_codes").Text(); codes != "" {
			q.Status = statuses(codes)
		}
		if pattern := v.any("regex").Text(); pattern != "" {
			if _, err := regexp.Compile(pattern); err == nil && q.Matches == "" {
				q.Matches = pattern
			} else {
				r.m.Differs(t.At, model.Say("movein.condition", "condition", pattern))
			}
		}
		for _, option := range []string{"failure_status_codes", "success_header", "failure_header"} {
			if h.any(option).There() {
				r.m.Differs(t.At, model.Say("movein.option", "option", option, "value", h.any(option).Text()))
			}
		}
		for _, option := range []string{"json_validator", "integrity_validator", "dns_validator"} {
			if v.any(option).There() {
				r.m.Differs(t.At, model.Say("movein.option", "option", option, "value", ""))
			}
		}
	}
}

// statuses are those of "200-299,301".
func statuses(text string) []any {
	var all []any
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if n, err := strconv.Atoi(part); err == nil {
			all = append(all, n)
		} else if part != "" {
			all = append(all, part)
		}
	}
	return all
}

func (r *reader) ping(t *moved.Table, p node, to target) bool {
	t.Keys[0].Value = "ping"
	n, err := strconv.Atoi(p.any("ping_probe").any("packets_per_probe").Text())
	if err != nil {
		n = 2
	}
	t.Set("address", to.host).Set("count", max(1, min(n, 20)))
	return r.hasHost(t, to)
}

func (r *reader) hasHost(t *moved.Table, to target) bool {
	if to.host == "" {
		r.m.Left(t.At, model.Say("movein.no_address"))
	}
	return to.host != ""
}

func (r *reader) dns(t *moved.Table, p node, to target) bool {
	d := p.any("dns_probe")
	domain, kind := d.any("resolved_domain").Text(), strings.ToUpper(d.any("query_type").Text())
	if domain == "" {
		domain = "www.google.com."
	}
	if kind == "" {
		kind = "MX"
	}
	t.Keys[0].Value = "dns"
	t.Set("domain", strings.TrimSuffix(domain, "."))
	if kind != "A" {
		t.Set("type", kind)
	}
	server := to.host
	if to.port != "" {
		server = moved.Address(to.host, to.port)
	}
	t.Set("server", server)
	return r.hasHost(t, to)
}

func (r *reader) tcp(t *moved.Table, p node, to target) bool {
	d := p.any("tcp_probe")
	port := to.port
	if own := d.any("port").Text(); own != "" {
		port = own
	}
	t.Keys[0].Value = "tcp"
	if d.any("tls_handshake").Flag(false) {
		t.Keys[0].Value = "tls"
		r.m.Differs(t.At, model.Say("movein.expires"))
	}
	if to.host == "" || port == "" {
		r.m.Left(t.At, model.Say("movein.no_address"))
		return false
	}
	t.Set("address", moved.Address(to.host, port))
	return true
}

// external runs a program once: its exit code is the outcome, as a plugin's is.
func (r *reader) external(t *moved.Table, p node, _ target) bool {
	e := p.any("external_probe")
	command := e.any("command").Text()
	argv, ok := nagios.Split(command)
	switch {
	case strings.EqualFold(e.any("mode").Text(), "SERVER"):
		r.m.Left(t.At, model.Say("movein.no_kind", "kind", "SERVER"))
		return false
	case placeholder(command) != "":
		r.m.Left(t.At, model.Say("movein.variable", "name", placeholder(command)))
		return false
	case !ok || len(argv) == 0:
		r.m.Left(t.At, model.Say("movein.shell", "command", model.Clip(command, 60)))
		return false
	case !filepath.IsAbs(argv[0]):
		r.m.Left(t.At, model.Say("movein.not_absolute"))
		return false
	}
	return nagios.Fill(r.m, t, argv)
}
