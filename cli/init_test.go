package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"opsbot/app/setup"
	"opsbot/deploy/packages"
	"opsbot/model"
	"opsbot/sandbox/botapi"
	"opsbot/texts"
)

func TestInitWritesAStarterThatChecks(t *testing.T) {
	dir := t.TempDir()
	code, out, _ := opsbotRun(t, "init", dir)
	path := filepath.Join(dir, "opsbot.toml")
	if code != ExitOK || !strings.Contains(out, "opsbot config check "+path) {
		t.Fatalf("%d: %s", code, out)
	}
	code, out, errOut := opsbotRun(t, "config", "check", path)
	if code != ExitOK || !strings.Contains(out, "no errors") {
		t.Fatalf("%d: %s%s", code, out, errOut)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errOut = opsbotRun(t, "init", dir)
	kept, err := os.ReadFile(path)
	if code != ExitFailed || !strings.Contains(errOut, "already exists") || err != nil || string(kept) != "mine" {
		t.Errorf("%d: %s, the file holds %q", code, errOut, kept)
	}
	if code, _, _ := opsbotRun(t, "init", "--force", dir); code != ExitOK {
		t.Errorf("--force: %d", code)
	}
	if err := os.WriteFile(path, packages.Config(), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := opsbotRun(t, "init", dir); code != ExitOK {
		t.Errorf("what a package has installed is taken for somebody's configuration: %s", errOut)
	}
}

// fakeService is a service manager that starts nothing.
type fakeService struct {
	there   bool
	fails   error
	started int
}

func (f *fakeService) installed() bool { return f.there }

func (f *fakeService) allowed() bool { return true }

func (f *fakeService) start(context.Context) error {
	f.started++
	return f.fails
}

// initBy answers the questions of init, and returns what it said.
func initBy(t *testing.T, c *initCmd, answers ...string) (string, error) {
	t.Helper()
	var out, errOut bytes.Buffer
	con := &Console{Ctx: t.Context(), Out: &out, Err: &errOut, Language: "en", texts: sharedTexts(t)}
	con.Interactive, con.In = true, strings.NewReader(strings.Join(answers, "\n")+"\n")
	err := c.Run(con)
	return out.String() + errOut.String(), err
}

// catalogOnce reads the texts once for all consoles of a test: they do not change.
var catalogOnce = sync.OnceValues(texts.Load)

func sharedTexts(t *testing.T) *texts.Catalog {
	t.Helper()
	catalog, err := catalogOnce()
	if err != nil {
		t.Fatal(err)
	}
	return catalog.CommandLine()
}

func telegramServer(t *testing.T) *botapi.Server {
	t.Helper()
	s, err := botapi.Start(botapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// TestInitAsks goes through the questions as people answer them, wrongly at first.
func TestInitAsks(t *testing.T) {
	telegram := telegramServer(t)
	dir := t.TempDir()
	service := &fakeService{}
	said, err := initBy(t, &initCmd{Path: dir, APIURL: telegram.URL(), service: service},
		"de", "ru", // the language
		"hello", "100000:of-somebody-else", botapi.DefaultToken, // the token
		"@ops", "-1001234567890", // the chat
		"shop", "https://shop.example.com/health", // what to watch
		"a b", "shop", // the client
		"n") // to start it
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, want := range []string{
		"en or ru.", "Токен выглядит так", "Telegram не принимает этот токен", "@opsbot_sandbox_bot", "Id — это число", "Нужен адрес с http://", "Записано: " + dir,
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing in\n%s", want, said)
		}
	}
	loaded, err := setup.Load(filepath.Join(dir, "opsbot.toml"), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	cfg := loaded.Config
	if cfg.Telegram.Token.Reveal() != botapi.DefaultToken || cfg.Telegram.Chats[0].ID != -1001234567890 || cfg.Telegram.Chats[0].Language != "ru" {
		t.Errorf("Telegram is %+v", cfg.Telegram)
	}
	if len(cfg.Clients) != 1 || cfg.Clients[0].Domains[0] != "shop.example.com" || cfg.Store.Path != filepath.Join(dir, "opsbot.db") {
		t.Errorf("clients %+v, store %+v", cfg.Clients, cfg.Store)
	}
	for name, mode := range map[string]os.FileMode{"token": 0o600, "opsbot.toml": 0o644, "opsbot.schema.json": 0o644} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if service.started > 0 {
		t.Error("a service was started")
	}
}

// TestInitWritesWhatLoads: whatever is answered, the configuration has no mistake, the schema takes it, and it says what was answered.
func TestInitWritesWhatLoads(t *testing.T) {
	telegram := telegramServer(t)
	schema := schemaOfProgram(t)
	for i, watch := range []struct{ address, client, want string }{
		{"", "", ""},
		{"https://shop.example.com", "", `url = "https://shop.example.com"`},
		{"https://shop.example.com:8443/a?b=c", "shop", `url = "https://{domain}:8443/a?b=c"`},
		{"http://192.0.2.7/", "shop", `address = "192.0.2.7"`},
		{"http://[2001:db8::7]:81/x", "shop", `url = "http://{host}:81/x"`},
		{"db1.example.com:5432", "", `address = "db1.example.com:5432"`},
		{"[2001:db8::7]:22", "", `address = "[2001:db8::7]:22"`},
		{"https://пример.рф/страница", "", `пример.рф`},
	} {
		given := []string{""}
		switch i % 3 { // no Telegram, a bot that is paired later, a chat
		case 0:
			given = append(given, "")
		case 1:
			given = append(given, botapi.DefaultToken, "")
		case 2:
			given = append(given, botapi.DefaultToken, "4242")
		}
		given = append(given, watch.address)
		if strings.HasPrefix(watch.address, "http") {
			given = append(given, watch.client)
		}
		dir := t.TempDir()
		said, err := initBy(t, &initCmd{Path: dir, APIURL: telegram.URL(), service: &fakeService{}}, append(given, "n")...)
		if err != nil {
			t.Fatalf("%v: %v\n%s", given, err, said)
		}
		path := filepath.Join(dir, "opsbot.toml")
		text := readFile(t, path)
		if _, err := setup.Load(path, func(string) string { return "" }); err != nil {
			t.Errorf("%v: %v\n%s", given, err, text)
		}
		takes(t, schema, path, text)
		if !strings.Contains(text, watch.want) || strings.Contains(text, botapi.DefaultToken) {
			t.Errorf("%v: %q is missing, or the token is there:\n%s", given, watch.want, text)
		}
	}
}

// TestInitWithoutTelegram: a token that cannot be tried is taken if it looks like one, and why it was not tried is said in words.
func TestInitWithoutTelegram(t *testing.T) {
	dir := t.TempDir()
	said, err := initBy(t, &initCmd{Path: dir, APIURL: "http://127.0.0.1:1", service: &fakeService{}}, "", "123:bad", botapi.DefaultToken, "", "", "n")
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, want := range []string{"A token looks like", "the token was not tried: dial tcp 127.0.0.1:1: connect: connection refused"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing in:\n%s", want, said)
		}
	}
}

// TestInitWithoutAnAnswerWritesNothing: the input ends at each question.
func TestInitWithoutAnAnswerWritesNothing(t *testing.T) {
	for n := range 3 {
		dir := t.TempDir()
		_, err := initBy(t, &initCmd{Path: dir, service: &fakeService{}}, make([]string, n)...)
		left, globErr := filepath.Glob(filepath.Join(dir, "*"))
		if err == nil || globErr != nil || len(left) > 0 {
			t.Errorf("after %d answers: %v, and there is %v", n, err, left)
		}
	}
}

// TestInitEndsByCtrlC: it ends while it waits for an answer, and has written nothing.
func TestInitEndsByCtrlC(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	con := newConsole(t, "en", &out, &out)
	in, terminal := io.Pipe()
	t.Cleanup(func() { _ = terminal.Close() })
	ctx, stop := context.WithCancel(t.Context())
	con.Ctx, con.Interactive, con.In = ctx, true, in
	ended := make(chan error, 1)
	go func() { ended <- (&initCmd{Path: dir, service: &fakeService{}}).Run(con) }()
	if _, err := io.WriteString(terminal, "\n"); err != nil { // read: it waits for the next
		t.Fatal(err)
	}
	stop()
	err := <-ended
	left, globErr := filepath.Glob(filepath.Join(dir, "*"))
	if err == nil || globErr != nil || len(left) > 0 || !strings.Contains(strings.Join(con.explain(err), " "), "nothing was written") {
		t.Errorf("%v, and there is %v", err, left)
	}
}

// TestInitOfAServiceThatFails: the error says where to look.
func TestInitOfAServiceThatFails(t *testing.T) {
	var out bytes.Buffer
	con := newConsole(t, "en", &out, &out)
	c := &initCmd{service: &fakeService{there: true, fails: errors.New("exit status 1")}}
	err := c.startService(con, &answers{})
	if model.CodeOf(err) != model.ErrService || !strings.Contains(strings.Join(con.explain(err), "\n"), "journalctl -u opsbot") {
		t.Errorf("%v", err)
	}
}

// TestInitOfTheService: root's configuration of an installed package is in /etc, its token is what systemd passes on, and nothing else is beside it.
func TestInitOfTheService(t *testing.T) {
	c := &initCmd{service: &fakeService{there: true}}
	l := c.layout()
	if l.config != DefaultConfig || !l.service || l.tokenFile() != credential || l.token() != "/etc/opsbot/token" {
		t.Errorf("%+v", l)
	}
	l.schema = packagedSchema
	files, err := c.filesOf(l, &answers{Language: "en", Token: botapi.DefaultToken})
	if err != nil || len(files) != 2 || !strings.Contains(files[0].text, credential) || strings.Contains(files[0].text, "[store]") {
		t.Errorf("%v: %+v", err, files)
	}
	if !strings.HasPrefix(files[0].text, "#:schema "+packagedSchema+"\n") {
		t.Errorf("the schema is not the package's:\n%s", files[0].text)
	}
	l.schema = schemaName // an installation by hand has none
	files, err = c.filesOf(l, &answers{Language: "en"})
	if err != nil || len(files) != 2 || files[1].path != "/etc/opsbot/"+schemaName || strings.Contains(files[0].text, "[telegram]") {
		t.Errorf("%v: %+v", err, files)
	}
}
