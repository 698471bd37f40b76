package app

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"opsbot/model"
)

// TestTheLatestLinesOfTheLog: they are bounded in number and size, and have no secret.
func TestTheLatestLinesOfTheLog(t *testing.T) {
	kept := &lately{}
	log := logrus.New()
	log.SetOutput(io.Discard)
	log.AddHook(redactLog{model.Redactor(func(text string) string { return strings.ReplaceAll(text, "geheim", "…") })})
	log.AddHook(kept)
	log.WithField("component", "states").Info("of every minute")
	log.WithError(errors.New("password geheim")).Error("first")
	if lines := kept.lines(); len(lines) != 1 || !strings.Contains(lines[0], "first") || strings.Contains(lines[0], "geheim") {
		t.Fatalf("%q", lines)
	}
	for i := range 3 * mostLately {
		log.Info(fmt.Sprint("line ", i))
	}
	lines := kept.lines()
	if len(lines) != mostLately || !strings.Contains(lines[mostLately-1], fmt.Sprint("line ", 3*mostLately-1)) {
		t.Errorf("%d lines, the last is %s", len(lines), lines[len(lines)-1])
	}
	for range mostLately {
		log.Info(strings.Repeat("x", 2*longestLine))
	}
	total := 0
	for _, line := range kept.lines() {
		total += len(line)
	}
	if total > latelyBytes || total < latelyBytes/2 || len(kept.kept) > 2*mostLately+1 {
		t.Errorf("%d bytes, %d places", total, len(kept.kept))
	}
}
