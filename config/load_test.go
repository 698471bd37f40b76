package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/config"
	"opsbot/model"
	"opsbot/schedule"
	"opsbot/test/golden"
	"opsbot/texts"
)

// kinds is a registry as package checks has one.
type kinds struct{}

type tcpOptions struct {
	Address string            `toml:"address"`
	Status  []model.CodeRange `toml:"status"`
}

func (o *tcpOptions) Validate() []model.Sentence {
	if o.Address == "" {
		return []model.Sentence{model.Say("config.missing.like", "key", "address", "example", "10.0.0.9:5432")}
	}
	if !strings.Contains(o.Address, ":") {
		return []model.Sentence{model.Say("config.address", "key", "address", "got", o.Address)}
	}
	return nil
}

func (kinds) New(kind string) (any, bool) {
	if kind != "tcp" {
		return nil, false
	}
	return &tcpOptions{}, true
}

// webOptions are what endpoints may take beside their settings.
type webOptions struct {
	URL       string                  `toml:"url" endpoint:"no"`
	Matches   string                  `toml:"matches"`
	Slower    model.Duration          `toml:"slower_than" range:"0..1h"`
	Headers   map[string]model.Secret `toml:"headers"`
	Addresses []string                `toml:"addresses" endpoint:"no"`
}

func (kinds) Endpoint() any { return &webOptions{} }

func (kinds) Names() []string { return []string{"tcp", "web"} }

func options() config.Options {
	return config.Options{
		Kinds:         kinds{},
		CheckSchedule: schedule.Validate,
		Getenv:        func(string) string { return "" },
	}
}

// write makes a directory of files and returns the path of opsbot.toml in it.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "opsbot.toml")
}

