//go:build integration

package integration_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	asking "opsbot/inbound/httpclient"
	"opsbot/inbound/zabbix"
	"opsbot/model"
	"opsbot/test/ports"
)

// zabbixServer is a real Zabbix: its database, its server, and its frontend for the API.
type zabbixServer struct {
	whole        *testing.T // the test that it runs for
	as           *syscall.Credential
	dir          string
	database     string // its port, as the next ones
	trapper, web string
	frontend     *process
	session      string // of its administrator
	token, weak  string // of opsbot, and of a read-only user
	hosts        []string
	ids          map[string]string // of the hosts, by their names
	group        string            // of hosts
}

// startZabbix starts one in a directory of its own. Its hosts, web1 and web2 unless it is told otherwise, have an item app.errors and a
// trigger of it each.
func startZabbix(t *testing.T) *zabbixServer {
	t.Helper()
	s := &zabbixServer{whole: t, as: unprivileged(t, "postgres"), database: ports.Free(t), trapper: ports.Free(t), web: ports.Free(t), hosts: []string{"web1", "web2"}, ids: map[string]string{}}
	dir, err := os.MkdirTemp("", "opsbot-zabbix-") //nolint:usetesting // of another owner, who could not enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s.dir = dir
	s.own(t, dir)
	s.startDatabase(t)
	s.startFrontend(t)
	conf := write(t, dir, "server.conf", fmt.Sprintf(`ListenIP=127.0.0.1
ListenPort=%s
LogType=console
PidFile=%[2]s/server.pid
SocketDir=%[2]s
DBHost=127.0.0.1
DBPort=%[3]s
DBName=zabbix
DBUser=boss
StartPollers=1
StartPollersUnreachable=1
StartPreprocessors=1
StartTrappers=1
StartPingers=0
StartDiscoverers=0
StartHTTPPollers=0
StartTimers=1
StartEscalators=1
StartAlerters=1
StartDBSyncers=1
StartLLDProcessors=1
StartHistoryPollers=1
StartODBCPollers=0
CacheUpdateFrequency=1
`, s.trapper, dir, s.database))
	s.own(t, conf)
	launch(t, s.as, "/usr/sbin/zabbix_server", "-f", "-c", conf).answers(s.trapper)
	return s
}

