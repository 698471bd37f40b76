package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/checks"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/sandbox"
	"opsbot/schedule"
)

func TestConfigLoadsAndCompiles(t *testing.T) {
	s := start(t)
	for name, text := range map[string]string{"all": s.Config(), "fleet alone": s.FleetConfig()} {
		t.Run(name, func(t *testing.T) {
			cfg := load(t, text)
			plan, err := inventory.Compile(inventory.Declared{
				Defaults: cfg.Webtest.ServiceSettings, Services: cfg.Services, Groups: cfg.Groups, Clients: cfg.Clients, Hosts: cfg.Hosts,
			})
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			built := inventory.Source{Plan: plan, NewCheck: checks.ForEndpoint}.Build(nil)
			if got := len(built.Checks()); got != 28 {
				t.Errorf("%d endpoints, want 4x4 of clientA and 3x2 of clientB and clientC each", got)
			}
		})
	}
}

// The hosting company's files include the monitors, with a real token too; the worlds of examples have none.
func TestFilesHaveTheMonitors(t *testing.T) {
	s := start(t)
	for _, local := range []bool{true, false} {
		files, err := s.Files(local)
		if err != nil {
			t.Fatal(err)
		}
		cfg := load(t, files["opsbot.toml"])
		if len(cfg.Inbound) != 2 || cfg.Inbound[0].Kind != model.SourceIcinga || cfg.Inbound[1].Kind != model.SourceAlertmanager || len(cfg.Telegram.Chats) > 0 != local {
			t.Errorf("local %v: %d sources, %d chats", local, len(cfg.Inbound), len(cfg.Telegram.Chats))
		}
		for _, in := range cfg.Inbound {
			if !in.Downtime || in.Password.IsZero() || in.Acknowledge != (in.Kind == model.SourceIcinga) {
				t.Errorf("%s: %+v", in.Name, in)
			}
		}
	}
	e, err := worldOf(t, sandbox.Example{Name: "web-fleet", Files: os.DirFS("../deploy/examples/web-fleet")})
	if err != nil {
		t.Fatal(err)
	}
	if files, err := e.Files(true); err != nil || e.Monitors != nil || strings.Contains(files["opsbot.toml"], "\n[[inbound]]") {
		t.Errorf("an example is watched: %v\n%s", err, files["opsbot.toml"])
	}
}

func load(t *testing.T, text string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "opsbot.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path, config.Options{
		Kinds: checks.AllKinds(checks.Deps{}), CheckSchedule: schedule.Validate, Getenv: func(string) string { return "" },
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return cfg
}

func start(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.Start(t.Context(), sandbox.Options{PageAddr: "127.0.0.1:0", Dir: t.TempDir(), FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
