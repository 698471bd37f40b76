package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"opsbot/logs"
	"opsbot/model"
)

// The limits of reading a log.
const (
	logSize     = 400 << 20 // bytes
	mostLogTime = 1000      // ms of processor time: with one to itself, the answer takes as long
	mostLogPeak = 64        // MB
	logBytes    = 2 << 20   // as configured by default
	logLines    = 200
)

// logForms are lines of the usual kinds, by the time at which they were written; n counts them.
var logForms = []struct {
	name string
	line func(at time.Time, n int) string
}{
	{"an access log", func(at time.Time, n int) string {
		return fmt.Sprintf(`10.0.%d.%d - - [%s] "GET /orders/%d?page=2 HTTP/1.1" %d 157 "https://shop.example.com/" "Mozilla/5.0 (X11; Linux x86_64)"`, n%256, n%251, at.Format("02/Jan/2006:15:04:05 -0700"), n, 200+n%4*100)
	}},
	{"an error log of nginx", func(at time.Time, n int) string {
		return fmt.Sprintf(`%s [error] 12#12: *%d connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9, server: shop, request: "GET /x HTTP/1.1", upstream: "http://10.0.0.3:8801/x"`, at.Format("2006/01/02 15:04:05"), n)
	}},
	{"syslog", func(at time.Time, n int) string {
		return fmt.Sprintf("%s web1 sshd[%d]: Failed password for root from 10.0.0.9 port %d ssh2", at.Format(time.Stamp), n%30000, n%60000)
	}},
	{"a log of Java", func(at time.Time, n int) string {
		return fmt.Sprintf("%s ERROR [http-nio-8080-exec-%d] com.example.Shop - cannot save order %d: connection refused", at.Format("2006-01-02 15:04:05,000"), n%9, n)
	}},
	{"JSON lines", func(at time.Time, n int) string {
		return fmt.Sprintf(`{"level":"error","ts":"%s","caller":"shop/main.go:12","msg":"cannot save","error":"disk is full","order":%d}`, at.Format(time.RFC3339Nano), n)
	}},
	{"docker's json-file", func(at time.Time, n int) string {
		return fmt.Sprintf(`{"log":"ERROR cannot save order %d: connection refused\n","stream":"stderr","time":"%s"}`, n, at.Format(time.RFC3339Nano))
	}},
	{"logs of Kubernetes", func(at time.Time, n int) string {
		return fmt.Sprintf(`%s stderr F E%s       1 reflector.go:147] failed to list *v1.Pod: try %d`, at.Format(time.RFC3339Nano), at.Format("0102 15:04:05.000000"), n)
	}},
	{"KEY=VALUE", func(at time.Time, n int) string {
		return fmt.Sprintf(`time="%s" level=error msg="cannot write" component=store try=%d`, at.Format(time.RFC3339), n)
	}},
}

// measureLogs asks for the last 15 minutes of a log of a day and 400 MB, of each kind, in a process of its own.
func measureLogs(ctx context.Context, _ *world) (rows []row, err error) {
	dir, err := os.MkdirTemp("", "opsbot-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for i := range logForms {
		path := filepath.Join(dir, "a.log")
		if err := writeLog(path, i, time.Now()); err != nil {
			return nil, err
		}
		var took, waited []float64
		peak := 0.0
		for range runs {
			f, err := child(ctx, "logs", script{N: i, Shape: path, Port: "-", Hang: "-"})
			if err != nil {
				return nil, err
			}
			took, waited, peak = append(took, float64(f.CPU.Milliseconds())), append(waited, float64(f.Wall.Milliseconds())), max(peak, float64(f.Peak)/1024)
		}
		what := "the last 15 minutes of 400 MB of " + logForms[i].name + ": "
		rows = append(rows, row{what: what + "processor time", limit: mostLogTime, measured: median(took), unit: " ms", note: fmt.Sprintf("%.0f ms by the clock", median(waited))}, row{what: what + "memory at the most", limit: mostLogPeak, measured: peak, unit: " MB"})
	}
	return rows, nil
}

// writeLog writes a day of lines that end now.
func writeLog(path string, form int, end time.Time) (err error) {
	f, err := os.Create(path) //nolint:gosec // in a folder of ours
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	lines := logSize / (len(logForms[form].line(end, 1_000_000)) + 1)
	for n := range lines {
		at := end.Add(time.Duration(n-lines) * (24 * time.Hour / time.Duration(lines)))
		if _, err := w.WriteString(logForms[form].line(at.UTC(), n) + "\n"); err != nil {
			return err
		}
	}
	return w.Flush()
}

// playLogs asks once.
func playLogs(ctx context.Context, s script) (figures, error) {
	r := logs.New(logs.Options{
		Sources: []logs.Source{{Name: "log", Hosts: []string{"all"}, Files: []string{s.Shape}, Local: true}}, Lines: logLines, Bytes: logBytes,
		Timeout: time.Minute, AtOnce: 1, Now: time.Now, Means: func(string, *model.Host) bool { return true },
	})
	inv := model.NewInventory(nil, nil, []model.Host{{Name: "web1", Address: "127.0.0.1"}}, nil)
	stop := watch(os.Getpid())
	got := r.Excerpts(ctx, inv, []model.LogQuestion{{Host: "web1", From: time.Now().Add(-15 * time.Minute)}})
	f, err := stop(1)
	if err == nil && (len(got) != 1 || len(got[0].Lines) != logLines || !got[0].Why.IsZero()) {
		err = errors.New("the log of form " + strconv.Itoa(s.N) + " was not read")
	}
	return f, err
}