// own gives a path to the user of the parts.
func (s *zabbixServer) own(t *testing.T, path string) {
	t.Helper()
	if s.as != nil {
		if err := os.Chown(path, int(s.as.Uid), int(s.as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *zabbixServer) startDatabase(t *testing.T) {
	t.Helper()
	programs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(programs) == 0 {
		t.Fatalf("no PostgreSQL here: %v", err)
	}
	data, bin := filepath.Join(s.dir, "data"), programs[len(programs)-1]
	output(t, s.as, filepath.Join(bin, "initdb"), "-D", data, "-U", "boss", "-A", "trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8")
	p := launch(t, s.as, filepath.Join(bin, "postgres"), "-D", data, "-p", s.database, "-k", s.dir, "-h", "127.0.0.1", "-F",
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	p.answers(s.database)
	p.until("it lets us in", func() error {
		return exec1(t, s.database, "postgres", "select 1")
	})
	ask(t, s.database, "boss", "", "postgres", "create database zabbix")
	ask(t, s.database, "boss", "", "zabbix", sqlOf(t, "schema", nil))
	// Templates, most of the data, are left out. Without them its foreign keys do not hold, nor do they matter.
	needed := []string{"users", "usrgrp", "users_groups", "role", "role_rule", "config", "config_autoreg_tls", "hstgrp", "regexps", "expressions", "graph_theme"}
	ask(t, s.database, "boss", "", "zabbix", "set session_replication_role = replica;\n"+sqlOf(t, "data", needed))
}

// exec1 runs one statement.
func exec1(t *testing.T, port, database, sql string) error {
	t.Helper()
	conn, err := connected(t, port, "boss", "", database)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(t.Context()) }()
	_, err = conn.Exec(t.Context(), sql).ReadAll()
	return err
}

// sqlOf returns the statements of a file of the package, for some tables only.
func sqlOf(t *testing.T, name string, tables []string) string {
	t.Helper()
	f, err := os.Open("/usr/share/zabbix-server-pgsql/" + name + ".sql.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	lines := bufio.NewReader(unpacked)
	for wanted := true; ; {
		line, err := lines.ReadString('\n')
		if table, ok := strings.CutPrefix(line, "INSERT INTO "); ok && tables != nil {
			table, _, _ = strings.Cut(strings.Trim(table, `"`), " ")
			wanted = false
			for _, one := range tables {
				wanted = wanted || strings.Trim(table, `"`) == one
			}
		}
		if wanted || strings.HasPrefix(line, "COMMIT") {
			out.WriteString(line)
		}
		if err == io.EOF {
			return out.String()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// startFrontend serves a copy of the frontend: Debian's reads its configuration from /etc.
func (s *zabbixServer) startFrontend(t *testing.T) {
	t.Helper()
	web := filepath.Join(s.dir, "web")
	output(t, nil, "cp", "-rL", "/usr/share/zabbix", web)
	loader := filepath.Join(web, "include", "classes", "core", "CConfigFile.php")
	text, err := os.ReadFile(loader)
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(web, "conf", "opsbot.conf.php")
	if err := os.WriteFile(loader, bytes.ReplaceAll(text, []byte("/etc/zabbix/zabbix.conf.php"), []byte(conf)), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Dir(conf), filepath.Base(conf), fmt.Sprintf(`<?php
$DB['TYPE']='POSTGRESQL'; $DB['SERVER']='127.0.0.1'; $DB['PORT']='%s'; $DB['DATABASE']='zabbix'; $DB['USER']='boss'; $DB['PASSWORD']=''; $DB['SCHEMA']='';
$DB['ENCRYPTION']=false; $DB['KEY_FILE']=''; $DB['CERT_FILE']=''; $DB['CA_FILE']=''; $DB['VERIFY_HOST']=false; $DB['CIPHER_LIST']='';
$DB['VAULT_URL']=''; $DB['VAULT_DB_PATH']=''; $DB['VAULT_TOKEN']=''; $DB['DOUBLE_IEEE754']=true;
$ZBX_SERVER='127.0.0.1'; $ZBX_SERVER_PORT='%s'; $ZBX_SERVER_NAME='test'; $IMAGE_FORMAT_DEFAULT=IMAGE_FORMAT_PNG;
`, s.database, s.trapper))
	s.own(t, loader)
	s.own(t, conf)
	s.runFrontend(t)
}

func (s *zabbixServer) runFrontend(t *testing.T) {
	t.Helper()
	s.frontend = launch(s.whole, s.as, "php", "-d", "date.timezone=UTC", "-d", "memory_limit=256M", "-S", "127.0.0.1:"+s.web, "-t", filepath.Join(s.dir, "web"))
	s.frontend.answers(s.web)
}

func (s *zabbixServer) url() string { return "http://127.0.0.1:" + s.web }

// call calls a method of the API as its administrator, or with another token.
func (s *zabbixServer) call(t *testing.T, method string, with, into any) {
	t.Helper()
	body := map[string]any{"jsonrpc": "2.0", "method": method, "params": with, "id": 1}
	if s.session != "" {
		body["auth"] = s.session
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url()+"/api_jsonrpc.php", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var outer struct {
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(said, &outer); err != nil || outer.Error != nil {
		t.Fatalf("%s: %v %s", method, err, said)
	}
	if err := json.Unmarshal(outer.Result, into); err != nil {
		t.Fatalf("%s: %v %s", method, err, said)
	}
}

// create calls a method that creates one object, and returns its id.
func (s *zabbixServer) create(t *testing.T, method string, with any) string {
	t.Helper()
	var made map[string][]any
	s.call(t, method, with, &made)
	for _, ids := range made {
		return fmt.Sprint(ids[0])
	}
	t.Fatalf("%s made nothing", method)
	return ""
}

// send sends a value to the trapper, again until the server knows the item.
func (s *zabbixServer) send(t *testing.T, host string, value int) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"request": "sender data", "data": []any{map[string]any{"host": host, "key": "app.errors", "value": fmt.Sprint(value)}}})
	if err != nil {
		t.Fatal(err)
	}
	message := binary.LittleEndian.AppendUint64([]byte("ZBXD\x01"), uint64(len(body)))
	err = eventually(t, patience, func() error {
		conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(t.Context(), "tcp", "127.0.0.1:"+s.trapper)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		if _, err := conn.Write(append(message, body...)); err != nil {
			return err
		}
		said, err := io.ReadAll(conn)
		if err != nil || !bytes.Contains(said, []byte("processed: 1")) {
			return fmt.Errorf("%w %q", err, said)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *zabbixServer) client(t *testing.T, token string) *zabbix.Client {
	t.Helper()
	client := asking.New(asking.Options{})
	t.Cleanup(client.Close)
	return zabbix.New(zabbix.Options{URL: s.url(), HTTP: client, Token: model.NewSecret(token), Now: time.Now})
}
