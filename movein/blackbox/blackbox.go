// Package blackbox reads the modules of blackbox_exporter, and what Prometheus probes with them: scrape configurations and files of targets.
package blackbox

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/movein/moved"
)

// Read reads files by what is in them: modules, scrape_configs, or a list of targets.
func Read(_ context.Context, paths []string, o moved.Options) (*moved.Moved, error) {
	files, err := moved.Files(paths, []string{".yml", ".yaml", ".json"})
	if err != nil {
		return nil, err
	}
	r := &reader{m: &moved.Moved{}, o: o, modules: map[string]module{}}
	for _, file := range files {
		documents, err := open(file)
		if err != nil {
			return nil, err
		}
		for _, d := range documents {
			r.document(file, d)
		}
	}
	for _, job := range r.jobs {
		r.job(job)
	}
	if len(r.jobs) == 0 && len(r.modules) > 0 {
		r.m.Left("", model.Say("movein.no_targets", "module", strings.Join(model.SortedKeys(r.modules), ", ")))
		return r.m, nil
	}
	for _, name := range model.SortedKeys(r.modules) {
		if m := r.modules[name]; !m.used {
			r.m.Left(m.at, model.Say("movein.no_targets", "module", name))
		}
	}
	if len(r.m.Tables)+len(r.m.Notes) == 0 {
		r.m.Left("", model.Say("movein.empty"))
	}
	return r.m, nil
}

func open(file string) ([]moved.Node, error) {
	text, err := moved.ReadFile(file)
	if err != nil {
		return nil, err
	}
	documents, err := moved.YAML(text)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", file, err)
	}
	return documents, nil
}

type module struct {
	moved.Node
	file string
	at   string
	used bool
}

// path is a file that a module names: relative to the module's own.
func (m module) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(m.file), name)
}

// job is a scrape configuration, or a file of targets by itself.
type job struct {
	file     string
	name     string
	module   string
	interval time.Duration
	timeout  time.Duration
	groups   []group
}

// group are targets with labels.
type group struct {
	at string
	moved.Node
}

type reader struct {
	m       *moved.Moved
	o       moved.Options
	modules map[string]module
	jobs    []*job
}

func (r *reader) document(file string, d moved.Node) {
	switch {
	case d.Get("modules").IsMap():
		for _, p := range d.Get("modules").Pairs() {
			r.modules[p.Key] = module{Node: p.Node, file: file, at: fmt.Sprintf("%s %q", moved.Line(file, p.Line()), p.Key)}
		}
	case d.Get("scrape_configs").There():
		for _, c := range d.Get("scrape_configs").List() {
			r.scrape(file, d, c)
		}
	case d.IsList():
		j := &job{file: file, name: strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), module: r.o.Module}
		for _, g := range d.List() {
			j.groups = append(j.groups, group{moved.Line(file, g.Line()), g})
		}
		r.jobs = append(r.jobs, j)
	default:
		r.m.Left(moved.Line(file, 0), model.Say("movein.section"))
	}
}

// scrape reads one scrape configuration; those that do not probe are for Prometheus alone.
func (r *reader) scrape(file string, d, c moved.Node) {
	if !probes(c) {
		return
	}
	name := c.Get("job_name").Text()
	j := &job{file: file, name: name, module: r.o.Module}
	if modules := c.Get("params", "module").Texts(); len(modules) > 0 {
		j.module = modules[0]
	}
	for _, n := range []moved.Node{d.Get("global"), c} {
		if every := moved.Time(n.Get("scrape_interval").Text(), time.Second); every > 0 {
			j.interval = every
		}
		if timeout := moved.Time(n.Get("scrape_timeout").Text(), time.Second); timeout > 0 {
			j.timeout = timeout
		}
	}
	for _, g := range c.Get("static_configs").List() {
		j.groups = append(j.groups, group{moved.Line(file, g.Line()), g})
	}
	for _, sd := range c.Get("file_sd_configs").List() {
		for _, pattern := range sd.Get("files").Texts() {
			r.targetFiles(j, pattern)
		}
	}
	for _, p := range c.Pairs() {
		if strings.HasSuffix(p.Key, "_sd_configs") && p.Key != "file_sd_configs" {
			r.m.Left(fmt.Sprintf("%s job %q", moved.Line(file, p.Line()), name), model.Say("movein.discovery", "kind", p.Key))
		}
	}
	r.jobs = append(r.jobs, j)
}

