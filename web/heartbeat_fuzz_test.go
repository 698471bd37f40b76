package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"opsbot/model"
	"opsbot/web"
)

// FuzzHeartbeat sends anything that a job may send: what is kept of it can be shown.
func FuzzHeartbeat(f *testing.F) {
	f.Add("event=fail", "disk full\nmore")
	f.Add("exit=3", "\xff\xfe\x00\x1b[2J")
	f.Add("exit=-1&event=%zz", strings.Repeat("ы", 9000))
	var kept model.HeartbeatCall
	h := web.Public(web.Parts{Guard: newGuard().Guard, Metrics: web.NewMetrics("1", nil), API: http.NotFoundHandler(), Hooks: http.NotFoundHandler(), Jobs: jobs(func(_ model.CheckID, _ string, b model.HeartbeatCall) error {
		kept = b
		return nil
	})})
	f.Fuzz(func(t *testing.T, query, body string) {
		kept = model.HeartbeatCall{}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/beat/backup/x", strings.NewReader(body))
		r.URL = &url.URL{Path: "/beat/backup/x", RawQuery: query}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		strange := func(r rune) bool { return !unicode.IsPrint(r) }
		if !utf8.ValidString(kept.Said) || utf8.RuneCountInString(kept.Said) > 201 || strings.ContainsFunc(kept.Said, strange) {
			t.Errorf("kept %q", kept.Said)
		}
		if (kept.Code != 0) != (kept.Code > 0 && kept.Event == model.HeartbeatFail) || kept.Code > 255 {
			t.Errorf("kept %+v", kept)
		}
	})
}
