package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"opsbot/app/setup"
	"opsbot/cli/control"
	"opsbot/sandbox"
	"opsbot/test/ports"
)

const jobToken = "a-token-of-a-job-0123456789"

// callIn is what a job does.
func (p *product) callIn(address, rest string, want int) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.wait(), http.MethodPost, "http://"+address+"/beat/"+rest, strings.NewReader("the disk is full\n"))
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != want {
		p.t.Fatalf("%s: %s", strings.ReplaceAll(rest, jobToken, "TOKEN"), resp.Status)
	}
}

// TestHeartbeat is a job that fails, through a restart of opsbot, and ends well.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	p, address := newWorld(t), ports.Address(t)
	p.write(p.world.Config() + fmt.Sprintf(`
[web]
listen = %q
[[checks]]
name     = "backup"
kind     = "heartbeat"
token    = %q
every    = "1d"
schedule = "@every 1h"
`, address, jobToken))
	p.start()
	p.callIn(address, "backup/wrong?exit=1", http.StatusNotFound)
	p.callIn(address, "main-db/"+jobToken, http.StatusNotFound)
	p.callIn(address, "backup/"+jobToken+"?exit=3", http.StatusOK)
	card := p.message(sandbox.OpsChat, 0, "backup", "is down", "exit code 3", "the disk is full")

	p.stop()
	p.start()
	client := control.New(p.dir+"/opsbot.sock", "en")
	p.open(client, 1)
	p.callIn(address, "backup/"+jobToken, http.StatusOK)
	p.message(sandbox.OpsChat, card.ID, "backup", "works again")
	p.notified("backup", 2)
	if strings.Contains(p.out.String(), jobToken) {
		t.Error("the token is in the log")
	}
}

func TestHeartbeatWantsAListener(t *testing.T) {
	p := newWorld(t)
	config := p.world.Config()
	if strings.Contains(config, "[web]") {
		t.Fatal("the sandbox listens: this test has no point")
	}
	p.write(config + "\n[[checks]]\nname = \"backup\"\nkind = \"heartbeat\"\ntoken = \"" + jobToken + "\"\nevery = \"1d\"\n" +
		"[[checks]]\nname = \"web\"\nkind = \"tcp\"\nport = 80\nhosts = [\"dc=nowhere\", \"web1\"]\n")
	_, err := setup.Load(p.config, func(string) string { return "" })
	if said := inEnglish(t, err); !strings.Contains(said, `kind "heartbeat" needs the web listener`) {
		t.Errorf("got %s", said)
	}
	p.write(config + "\n[[checks]]\nname = \"web\"\nkind = \"tcp\"\nport = 80\nhosts = [\"dc=nowhere\", \"web1\"]\n")
	_, err = setup.Load(p.config, func(string) string { return "" })
	if said := inEnglish(t, err); strings.Count(said, "\n") > 0 || !strings.Contains(said, `hosts "dc=nowhere": no host has these labels`) {
		t.Errorf("got %s", said)
	}
}

// TestHostsOfTheInventory is a check of whatever the inventory has under a label, whose failing members it calls by their names.
func TestHostsOfTheInventory(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	labels := "labels = { dc = \"fra1\", rack ="
	if !strings.Contains(p.world.Config(), labels) {
		t.Fatal("no host in the sandbox is in fra1: this test has no point")
	}
	p.write(p.world.Config() + "\n[[checks]]\nname = \"ports\"\nkind = \"tcp\"\nport = 1\nhosts = [\"dc=fra1\"]\nschedule = \"@every 1s\"\n")
	p.start()
	p.message(sandbox.OpsChat, 0, "ports", "is down", "web1, web2", "connection refused")
}