func load(t testing.TB, text string) *config.Config {
	t.Helper()
	cfg, err := config.Load(write(t, map[string]string{"opsbot.toml": text}), options())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestEndpointOptions: tables of endpoint settings take whatever kind web takes beside them, each with its place.
func TestEndpointOptions(t *testing.T) {
	cfg := load(t, `[webtest]
slower_than = "2s"
[[services]]
name = "reports"
port = 8801
matches = "all good"
headers = { X-Key = "s3cret" }
[[clients]]
name = "a"
hosts = ["web1"]
services = ["reports"]
[clients.service.reports]
slower_than = "5s"
[[hosts]]
name = "web1"
address = "10.0.0.1"
matches = "web1"
`)
	service, own := cfg.Services[0].More, cfg.Clients[0].Service["reports"].More
	for name, row := range map[string]struct {
		got  *model.EndpointOption
		want any
		line int
	}{
		"of all":          {cfg.Webtest.More["slower_than"], model.Duration(2 * time.Second), 2},
		"of a service":    {service["matches"], "all good", 6},
		"of its use":      {own["slower_than"], model.Duration(5 * time.Second), 13},
		"of a host":       {cfg.Hosts[0].More["matches"], "web1", 17},
		"none of a group": {nil, nil, 0},
	} {
		if row.got == nil {
			if row.want != nil {
				t.Errorf("%s: nothing was kept", name)
			}
		} else if row.got.Value != row.want || row.got.At.Line != row.line {
			t.Errorf("%s: %+v, want %v in line %d", name, row.got, row.want, row.line)
		}
	}
	if headers, ok := service["headers"].Value.(map[string]model.Secret); !ok || headers["X-Key"].Reveal() != "s3cret" {
		t.Errorf("headers are %v", service["headers"].Value)
	}
	if len(service) != 2 {
		t.Errorf("a service has options %v", service)
	}
}

func TestEmptyFileGivesDefaults(t *testing.T) {
	cfg := load(t, "")
	if cfg.Webtest.Tier != "normal" || *cfg.Webtest.ErrThreshold != 10 || *cfg.Webtest.Failures != (model.Limit{N: 2}) {
		t.Errorf("webtest = %+v", cfg.Webtest)
	}
	if cfg.Telegram.Limits.GroupPerMinute != 18 || cfg.Telegram.APIURLs[0].String() != "https://api.telegram.org" {
		t.Errorf("telegram = %+v", cfg.Telegram)
	}
	if cfg.Instance.Name == "" || cfg.Store.Path != "/var/lib/opsbot/opsbot.db" || cfg.Control.Socket == "" {
		t.Errorf("instance, store, control = %+v %+v %+v", cfg.Instance, cfg.Store, cfg.Control)
	}
}

func TestEveryValueArrives(t *testing.T) {
	cfg := load(t, `
[alerts]
timezone = "Europe/Moscow"
hours = "Mon-Fri 08:00-20:00"
[telegram]
token = "1:abc"
[[telegram.chats]]
name = "ops"
id = -100
topic = 12
language = "ru"
clients = ["clientA"]
[[telegram.users]]
id = 42
role = "admin"
[[routes]]
min_severity = "critical"
to = ["chat:ops", "console"]
[[services]]
name = "reports"
port = 8801
min_up = 1
status = [200, "300-302"]
[[services]]
name = "store"
url = "https://{domain}/"
min_up = "50%"
failures = "2 of 3"
[[clients]]
name = "clientA"
labels = { region = "eu" }
[clients.service.store]
port = 9804
[[checks]]
name = "main-db"
kind = "tcp"
address = "10.0.0.9:5432"
failures = 3
timeout = "5s"
reset = "manual"
severity = "warning"
status = [200]
hours = "08:00-09:00"
`)
	chats := cfg.Telegram.KnownChats()
	want := []model.Chat{{
		Name: "ops", ID: -100, Topic: 12, Language: "ru", Role: model.RoleViewer, Scope: model.ScopeOf([]string{"clientA"}),
	}}
	if diff := cmp.Diff(want, chats); diff != "" {
		t.Errorf("chats (-want +got):\n%s", diff)
	}
	if users := cfg.Telegram.KnownUsers(); len(users) != 1 || users[0].Role != model.RoleAdmin || users[0].ID != 42 {
		t.Errorf("users = %+v", users)
	}
	to, ok := cfg.Telegram.Destination(cfg.Routes[0].To[0])
	if !ok || to.String() != "telegram:-100:12" || !cfg.Routes[0].To[1].Console {
		t.Errorf("destination = %v %v", to, ok)
	}
	store := cfg.Services[1]
	if *store.MinUp != (model.MinUp{Percent: 50}) || *store.Failures != (model.Limit{N: 2, M: 3}) {
		t.Errorf("store = %+v", store)
	}
	if diff := cmp.Diff([]model.CodeRange{{From: 200, To: 200}, {From: 300, To: 302}}, cfg.Services[0].Status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if client := cfg.Clients[0]; *client.Service["store"].Port != 9804 || client.Labels["region"] != "eu" {
		t.Errorf("client = %+v", client)
	}
	check := cfg.Checks[0].Check(nil)
	if check.ID != "main-db" || !check.Latched || check.Failures.N != 3 || check.Timeout != 5*time.Second ||
		check.Severity != model.SeverityWarning || cfg.Checks[0].Options.(*tcpOptions).Address != "10.0.0.9:5432" {
		t.Errorf("check = %+v", check)
	}
	if !check.Hours.Open(time.Date(2026, 1, 5, 5, 30, 0, 0, time.UTC)) {
		t.Error("the hours of a check are not on the clock of alerts.timezone")
	}
	if cfg.Schedule.Zone.String() != "Europe/Moscow" {
		t.Errorf("schedule.zone = %v, want alerts.timezone", cfg.Schedule.Zone)
	}
	if refs := cfg.ClientRefs(); len(refs) != 1 || refs[0].Client != "clientA" || refs[0].At.Line != 7 {
		t.Errorf("client refs = %+v", refs)
	}
}

func TestConfDAppendsAndRefusesRepeats(t *testing.T) {
	path := write(t, map[string]string{
		"opsbot.toml":        "[web]\nlisten = '127.0.0.1:1'\n[[services]]\nname = 'a'\nport = 1\n",
		"conf.d/10-b.toml":   "[[services]]\nname = 'b'\nport = 2\n",
		"conf.d/20-c.toml":   "[[services]]\nname = 'c'\nport = 3\n[telegram]\nproxies = ['socks5://h:1']\n",
		"conf.d/ignored.txt": "not toml",
	})
	cfg, err := config.Load(path, options())
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Services) != 3 || cfg.Services[2].Name != "c" || len(cfg.Files) != 3 || cfg.Services[2].At.Line != 1 {
		t.Errorf("services = %+v, files = %v", cfg.Services, cfg.Files)
	}

	dir := filepath.Dir(path)
	if err := os.WriteFile(filepath.Join(dir, "conf.d", "30.toml"), []byte("\n[web]\nlisten = ':2'\n[[services]]\nname = 'A'\nport = 9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = config.Load(path, options())
	want := "conf.d/30.toml:3: web: listen is already set at opsbot.toml:2"
	if got := strings.ReplaceAll(inWords(t, "en", err), dir+"/", ""); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// inWords is what a person reads of the problems of a configuration.
func inWords(t testing.TB, lang string, err error) string {
	t.Helper()
	catalog, loadErr := texts.Load()
	problems, ok := errors.AsType[model.Problems](err)
	if loadErr != nil || !ok {
		t.Fatalf("not problems: %v (%v)", err, loadErr)
	}
	return catalog.For(lang).Problems(problems)
}

// TestBadFiles compares the problems of every testdata/*.bad.toml with its goldens, in both languages.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.toml")
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d bad files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".bad.toml"), func(t *testing.T) {
			_, err := config.Load(file, options())
			if err == nil {
				t.Fatal("it loads")
			}
			base := strings.TrimSuffix(file, ".toml")
			compareGolden(t, base+".golden", inWords(t, "en", err))
			compareGolden(t, base+".ru.golden", inWords(t, "ru", err))
		})
	}
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "testdata/", "") + "\n"
	for _, never := range []string{"s3cret", "<no value>"} {
		if strings.Contains(got, never) {
			t.Errorf("%q is shown:\n%s", never, got)
		}
	}
	golden.Compare(t, path, got)
}

