// Package kuma reads what Uptime Kuma has: its database kuma.db, of version 1 or 2, or a JSON backup of version 1.
//
// A database is only read, and nothing in it is executed.
package kuma

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"opsbot/model"
	"opsbot/movein/moved"
)

// Read reads one file. A database begins with the name of its format; anything else is taken for a backup.
func Read(ctx context.Context, paths []string, o moved.Options) (*moved.Moved, error) {
	if len(paths) != 1 {
		return nil, errors.New("uptime kuma has one file: kuma.db, or a backup")
	}
	read := readBackup
	if isDatabase(paths[0]) {
		read = readDatabase
	}
	d, err := read(ctx, paths[0])
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", paths[0], err)
	}
	r := &reader{data: d, o: o, m: &moved.Moved{}}
	r.all()
	return r.m, nil
}

// data is what a database and a backup both have, by the names of the database's columns.
type data struct {
	monitors      []row
	notifications []row
	maintenances  []row
	tags          map[string][]row    // name and value, by the monitor's id
	notifiedBy    map[string][]string // monitors by the id of a notification
	during        map[string][]string // monitors by the id of a maintenance
	groups        map[string]string   // of status pages: the name, by the monitor's id
	proxies       map[string]row
	certDays      int
}

// reader turns data into tables.
type reader struct {
	*data
	o    moved.Options
	m    *moved.Moved
	byID map[string]row
	tls  map[string]bool // host:port whose certificate has a check
}

func (r *reader) all() {
	r.byID, r.tls = map[string]row{}, map[string]bool{}
	for _, monitor := range r.monitors {
		r.byID[monitor.text("id")] = monitor
	}
	for _, monitor := range r.monitors {
		r.monitor(monitor)
	}
	for _, maintenance := range r.maintenances {
		r.maintenance(maintenance)
	}
	for _, n := range r.notifications {
		r.notification(n)
	}
	if len(r.monitors) == 0 {
		r.m.Left("", model.Say("movein.empty"))
	}
}

// at is a monitor for people: `monitor 12 "Shop"`.
func at(what string, r row) string {
	return fmt.Sprintf("%s %s %q", what, r.text("id"), r.text("name"))
}

// monitor carries one monitor over.
func (r *reader) monitor(v row) {
	kind := v.text("type")
	t := moved.Check("monitor "+v.text("id"), v.text("name"), "web")
	t.At = at("monitor", v)
	if kind == "group" {
		return // a label of those in it
	}
	if !r.active(v) {
		r.m.Left(t.At, model.Say("movein.paused"))
		return
	}
	if v.flag("upside_down") {
		r.m.Left(t.At, model.Say("movein.inverted"))
		return
	}
	fill := r.kinds()[kind]
	if fill == nil {
		r.m.Left(t.At, r.otherKind(kind))
		return
	}
	if !fill(v, t) {
		return
	}
	r.common(v, t)
	r.m.Add(t)
	r.certificate(v, t)
}

// kinds are the types of monitors that opsbot has a kind of check for.
func (r *reader) kinds() map[string]func(row, *moved.Table) bool {
	return map[string]func(row, *moved.Table) bool{
		"http": r.web, "keyword": r.web, "json-query": r.web, "port": r.port, "ping": r.ping, "dns": r.dns, "push": r.push, "postgres": r.postgres,
		"smtp": r.smtp,
	}
}

// otherKind says what to do about a type that opsbot has no kind for.
func (r *reader) otherKind(kind string) model.Sentence {
	if plugin := plugins[kind]; plugin != "" {
		return model.Say("movein.use_plugin", "kind", kind, "plugin", plugin)
	}
	return model.Say("movein.no_kind", "kind", kind)
}

// plugins are those of monitoring-plugins and the like for types of monitors.
var plugins = map[string]string{
	"mysql": "check_mysql", "sqlserver": "check_mssql_health", "mongodb": "check_mongodb", "redis": "check_redis", "radius": "check_radius",
	"docker": "check_docker", "mqtt": "check_mqtt", "snmp": "check_snmp", "gamedig": "check_game", "steam": "check_game", "rabbitmq": "check_rabbitmq",
	"oracledb": "check_oracle", "system-service": "check_systemd",
}

// active reports whether a monitor and all groups that it is in run.
func (r *reader) active(v row) bool {
	for range len(r.monitors) + 1 {
		if v == nil {
			return true
		}
		if v.has("active") && !v.flag("active") {
			return false
		}
		v = r.byID[v.text("parent")]
	}
	return true
}

// common sets what monitors of all types have.
func (r *reader) common(v row, t *moved.Table) {
	if t.Get("kind") != "heartbeat" {
		t.Every(v.seconds("interval"))
		timeout := v.seconds("timeout")
		if timeout == 0 {
			timeout = v.seconds("interval") * 8 / 10 // as version 1 has it
		}
		t.Duration("timeout", min(timeout, maxTimeout))
		t.Failures(v.number("maxretries") + 1)
		if v.number("maxretries") > 0 {
			t.Duration("confirm_every", min(v.seconds("retry_interval"), maxConfirm))
		}
	}
	t.Set("comment", v.text("description")).Set("labels", r.labels(v))
	if v.number("resend_interval") > 0 {
		r.m.Differs(t.At, model.Say("movein.remind"))
	}
	if proxy, ok := r.proxies[v.text("proxy_id")]; ok && proxy.flag("active") {
		r.m.Differs(t.At, model.Say("movein.proxy"))
	}
	if v.text("ip_family") != "" {
		r.m.Differs(t.At, model.Say("movein.option", "option", "ip_family", "value", v.text("ip_family")))
	}
}

// labels are the groups around a monitor, the group of a status page, and its tags.
func (r *reader) labels(v row) map[string]string {
	labels := map[string]string{}
	if group := r.groups[v.text("id")]; group != "" {
		labels["page"] = group
	}
	if parent := r.byID[v.text("parent")]; parent != nil {
		labels["group"] = parent.text("name")
	}
	for _, tag := range r.tags[v.text("id")] {
		value := tag.text("value")
		if value == "" {
			value = "yes"
		}
		labels[tag.text("name")] = value
	}
	return moved.Labels(labels)
}

// notification says how to have the alerts of one channel here.
func (r *reader) notification(v row) {
	names := r.namesOf(r.notifiedBy[v.text("id")])
	config := v.inner("config")
	kind := config.text("type")
	where := fmt.Sprintf("notification %s %q", v.text("id"), v.text("name"))
	switch kind {
	case "telegram":
		r.m.Left(where, model.Say("movein.notify.telegram", "chat", config.text("telegramChatID"), "checks", names))
	case "smtp":
		r.m.Left(where, model.Say("movein.notify.email", "to", config.text("smtpTo"), "server", config.text("smtpHost"), "checks", names))
	case "teams":
		r.m.Left(where, model.Say("movein.notify.teams", "checks", names))
	case "webhook":
		r.m.Left(where, model.Say("movein.notify.webhook", "checks", names))
	default:
		r.m.Left(where, model.Say("movein.notify.other", "kind", kind, "checks", names))
	}
}

// mostNamed is how many monitors a note names.
const mostNamed = 5

// namesOf are the names of monitors, the first of many.
func (r *reader) namesOf(ids []string) string {
	var names []string
	for _, id := range ids {
		if v := r.byID[id]; v != nil {
			names = append(names, v.text("name"))
		}
	}
	if more := len(names) - mostNamed; more > 0 {
		return strings.Join(names[:mostNamed], ", ") + fmt.Sprintf(" +%d", more)
	}
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, ", ")
}
