package app

import (
	"bytes"
	"strings"
	"sync"

	"github.com/sirupsen/logrus"
)

// lately keeps the latest lines of the log for a support bundle, whoever the log goes to. It is safe for concurrent use.
type lately struct {
	mu    sync.Mutex
	kept  []string // of the first ones nothing is left
	next  int      // the first one that is
	bytes int      // of the lines that are
}

// The bounds of what is kept of the log.
const (
	mostLately  = 1000
	longestLine = 2000      // bytes
	latelyBytes = 256 << 10 // of all lines
)

// plainLine writes a line as a terminal that is none gets it.
var plainLine = &logrus.TextFormatter{DisableColors: true, FullTimestamp: true, TimestampFormat: "2006-01-02T15:04:05.000Z07:00"}

// Levels implements logrus.Hook.
func (l *lately) Levels() []logrus.Level { return logrus.AllLevels }

// Fire implements logrus.Hook. It comes behind the hooks that remove secrets. The states of every minute are left out: they would push the rest
// out.
func (l *lately) Fire(e *logrus.Entry) error {
	if e.Data["component"] == "states" {
		return nil
	}
	copied := *e
	copied.Buffer = &bytes.Buffer{}
	text, err := plainLine.Format(&copied)
	if err != nil {
		return err
	}
	line := strings.TrimSuffix(string(text), "\n")
	l.add(line[:min(len(line), longestLine)])
	return nil
}

func (l *lately) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, line)
	l.bytes += len(line)
	for len(l.kept)-l.next > mostLately || l.bytes > latelyBytes {
		l.bytes -= len(l.kept[l.next])
		l.kept[l.next] = ""
		l.next++
	}
	if l.next > mostLately { // what was dropped makes room
		l.kept = append([]string(nil), l.kept[l.next:]...)
		l.next = 0
	}
}

// lines are the latest ones, the oldest first.
func (l *lately) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.kept[l.next:]...)
}