func TestTenMistakesAreTenProblems(t *testing.T) {
	_, err := config.Load("testdata/ten.bad.toml", options())
	problems, ok := errors.AsType[model.Problems](err)
	if !ok || len(problems) != 10 {
		t.Fatalf("%d problems, want 10:\n%v", len(problems), err)
	}
	for _, p := range problems {
		if p.Place.File == "" || p.Place.Line == 0 {
			t.Errorf("no place: %v", p)
		}
	}
}

func TestTokenSources(t *testing.T) {
	path := write(t, map[string]string{"opsbot.toml": "[telegram]\ntoken_file = 'token'\n", "token": " 5:file \n"})
	cfg, err := config.Load(path, options())
	if err != nil || cfg.Telegram.Token.Reveal() != "5:file" {
		t.Fatalf("token_file gave %v, %v", cfg, err)
	}
	opts := options()
	opts.Getenv = func(string) string { return "6:env" }
	if cfg, err = config.Load(path, opts); err != nil || cfg.Telegram.Token.Reveal() != "6:env" {
		t.Errorf("the environment did not win: %v", err)
	}
	opts.Getenv = func(string) string { return "no token" }
	if _, err = config.Load(path, opts); err == nil || strings.Contains(err.Error(), "no token") {
		t.Errorf("a bad token of the environment: %v", err)
	}
}

func TestMissingFile(t *testing.T) {
	_, err := config.Load(filepath.Join(t.TempDir(), "none.toml"), options())
	if got := inWords(t, "en", err); !strings.HasSuffix(got, "none.toml: no such file; \"opsbot init\" writes one") {
		t.Errorf("got %s", got)
	}
}

func TestPathologicalFilesAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"deep":  "a = " + strings.Repeat("[", 200_000),
		"large": strings.Repeat("# filler\n", 1<<20),
	} {
		if _, err := config.Load(write(t, map[string]string{"opsbot.toml": text}), options()); err == nil {
			t.Errorf("%s: loads", name)
		}
	}
}

func FuzzLoad(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*.toml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range seeds {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(config.Starter())
	f.Fuzz(func(t *testing.T, text string) {
		cfg, err := config.Load(write(t, map[string]string{"opsbot.toml": text}), options())
		if (cfg == nil) == (err == nil) {
			t.Fatalf("config %v with error %v", cfg, err)
		}
		if _, ok := errors.AsType[model.Problems](err); err != nil && !ok {
			t.Fatalf("not problems: %v", err)
		}
	})
}

func TestConsoleIsOpenInForTelegram(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "[telegram]\ntoken = '1:a'": false, "[alerts]\nconsole = false": false, "[telegram]\ntoken = '1:a'\n[alerts]\nconsole = true": true,
	} {
		if got := load(t, text).Alerts.Console; got != want {
			t.Errorf("%q: console = %v, want %v", text, got, want)
		}
	}
}
