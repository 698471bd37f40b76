package app

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/web"
)

// TestAFloodOfStrangersIsOneLineAMinute, of whatever kinds it is; nothing of it is left out, and none of it makes a line or a field of its
// own.
func TestAFloodOfStrangersIsOneLineAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := logrus.New()
		log.SetOutput(&out)
		log.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true})
		r := newRefusals(log, time.Now)
		go func() { _ = r.run(t.Context()) }()
		evil := "x\nlevel=error msg=\"all is lost\" user=1"
		for i := range 3 * 60 * 10 { // three minutes, ten of each a second
			for _, kind := range []string{"hook", "token", "tls", "heartbeat"} {
				r.add(web.Refusal{Kind: kind, From: "192.0.2.1", What: evil})
			}
			r.chat("chat", telegram.Incoming{User: telegram.User{ID: model.UserID(i), Name: evil}, Chat: telegram.Chat{ID: 7}})
			<-time.After(100 * time.Millisecond)
		}
		<-time.After(2 * time.Minute)
		synctest.Wait()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) > 5 {
			t.Errorf("%d lines for three minutes:\n%s", len(lines), out.String())
		}
		said := 0
		for _, line := range lines {
			if !strings.HasPrefix(line, "level=warning msg=\"calls and messages were refused\"") || strings.Contains(line, "user=1") || strings.Contains(line, "level=error") {
				t.Errorf("a line reads %q", line)
			}
			for field := range strings.FieldsSeq(line) {
				var n int
				if _, err := fmt.Sscanf(field, "hook=%d", &n); err == nil {
					said += n
				}
			}
		}
		if counts := r.counts(); said != 1800 || counts["hook"] != 1800 || counts["chat"] != 1800 {
			t.Errorf("the lines say %d of hooks, the metrics %v; 1800 of each were refused", said, counts)
		}
	})
}

// TestWhatPeopleDoIsInTheLog, with the number, the role and the chat beside the name; strangers are counted elsewhere.
func TestWhatPeopleDoIsInTheLog(t *testing.T) {
	var out bytes.Buffer
	log := logrus.New()
	log.SetOutput(&out)
	log.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true})
	write := auditLines(log)
	write(model.AuditEntry{Action: "refused", Result: "forbidden", Actor: model.Actor{User: 9, Name: "Nobody"}})
	write(model.AuditEntry{Action: "pair", Result: "pairing_wrong", Actor: model.Actor{User: 9, Name: "Nobody"}})
	if out.Len() > 0 {
		t.Errorf("strangers have a line: %s", &out)
	}
	write(model.AuditEntry{
		Action: "mute", Target: "acme", After: "1h", Result: "ok",
		Actor: model.Actor{User: 42, Name: "Olga", Chat: -5, Via: "chat", Role: model.RoleOperator, Scope: model.ScopeOf([]string{"acme"})},
	})
	for _, field := range []string{"user=42", "name=Olga", "chat=-5", "role=operator", "clients=\"[acme]\"", "action=mute", "target=acme", "after=1h", "result=ok"} {
		if !strings.Contains(out.String(), field) {
			t.Errorf("no %s in %s", field, &out)
		}
	}
	out.Reset()
	write(model.AuditEntry{Action: "pair", Result: "ok", Actor: model.Actor{User: 9}})
	write(model.AuditEntry{Action: "mute", Result: "forbidden", Actor: model.Actor{User: 3, Role: model.RoleViewer}})
	if n := strings.Count(out.String(), "\n"); n != 2 {
		t.Errorf("%d lines of who was let in and of who may not mute:\n%s", n, &out)
	}
}
