package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/web"
)

func TestChartWritesAFile(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "opsbot.sock")
	l, err := web.ListenControl(t.Context(), socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req web.ControlRequest
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil || r.URL.Path != "/v1/chart" || strings.Join(req.Words, " ") != "clientA reports 7d" { // the bot reads the time, in its zone
			t.Errorf("it asks %s %+v %v", r.URL.Path, req, err)
		}
		data, _ := json.Marshal(web.ChartView{StepMS: 5000, PNG: []byte("a picture")})
		_ = json.NewEncoder(w).Encode(web.Answer{Text: "in words", Data: data})
	})}
	go func() { _ = srv.Serve(l) }()
	defer func() { _ = srv.Close() }()
	file := filepath.Join(t.TempDir(), "chart.png")
	code, out, errOut := opsbotRun(t, "chart", "clientA", "reports", "7d", "--out", file, "--socket="+socket)
	if code != ExitOK || out != "in words\n" {
		t.Fatalf("%d %q %q", code, out, errOut)
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "a picture" {
		t.Errorf("the file has %q, %v", data, err)
	}
	code, out, _ = opsbotRun(t, "chart", "--json", "clientA", "reports", "7d", "--socket="+socket)
	if code != ExitOK || !strings.Contains(out, `"step_ms": 5000`) || strings.Contains(out, "png") {
		t.Errorf("%d %s", code, out)
	}
	code, _, errOut = opsbotRun(t, "chart", "clientA", "reports", "7d", "--out", filepath.Join(file, "no folder"), "--socket="+socket)
	if code != ExitFailed || !strings.Contains(errOut, "no folder") {
		t.Errorf("a file that cannot be written: %d %q", code, errOut)
	}
}
