//go:build integration

package integration_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/zabbix"
	"opsbot/model"
)

type fields = map[string]any

// provision creates what the documentation requires: hosts, a role with the least rights, a user with a token, and the shipped
// media type, with an action.
func (s *zabbixServer) provision(t *testing.T, hookURL string) {
	t.Helper()
	s.call(t, "user.login", fields{"username": "Admin", "password": "zabbix"}, &s.session)
	s.group = s.create(t, "hostgroup.create", fields{"name": "Clients/ACME"})
	for _, name := range s.hosts {
		id := s.create(t, "host.create", fields{
			"host": name, "name": name + " (visible)", "groups": []fields{{"groupid": s.group}}, "tags": []fields{{"tag": "service", "value": "shop"}},
			"interfaces": []fields{{"type": 1, "main": 1, "useip": 1, "ip": "10.0.0.5", "dns": "", "port": "10050"}},
		})
		s.ids[name] = id
		s.create(t, "item.create", fields{"name": "errors", "key_": "app.errors", "hostid": id, "type": 2, "value_type": 0})
		s.create(t, "trigger.create", fields{"description": "Errors on {HOST.NAME}", "expression": fmt.Sprintf("last(/%s/app.errors)>5", name), "priority": 4})
	}
	read := []string{"host.get", "problem.get", "event.get", "trigger.get"}
	writing := append([]string{"event.acknowledge", "maintenance.get", "maintenance.create", "maintenance.delete"}, read...)
	s.token = s.user(t, "opsbot", 2, 3, writing, []string{"acknowledge_problems", "add_problem_comments", "edit_maintenance"})
	s.weak = s.user(t, "reader", 1, 2, read, nil)

	source, err := os.ReadFile("../../deploy/zabbix/mediatype_opsbot.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var done bool
	s.call(t, "configuration.import", fields{"format": "yaml", "source": string(source), "rules": fields{"mediaTypes": fields{"createMissing": true, "updateExisting": true}}}, &done)
	var media []struct {
		ID string `json:"mediatypeid"`
	}
	s.call(t, "mediatype.get", fields{"filter": fields{"name": "opsbot"}, "output": []string{"mediatypeid"}}, &media)
	s.create(t, "usermacro.createglobal", fields{"macro": "{$OPSBOT.URL}", "value": hookURL})
	s.create(t, "usermacro.createglobal", fields{"macro": "{$OPSBOT.TOKEN}", "value": hookSecret, "type": 1})
	var bot []struct {
		ID string `json:"userid"`
	}
	s.call(t, "user.get", fields{"filter": fields{"username": "opsbot"}, "output": []string{"userid"}}, &bot)
	s.create(t, "user.update", fields{ // a zone that is no whole number of hours off
		"userid": bot[0].ID, "timezone": "Asia/Kathmandu",
		"medias": []fields{{"mediatypeid": media[0].ID, "sendto": []string{"opsbot"}, "active": 0, "severity": 63, "period": "1-7,00:00-24:00"}},
	})
	send := func() fields {
		return fields{"operationtype": 0, "opmessage": fields{"default_msg": 1, "mediatypeid": media[0].ID}, "opmessage_usr": []fields{{"userid": bot[0].ID}}}
	}
	first := send()
	first["esc_step_from"], first["esc_step_to"], first["esc_period"] = 1, 1, "0"
	s.create(t, "action.create", fields{
		"name": "opsbot", "eventsource": 0, "status": 0, "esc_period": "1h", "pause_suppressed": 0, "operations": []fields{first},
		"recovery_operations": []fields{send()}, "update_operations": []fields{send()},
	})
}

// user creates one with a role of its own, and returns a token.
func (s *zabbixServer) user(t *testing.T, name string, kind, permission int, methods, actions []string) string {
	t.Helper()
	allowed := make([]fields, len(actions))
	for i, action := range actions {
		allowed[i] = fields{"name": action, "status": 1}
	}
	role := s.create(t, "role.create", fields{"name": name, "type": kind, "rules": fields{
		"ui.default_access": 0, "api.access": 1, "api.mode": 1, "api": methods, "actions.default_access": 0, "actions": allowed,
	}})
	group := s.create(t, "usergroup.create", fields{"name": name, "gui_access": 3, "rights": []fields{{"id": s.group, "permission": permission}}})
	user := s.create(t, "user.create", fields{"username": name, "passwd": "Pr0duct!47x", "roleid": role, "usrgrps": []fields{{"usrgrpid": group}}})
	token := s.create(t, "token.create", fields{"name": name, "userid": user, "expires_at": 0})
	var made []struct {
		Token string `json:"token"`
	}
	s.call(t, "token.generate", []string{token}, &made)
	return made[0].Token
}

func TestIntegrationZabbix(t *testing.T) {
	s := startZabbix(t)
	n, received := newNotebook(), newNotebook()
	// Hook calls alone are recorded separately, without polling.
	silent, _ := watch(t, received, nil, time.Hour)
	parser := zabbix.Parser{URL: s.url(), Now: time.Now}
	s.provision(t, hook(t, silent, parser.Parse))
	_, stop := watch(t, n, s.client(t, s.token), time.Second)

	t.Run("rights", func(t *testing.T) { zabbixRights(t, s) })
	t.Run("a problem and its end", func(t *testing.T) { zabbixProblem(t, s, n, received) })
	t.Run("an acknowledged host", func(t *testing.T) { zabbixWritesBack(t, s, n) })
	stop()
	t.Run("an absence", func(t *testing.T) { zabbixAbsence(t, s, n, received) })
	watch(t, n, s.client(t, s.token), time.Second)
	t.Run("the frontend is away", func(t *testing.T) { zabbixAway(t, s, n) })
}

// zabbixAbsence: what began and ended while opsbot was stopped is known afterwards, with its times.
func zabbixAbsence(t *testing.T, s *zabbixServer, n, received *notebook) {
	stood := n.standing()
	received.wait(t, soon, "the hook has reported as much as the poll", func() bool { return received.standing() == stood })
	s.send(t, "web1", 20)
	received.wait(t, soon, "a problem begins", func() bool { return received.standing() == stood+1 })
	s.send(t, "web1", 0)
	received.wait(t, soon, "and ends", func() bool { return received.standing() == stood })
	begun := time.Now()
	watch(t, n, s.client(t, s.token), time.Second)
	n.wait(t, soon, "what began and ended is reported", func() bool { return len(n.all()) == len(received.all()) })
	for _, e := range received.all() {
		all := n.all()
		i := slices.IndexFunc(all, func(o model.Event) bool { return o.ID == e.ID })
		if i < 0 || !all[i].OpenedAt.Equal(e.OpenedAt) || !e.Active() && all[i].EndedAt.After(begun) {
			t.Errorf("received %+v, replayed %+v", e, all)
		}
	}
}

func zabbixAway(t *testing.T, s *zabbixServer, n *notebook) {
	stood := n.standing()
	s.frontend.end(syscall.SIGKILL)
	n.wait(t, soon, "its disconnection is reported", func() bool { return n.silence().Code == model.ReasonSourceAway })
	s.runFrontend(t)
	n.wait(t, soon, "it is connected again", func() bool { return n.silence().IsZero() })
	if n.standing() != stood {
		t.Errorf("%d were active, %d are", stood, n.standing())
	}
}

// testedZabbix are the versions of Debian 12 and 13.
var testedZabbix = regexp.MustCompile(`^[67]\.0\.\d+$`)

func zabbixRights(t *testing.T, s *zabbixServer) {
	p, err := s.client(t, s.token).Probe(t.Context())
	if err != nil || len(p.Missing) > 0 || !testedZabbix.MatchString(p.Version) {
		t.Errorf("the user of the documentation: %+v %v", p, err)
	}
	p, err = s.client(t, s.weak).Probe(t.Context())
	var missing []string
	for _, r := range p.Missing {
		missing = append(missing, r.Args["right"])
	}
	want := []string{"event.acknowledge", "maintenance.get", "maintenance.create", "maintenance.delete"}
	if err != nil || !slices.Equal(missing, want) {
		t.Errorf("missing %v, want %v: %v", missing, want, err)
	}
	if _, err := s.client(t, strings.Repeat("0", 64)).Probe(t.Context()); reasonOf(t, err).Code != model.ReasonSourceRefuses {
		t.Errorf("a wrong token: %v", err)
	}
	found, err := s.client(t, s.token).Hosts(t.Context())
	if err != nil || len(found) != 2 || found[0].Client != "ACME" || found[0].Address != "10.0.0.5" || !slices.Equal(found[0].Services, []string{"shop"}) {
		t.Errorf("hosts: %+v %v", found, err)
	}
}

// only is the only event.
func only(t *testing.T, n *notebook) model.Event {
	t.Helper()
	all := n.all()
	if len(all) != 1 {
		t.Fatalf("%+v", all)
	}
	return all[0]
}

func zabbixProblem(t *testing.T, s *zabbixServer, n, received *notebook) {
	begun := time.Now().Truncate(time.Second)
	s.send(t, "web1", 14)
	n.wait(t, soon, "the poll tells", func() bool { return n.standing() == 1 })
	received.wait(t, soon, "the hook tells", func() bool { return received.standing() == 1 })
	polled, sent := only(t, n), only(t, received)
	// Whichever comes first does not matter: apart from opsbot's own fields they are equal.
	sent.SeenAt, sent.ConfirmedAt = polled.SeenAt, polled.ConfirmedAt
	if fmt.Sprintf("%+v", polled) != fmt.Sprintf("%+v", sent) {
		t.Errorf("the poll has\n%+v\nand the hook\n%+v", polled, sent)
	}
	if polled.Title != "Errors on web1 (visible)" || polled.Severity != model.SeverityCritical || polled.Service != "app.errors" || !slices.Equal(polled.Names, []string{"web1", "10.0.0.5", "web1 (visible)"}) {
		t.Errorf("%+v", polled)
	}
	if late := sent.OpenedAt.Sub(begun); late < 0 || late > soon {
		t.Errorf("it began %v, by the hook %v", begun, sent.OpenedAt)
	}
	s.send(t, "web1", 0)
	n.wait(t, soon, "its end is confirmed", func() bool { return only(t, n).End == model.EndConfirmed })
	received.wait(t, soon, "the hook tells the end", func() bool { return received.standing() == 0 })
	if sent := only(t, received); sent.EndedAt.Before(sent.OpenedAt) || sent.EndedAt.Sub(begun) > 2*soon {
		t.Errorf("%+v", sent)
	}
}

func zabbixWritesBack(t *testing.T, s *zabbixServer, n *notebook) {
	c := s.client(t, s.token)
	s.send(t, "web2", 14)
	n.wait(t, soon, "a problem is active", func() bool { return n.standing() == 1 })
	i := slices.IndexFunc(n.all(), func(e model.Event) bool { return e.Active() })
	e := n.all()[i]
	note := inbound.Note{Author: "ivan", Comment: "looking", Until: time.Now().Add(time.Hour)}
	for range 2 {
		if err := c.Acknowledge(t.Context(), e, note); err != nil {
			t.Fatal(err)
		}
	}
	n.wait(t, soon, "the ack is seen", func() bool { return n.of(e.Object).Acked })
	for range 2 {
		if err := c.Unacknowledge(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	n.wait(t, soon, "it is seen that nobody has it", func() bool { return !n.of(e.Object).Acked })
	handle, err := c.Suppress(t.Context(), []model.Event{e, {Object: "999999"}}, note)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := c.Find(t.Context(), note.Comment); err != nil || found != handle {
		t.Errorf("set was %q, found is %q: %v", handle, found, err)
	}
	var set []struct {
		Name  string `json:"name"`
		Hosts []struct {
			Host string `json:"host"`
		} `json:"hosts"`
	}
	s.call(t, "maintenance.get", fields{"maintenanceids": []string{handle}, "output": []string{"name"}, "selectHosts": []string{"host"}}, &set)
	if len(set) != 1 || len(set[0].Hosts) != 1 || set[0].Hosts[0].Host != "web2" || !strings.Contains(set[0].Name, "ivan") {
		t.Errorf("Zabbix has %+v", set)
	}
	for range 2 { // an expired one is no error
		if err := c.Expire(t.Context(), handle); err != nil {
			t.Error(err)
		}
	}
	s.call(t, "maintenance.get", fields{"output": []string{"name"}}, &set)
	if len(set) != 0 {
		t.Errorf("Zabbix still has %+v", set)
	}
	if err := s.client(t, s.weak).Acknowledge(t.Context(), e, note); reasonOf(t, err).Code != model.ReasonSourceRight {
		t.Errorf("an ack without the right: %v", err)
	}
	if _, err := s.client(t, s.weak).Suppress(t.Context(), []model.Event{e}, note); reasonOf(t, err).Code != model.ReasonSourceRight {
		t.Errorf("a maintenance without the right: %v", err)
	}
}
