package bot_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"opsbot/inventory"
	"opsbot/logs"
	"opsbot/model"
)

// shelf is the logs of the fleet: files of a folder, read by the real room. It has none until one is written.
type shelf struct {
	dir    string
	now    func() time.Time
	reader *logs.Reader
}

// Sources implements ops.Logs.
func (s *shelf) Sources(h model.Host) []string {
	if s.reader == nil {
		return nil
	}
	return s.reader.Sources(h)
}

// Excerpts implements ops.Logs.
func (s *shelf) Excerpts(ctx context.Context, inv *model.Inventory, questions []model.LogQuestion) []model.LogExcerpt {
	all := s.reader.Excerpts(ctx, inv, questions)
	for i := range all { // a folder of the test is no text of a transcript
		if path := all[i].Why.Args["path"]; path != "" {
			all[i].Why = model.NewReason(all[i].Why.Code, "path", filepath.Base(path))
		}
	}
	return all
}

// write appends a line so many times to a log of a host; {at} is the time of nginx's access log.
func (s *shelf) write(w *world, host, log string, times int, line string) {
	w.Helper()
	if s.reader == nil {
		s.reader = logs.New(logs.Options{
			Sources: []logs.Source{
				{Name: "access", Hosts: []string{"all"}, Files: []string{s.dir + "/{host}-access.log*"}, Local: true},
				{Name: "error", Hosts: []string{"web1", "web2"}, Files: []string{s.dir + "/{host}-error.log*"}, Local: true},
			},
			Means: inventory.Means, Lines: 100, Bytes: 1 << 20, Timeout: 10 * time.Second, AtOnce: 4, Now: s.now,
		})
	}
	path := filepath.Join(s.dir, host+"-"+log+".log")
	before, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		w.Fatal(err)
	}
	text := string(before)
	for i := range times {
		one := strings.ReplaceAll(line, "{at}", s.now().Format("02/Jan/2006:15:04:05 -0700"))
		one = strings.ReplaceAll(one, "{error}", s.now().Format("2006/01/02 15:04:05"))
		text += strings.ReplaceAll(one, "{n}", strconv.Itoa(i)) + "\n"
	}
	w.ok(os.WriteFile(path, []byte(text), 0o600))
	w.ok(os.Chtimes(path, s.now(), s.now()))
}

// note puts what the logs of an incident's hosts say on its card, as the collector does.
func (s *shelf) note(w *world, id model.IncidentID) {
	w.Helper()
	in, open := w.manager.Incident(id)
	if !open {
		w.Fatalf("#%d is not open", id)
	}
	var questions []model.LogQuestion
	for _, host := range in.Hosts() {
		questions = append(questions, model.LogQuestion{Host: host})
	}
	w.ok(w.manager.NoteLogs(w.ctx, id, logs.Worst(s.Excerpts(w.ctx, w.inv, questions), 3)))
}
