//go:build integration

package integration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/sandbox"
)

// TestIntegrationReportOfAClientIsRetried: a client's report by its schedule meets a real mail server that refuses it for now. It is made once, tried
// again across a restart, and accepted once the server takes it: one mail, which is the client's alone.
func TestIntegrationReportOfAClientIsRetried(t *testing.T) {
	port, ca, box := mailServer(t, "s3cret")
	refusing := filepath.Join(filepath.Dir(box), "refusing")
	write(t, filepath.Dir(box), "refusing", "")
	p := newProduct(t)
	scheduled := fmt.Sprintf(`
[[email]]
name = "reports"
smtp = "127.0.0.1:%s"
from = "Hosting reports <reports@example.com>"
user = "opsbot"
password = "s3cret"
ca_file = %q

[[reports]]
name = "monthly"
kind = "client"
via = "email:reports"
schedule = `, port, ca)
	// The minute after the next: the first start must not miss it.
	at := time.Now().UTC().Truncate(time.Minute).Add(2 * time.Minute)
	p.configure("")
	text := strings.Replace(string(read(t, p.config)), `name = "clientA"`, "name = \"clientA\"\nreport_to = [\"it@a.example.com\"]", 1)
	text += scheduled + fmt.Sprintf("\"%d %d * * *\"\n", at.Minute(), at.Hour())
	if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.start()
	p.answered(t, "/status", "3 clients")
	eventuallyIn(t, filepath.Join(filepath.Dir(box), "mainlog"), "come again later")
	if got, err := filepath.Glob(filepath.Join(box, "new", "*")); err != nil || len(got) > 0 {
		t.Fatalf("mails that were refused: %v, %v", got, err)
	}
	p.stop()
	p.start()
	if err := os.Remove(refusing); err != nil {
		t.Fatal(err)
	}
	m := mails(t, box, 1)[0]
	if to := m.Header.Get("To"); !strings.Contains(to, "it@a.example.com") {
		t.Errorf("it is to %q", to)
	}
	pass(t, 5*time.Second) // a second one would come now
	if all := mails(t, box, 1); len(all) != 1 {
		t.Errorf("%d mails were accepted, want 1", len(all))
	}
	if log := string(read(t, filepath.Join(filepath.Dir(box), "mainlog"))); strings.Count(log, "come again later") < 1 {
		t.Errorf("it was never refused:\n%s", log)
	}
	if chat := p.chat(sandbox.OpsChat); strings.Contains(chat, "could not be sent") {
		t.Errorf("what was only late is said to be lost:\n%s", chat)
	}
}

// eventuallyIn waits until a log has a text.
func eventuallyIn(t *testing.T, path, want string) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(mostly); ; {
		text, _ := os.ReadFile(path) // it is made with the first line
		if strings.Contains(string(text), want) {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s never said %q:\n%s", path, want, text)
		}
	}
}