// probes reports whether a scrape configuration asks a blackbox_exporter: its path is /probe.
func probes(c moved.Node) bool {
	return c.Get("metrics_path").Text() == "/probe" || c.Get("params", "module").There()
}

// mostFiles is how many files a pattern may match.
const mostFiles = 1000

// targetFiles reads files of targets; their paths start at the folder of the main file.
func (r *reader) targetFiles(j *job, pattern string) {
	path := pattern
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(j.file), path)
	}
	files, err := filepath.Glob(path)
	if err != nil || len(files) == 0 {
		r.m.Left(fmt.Sprintf("%s job %q", moved.Line(j.file, 0), j.name), model.Say("movein.no_file", "file", pattern))
	}
	for _, file := range files[:min(len(files), mostFiles)] {
		documents, err := open(file)
		if err != nil {
			r.m.Left(moved.Line(file, 0), model.Say("movein.unread", "file", filepath.Base(file), "said", moved.Plain(err)))
		}
		for _, d := range documents {
			for _, g := range d.List() {
				j.groups = append(j.groups, group{moved.Line(file, g.Line()), g})
			}
		}
	}
}

func (r *reader) job(j *job) {
	for _, g := range j.groups {
		labels := g.Get("labels").Map()
		name := j.module
		for _, key := range []string{"__param_module", "module"} {
			if labels[key] != "" {
				name = labels[key]
			}
		}
		m, known := r.modules[name]
		if known {
			m.used = true
			r.modules[name] = m
		}
		for _, target := range g.Get("targets").Texts() {
			shown := plain(target)
			t := moved.Check(j.name+" "+shown+" "+name, label(j.name, shown), "web")
			t.At = fmt.Sprintf("%s %q", g.at, shown)
			if !known {
				r.m.Left(t.At, model.Say("movein.no_module", "module", name))
				continue
			}
			r.target(t, j, m, target, labels)
		}
	}
}

// plain is a target without a login and without a secret in its address.
func plain(target string) string {
	if !strings.Contains(target, "@") && !moved.Secretive(target) {
		return target
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return moved.Fingerprint(target)
	}
	return u.Scheme + "://" + u.Host + "/" + moved.Fingerprint(target)
}

// label is a name for a target: the job, and the target without what all have.
func label(job, target string) string {
	target = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(target, "https://"), "http://"), "/")
	return job + "-" + target
}

// target makes a check of a target and a module.
func (r *reader) target(t *moved.Table, j *job, m module, target string, labels map[string]string) {
	fill := map[string]func(*moved.Table, module, string) bool{"http": r.http, "tcp": r.tcp, "icmp": r.icmp, "dns": r.dns}[m.Get("prober").Text()]
	if fill == nil {
		r.m.Left(t.At, model.Say("movein.no_kind", "kind", m.Get("prober").Text()))
		return
	}
	if !fill(t, m, target) {
		return
	}
	t.Every(j.interval)
	timeout := moved.Time(m.Get("timeout").Text(), time.Second)
	if timeout == 0 || j.timeout > 0 && j.timeout < timeout {
		timeout = j.timeout
	}
	t.Duration("timeout", min(timeout, 10*time.Minute)).Failures(2)
	for key := range labels {
		if strings.HasPrefix(key, "__") || key == "module" {
			delete(labels, key)
		}
	}
	labels["job"] = j.name
	t.Set("labels", moved.Labels(labels))
	r.m.Add(t)
}

// unsupported names the options of a module that opsbot has nothing for.
func (r *reader) unsupported(t *moved.Table, n moved.Node, known ...string) {
	for _, p := range n.Pairs() {
		if !slices.Contains(known, p.Key) {
			r.m.Differs(t.At, model.Say("movein.option", "option", p.Key, "value", moved.Shown(strings.Join(p.Texts(), ", "))))
		}
	}
}

// ignored are options without a meaning for the outcome.
var ignored = []string{"preferred_ip_protocol", "ip_protocol_fallback", "enable_http2", "compression", "body_size_limit", "valid_http_versions"}

// httpKnown are the options that are carried over.
var httpKnown = append([]string{
	"valid_status_codes", "method", "headers", "body", "follow_redirects", "no_follow_redirects", "fail_if_body_not_matches_regexp", "tls_config", "basic_auth",
	"bearer_token", "authorization", "fail_if_not_ssl", "fail_if_ssl",
}, ignored...)

