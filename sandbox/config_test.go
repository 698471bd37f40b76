package sandbox_test

import (
	"os"
	"path/filepath"
	"testing"

	"opsbot/checks"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/sandbox"
	"opsbot/schedule"
)

func TestConfigLoadsAndCompiles(t *testing.T) {
	s := start(t)
	for name, text := range map[string]string{"all": s.Config(), "fleet alone": s.FleetConfig()} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "opsbot.toml")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load(path, config.Options{
				Kinds: checks.AllKinds(checks.House{}), CheckSchedule: schedule.Validate, Getenv: func(string) string { return "" },
			})
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			plan, err := inventory.Compile(inventory.Declared{
				Defaults: cfg.Webtest, Services: cfg.Services, Groups: cfg.Groups, Clients: cfg.Clients, Hosts: cfg.Hosts,
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

func start(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.Start(t.Context(), sandbox.Options{PageAddr: "127.0.0.1:0", Dir: t.TempDir(), FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
