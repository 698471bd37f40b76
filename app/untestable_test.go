package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"opsbot/sandbox"
)

// TestAnOddCriticalAlertIsNotified: an alert with the source's own word for critical, a time that is none and labels of other types is a
// critical notification with all that it says, and an end without a time ends it. A source that is silent about such things is.
func TestAnOddCriticalAlertIsNotified(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	config, listen := inboundConfig(t, "")
	for _, source := range []string{"name = \"words\"", "name = \"quiet\"\nuntestable = \"silent\""} {
		config += fmt.Sprintf("\n[[inbound]]\n%s\nkind = \"alertmanager\"\nsecret = %q\nseverities = { gold = \"critical\" }\n", source, hookSecret)
	}
	p.write(p.world.Config() + config)
	p.start()
	p.settled()
	post := func(source, host, status string) {
		body := map[string]any{"version": "1", "alerts": []any{map[string]any{
			"status": status, "startsAt": "n/a", "fingerprint": "disk-of-" + host, "generatorURL": "https://grafana.example.com/view",
			"labels":      map[string]any{"alertname": "DiskFull", "instance": host, "severity": "GOLD", "partition": 3, "tags": []string{"a", "b"}},
			"annotations": map[string]string{"summary": "/ is 99% full", "runbook_url": "https://wiki.example.com/disk"},
		}, 5}}
		if code := p.post("http://"+listen+"/in/"+source, hookSecret, body); code != http.StatusOK {
			t.Fatalf("the hook answers %d", code)
		}
	}
	post("quiet", "web9", "firing")
	post("words", "web1", "firing")
	p.message(sandbox.OpsChat, 0, "🔴", "/ is 99% full", "web1", "partition=3", "tags=a,b", "https://wiki.example.com/disk", "https://grafana.example.com/view")
	p.message(sandbox.OpsChatRu, 0, "Моими проверками это не проверить")
	p.answered("/status sources", "startsAt")
	post("words", "web1", "resolved")
	var view struct{ Events []struct{ Host string } }
	if p.api(listen, "/api/v1/impact", &view); len(view.Events) != 1 || view.Events[0].Host != "web9" {
		t.Errorf("open are %+v", view)
	}
	if chat := p.chat(sandbox.OpsChat); strings.Contains(chat, "quiet") {
		t.Errorf("the chat has\n%s", chat)
	}
	if log := p.out.String(); strings.Count(log, "startsAt cannot be read") != 2 { // once for each source
		t.Errorf("the log has\n%s", log)
	}
}
