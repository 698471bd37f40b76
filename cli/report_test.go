package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/web"
)

// TestReportAsksTheSocket: what is asked, printed and written.
func TestReportAsksTheSocket(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "opsbot.sock")
	l, err := web.ListenControl(t.Context(), socket)
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan web.ControlRequest, 1)
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req web.ControlRequest
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil || r.URL.Path != "/v1/report" {
			t.Error(r.URL.Path, err)
		}
		asked <- req
		view, err := json.Marshal(web.ReportView{HTML: "<p>", Files: []model.ReportFile{{Name: "a.csv", Data: []byte("a,b")}}})
		if err != nil {
			t.Error(err)
		}
		_ = json.NewEncoder(w).Encode(web.Answer{Text: "in words", Data: view})
	})}
	go func() { _ = srv.Serve(l) }()
	defer func() { _ = srv.Close() }()
	page, table := filepath.Join(t.TempDir(), "r.html"), filepath.Join(t.TempDir(), "r.csv")
	code, out, errOut := opsbotRun(t, "report", "clientA", "2026-10", "--socket", socket, "--html", page, "--csv", table)
	req := <-asked
	html, err := os.ReadFile(page)
	csv, csvErr := os.ReadFile(table)
	if code != ExitOK || out != "in words\n" || strings.Join(req.Words, " ") != "clientA 2026-10" || req.Send || err != nil || string(html) != "<p>" || csvErr != nil || string(csv) != "a,b" {
		t.Errorf("%d %q %q: %+v, %q %q", code, out, errOut, req, html, csv)
	}
	if code, _, _ := opsbotRun(t, "report", "clientA", "--send", "--socket", socket); code != ExitOK {
		t.Errorf("exit code %d", code)
	}
	if req := <-asked; !req.Send || strings.Join(req.Words, " ") != "clientA" {
		t.Errorf("%+v", req)
	}
}