func (r *reader) http(t *moved.Table, m module, target string) bool {
	h := m.Get("http")
	if !strings.Contains(target, "://") {
		target = "http://" + target
	}
	q := moved.Request{
		URL: target, Method: h.Get("method").Text(), Headers: h.Get("headers").Map(), Body: h.Get("body").Text(), Redirects: 10,
		Insecure: h.Get("tls_config", "insecure_skip_verify").Flag(false), CAFile: m.path(h.Get("tls_config", "ca_file").Text()),
		User: h.Get("basic_auth", "username").Text(), Password: h.Get("basic_auth", "password").Text(), Bearer: h.Get("bearer_token").Text(),
	}
	if !h.Get("follow_redirects").Flag(true) || h.Get("no_follow_redirects").Flag(false) {
		q.Redirects = 0
	}
	if h.Get("authorization", "credentials").There() {
		q.Headers["Authorization"] = firstOf(h.Get("authorization", "type").Text(), "Bearer") + " " + h.Get("authorization", "credentials").Text()
	}
	for _, code := range h.Get("valid_status_codes").List() {
		var n int
		if _, err := fmt.Sscan(code.Text(), &n); err == nil {
			q.Status = append(q.Status, n)
		}
	}
	q.Matches = r.allOf(t, h.Get("fail_if_body_not_matches_regexp").Texts())
	r.unsupported(t, h, httpKnown...)
	return r.files(t, m, h) && q.Fill(r.m, t)
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// files refuses secrets in files that are not read: they stay where they are.
func (r *reader) files(t *moved.Table, m module, h moved.Node) bool {
	for _, path := range [][]string{{"basic_auth", "password_file"}, {"bearer_token_file"}, {"authorization", "credentials_file"}} {
		file := h.Get(path...).Text()
		if file == "" {
			continue
		}
		if path[0] != "basic_auth" {
			t.Set("bearer_file", m.path(file))
			continue
		}
		r.m.Left(t.At, model.Say("movein.secret_file", "file", file))
		return false
	}
	return true
}

// allOf is the one pattern that a body must match; of several the first.
func (r *reader) allOf(t *moved.Table, patterns []string) string {
	for i, p := range patterns {
		if _, err := regexp.Compile(p); err != nil || i > 0 {
			r.m.Differs(t.At, model.Say("movein.option", "option", "fail_if_body_not_matches_regexp", "value", p))
			if i == 0 {
				return ""
			}
		}
	}
	if len(patterns) == 0 {
		return ""
	}
	return patterns[0]
}

func (r *reader) tcp(t *moved.Table, m module, target string) bool {
	t.Keys[0].Value = "tcp"
	if m.Get("tcp", "tls").Flag(false) {
		t.Keys[0].Value = "tls"
		t.Set("server_name", m.Get("tcp", "tls_config", "server_name").Text()).Set("ca_file", m.path(m.Get("tcp", "tls_config", "ca_file").Text()))
		r.m.Differs(t.At, model.Say("movein.expires"))
		if m.Get("tcp", "tls_config", "insecure_skip_verify").Flag(false) {
			r.m.Differs(t.At, model.Say("movein.insecure"))
		}
	}
	r.unsupported(t, m.Get("tcp"), append([]string{"tls", "tls_config"}, ignored...)...)
	t.Set("address", target)
	return true
}

func (r *reader) icmp(t *moved.Table, m module, target string) bool {
	t.Keys[0].Value = "ping"
	t.Set("address", target).Set("count", 1)
	r.unsupported(t, m.Get("icmp"), append([]string{"dont_fragment", "payload_size", "ttl", "source_ip_address"}, ignored...)...)
	return true
}

func (r *reader) dns(t *moved.Table, m module, target string) bool {
	d := m.Get("dns")
	t.Keys[0].Value = "dns"
	t.Set("domain", strings.TrimSuffix(d.Get("query_name").Text(), "."))
	if kind := strings.ToUpper(d.Get("query_type").Text()); kind != "A" && kind != "" {
		t.Set("type", kind)
	}
	t.Set("server", target)
	r.unsupported(t, d, append([]string{"query_name", "query_type", "transport_protocol", "recursion_desired"}, ignored...)...)
	return true
}
