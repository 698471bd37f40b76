package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"opsbot/cli/control"
	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
)

// TestTemplates words what is told by the check's template, the route's, and that of all alerts, in this order; a reload
// changes what is said of open incidents too; the address comes from the page that is configured for it.
func TestTemplates(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = fmt.Fprintln(w, " 203.0.113.17 ")
	}))
	t.Cleanup(page.Close)
	p := newWorld(t)
	config := strings.Replace(p.world.Config(), "[instance]\n", "[instance]\nexternal_ip_url = \""+page.URL+"/?key=s3cret\"\n", 1) +
		"\n[alerts]\ntemplate = \"\"\"\nof all: {{.Name}} <{{.Instance}}|{{.ExternalIP}}>\"\"\"\n" +
		"\n[[routes]]\nservices = [\"reports\"]\nto = [\"chat:ops\"]\ntemplate = \"of the route: {{.Name}} {{.State}}\"\n" +
		"\n[[routes]]\nto = [\"chat:ops\", \"chat:ops-ru\"]\n"
	config = strings.Replace(config, `comment = "renew it with the vendor"`, `template = "of the check: {{.Name}} {{.Severity}}"`, 1)
	p.write(config)
	p.start()
	p.settled()

	p.set(fleet.MainDB, fleet.Killed)
	p.set(fleet.Licence, fleet.Broken)
	p.set("web5", fleet.Sick)
	db := p.message(sandbox.OpsChat, 0, "🔴 of all: main-db <sandbox|203.0.113.17>")
	p.message(sandbox.OpsChat, 0, "🔴 of the check: licence critical")
	p.message(sandbox.OpsChatRu, 0, "🔴 of the check: licence критично")
	p.message(sandbox.OpsChat, 0, "of the route: web5 down")

	p.write(strings.Replace(config, "of all: {{.Name}}", "in other words: {{.Name}} {{.What}}", 1))
	if _, err := control.New(filepath.Join(p.dir, "opsbot.sock"), "en").Reload(p.wait()); err != nil {
		t.Fatal(err)
	}
	p.set(fleet.MainDB, fleet.OK)
	p.message(sandbox.OpsChat, db.ID, "🟢 in other words: main-db works again, after")
	if edited := p.message(sandbox.OpsChat, db.ID-1, "🟢 in other words: main-db"); edited.ID != db.ID {
		t.Errorf("the card was not edited:\n%s", p.chat(sandbox.OpsChat))
	}
	if strings.Contains(p.out.String(), "s3cret") || asked.Load() == 0 {
		t.Errorf("asked %d times; log:\n%s", asked.Load(), p.out)
	}
}

// TestExternalAddressThatNobodySends: a page that says something else is named in the log without its URL.
func TestExternalAddressThatNobodySends(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(w http.ResponseWriter){
		"not an IP address": func(w http.ResponseWriter) { _, _ = fmt.Fprint(w, "<html>log in</html>") },
		"HTTP 403":          func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) },
	} {
		page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
		t.Cleanup(page.Close)
		p := newWorld(t)
		p.write(strings.Replace(p.world.Config(), "[instance]\n", "[instance]\nexternal_ip_url = \""+page.URL+"/?key=s3cret\"\n", 1))
		p.start()
		p.output("ask external_ip_url for our address", name)
		if strings.Contains(p.out.String(), "s3cret") {
			t.Errorf("the URL is in the log:\n%s", p.out)
		}
		p.stop()
	}
}
