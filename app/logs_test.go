package app_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	crypto "golang.org/x/crypto/ssh"

	"opsbot/app/setup"
	"opsbot/cli/control"
	"opsbot/model"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
	"opsbot/ssh/sshtest"
	"opsbot/test/ports"
	"opsbot/texts"
)

// slowLog is a log that takes its time, and the collector waits for all of a host's.
const slowLog = "\n[[logs]]\nname = \"slow\"\nlocal = true\nhosts = [\"web1\"]\ncommand = [\"sleep\", \"3\"]\n"

// TestLogsOfWhatFails: a host falls ill; its card says what the logs say, the button has the lines, and so have the command
// line and the API.
func TestLogsOfWhatFails(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	listen := ports.Address(t)
	p.write(p.world.Config() + fmt.Sprintf("\n[web]\nlisten = %q\n[[web.tokens]]\nname = \"ops\"\ntoken = \"token-of-an-operator\"\nrole = \"operator\"\n[[web.tokens]]\nname = \"viewer\"\ntoken = \"token-of-a-viewer-1\"\n", listen) + slowLog)
	p.start()
	p.settled()

	p.set("web1", fleet.Sick)
	card := p.message(sandbox.OpsChat, 0, "web1", "📜 log lines around", "× [error] connect() failed (111: Connection refused)", "× 503 GET /")
	if card.Edits == 0 {
		t.Errorf("the lines came with the card: judging waited for them\n%s", card.Text)
	}
	p.press(card, "Logs")
	answer := p.message(sandbox.OpsChat, card.ID, "Incident #", "web1 · error", "connect() failed")
	if !strings.Contains(answer.Text, "read at") {
		t.Errorf("what was collected is not there: %s", answer.Text)
	}
	p.asks("/logs web1 access since 5m", "web1 · access", "× 503 GET /reports.html")
	test := p.asks("/webtest clientA", "503")
	p.press(test, "Logs")
	p.message(sandbox.Admin, test.ID, "web1 · access", "× 503 GET /store.html")

	said, err := control.New(filepath.Join(p.dir, "opsbot.sock"), "en").Logs(p.wait(), control.LogsQuery{Words: []string{"web1", "error"}, Grep: "upstream", Last: 5})
	if err != nil || strings.Count(said.Text, "connect() failed") < 2 {
		t.Errorf("the command line says %q (%v)", said.Text, err)
	}
	if code, body := p.ask(listen, "token-of-an-operator", `{"words": ["web1"], "for": "5m", "last": 3}`); code != http.StatusOK || !strings.Contains(body, `"source":"access"`) || !strings.Contains(body, `"status":503`) {
		t.Errorf("an operator gets %d %s", code, body)
	}
	if code, body := p.ask(listen, "token-of-a-viewer-1", `{"words": ["web1"]}`); code == http.StatusOK || !strings.Contains(body, "forbidden") {
		t.Errorf("a viewer gets %d %s", code, body)
	}
}

// asks asks as the admin, once, and waits for the answer, which first says that it is being found.
func (p *product) asks(question string, words ...string) botapi.Message {
	p.t.Helper()
	return p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, question), words...)
}

// ask asks the API for logs.
func (p *product) ask(listen, token, body string) (int, string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.wait(), http.MethodPost, "http://"+listen+"/api/v1/logs", strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(answer.Body); err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, text.String()
}

// TestLogsOverSSH: a host is read over SSH; after a reload by another key that is not known, refused; and back again.
func TestLogsOverSSH(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	user, key := sshtest.NewKey(t, "")
	s := &sshtest.Server{User: user.PublicKey()}
	s.Start(t)
	log := filepath.Join(p.dir, "app.log")
	text := fmt.Sprintf("%s ERROR: the disk is full, password=hunter2hunter2\n", time.Now().UTC().Format("2006-01-02T15:04:05Z"))
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	port, _ := strconv.Atoi(s.Port())
	config := filepath.Join(p.dir, "ssh_config")
	if err := os.WriteFile(config, fmt.Appendf(nil, "Host web*\n  HostName 127.0.0.1\n  Port %d\n", port), 0o600); err != nil {
		t.Fatal(err)
	}
	other, _ := sshtest.NewKey(t, "")
	with := func(k crypto.PublicKey) string {
		return p.world.Config() + fmt.Sprintf("\n[ssh]\nuser = \"watch\"\nkey = %q\nknown_hosts = %q\nconfig = %q\n\n[[logs]]\nname = \"app\"\nhosts = [\"web1\"]\nfiles = [%q]\n",
			key, sshtest.KnownHosts(t, map[string]crypto.PublicKey{s.Address: k}), config, log+"*")
	}
	p.write(with(s.Key.PublicKey()))
	p.start()
	p.asks("/logs web1 app", "web1 · app — 1 line", "password=<secret>")
	p.write(with(other.PublicKey()))
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	if _, err := client.Reload(p.wait()); err != nil {
		t.Fatal(err)
	}
	p.asks("/logs web1 app", "differs from known_hosts")
	p.write(with(s.Key.PublicKey()))
	if _, err := client.Reload(p.wait()); err != nil {
		t.Fatal(err)
	}
	p.asks("/logs web1 app", "1 line")
	if strings.Contains(p.out.String()+p.chat(sandbox.Admin), "hunter2hunter2") {
		t.Error("a secret of a log came out")
	}
}

// TestLogConfigThatCannotWork is said before anything runs.
func TestLogConfigThatCannotWork(t *testing.T) {
	p := newWorld(t)
	p.write(p.world.FleetConfig() + "\n[ssh]\nuser = \"x\"\nkey = \"nowhere\"\nknown_hosts = \"nowhere2\"\n[[logs]]\nname = \"a\"\nhosts = [\"role=nothing\", \"all\", \"web1\"]\nunit = \"nginx\"\n")
	_, err := setup.Load(p.config, nil)
	said := inEnglish(t, err)
	for _, want := range []string{`key "` + p.dir + `/nowhere" cannot be read: no such file`, `known_hosts "` + p.dir + `/nowhere2" cannot be read: no such file`, `hosts "role=nothing": no host has these labels`} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %s\n%s", want, said)
		}
	}
	if problems, ok := err.(model.Problems); !ok || len(problems) != 3 || problems[0].Place.Line == 0 { //nolint:errorlint // that it is bare is the point
		t.Errorf("%#v", err)
	}
}

// inEnglish is the English of a configuration's problems.
func inEnglish(t *testing.T, err error) string {
	t.Helper()
	catalog, loadErr := texts.Load()
	problems, ok := err.(model.Problems) //nolint:errorlint // that it is bare is the point
	if loadErr != nil || !ok {
		t.Fatalf("%#v, %v", err, loadErr)
	}
	return catalog.For(texts.English).Problems(problems)
}
