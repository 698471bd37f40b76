package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"opsbot/config"
)

func TestStarterLoads(t *testing.T) {
	load(t, config.Starter())
}

func TestStarterLoadsWithEveryExample(t *testing.T) {
	text := regexp.MustCompile(`(?m)^#([^\s:])`).ReplaceAllString(config.Starter(), "$1")
	text = strings.ReplaceAll(text, "/run/credentials/opsbot.service/", "")
	ca, _ := keyPair(t)
	cfg, err := config.Load(write(t, map[string]string{"opsbot.toml": text, "token": "1:abc", "smtp": "secret", "icinga": "secret", "icinga-ca.crt": ca}), options())
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Clients) != 2 || len(cfg.Checks) != 1 || len(cfg.Telegram.Chats) != 1 || len(cfg.Inbound) != 1 {
		t.Errorf("some examples did not arrive: %+v", cfg)
	}
}

func TestDeployedExamplesLoad(t *testing.T) {
	files, err := filepath.Glob("../deploy/examples/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, err := os.Stat(file); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(file, options()); err != nil {
			t.Errorf("%s:\n%v", file, err)
		}
	}
}
