package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"opsbot/web"
)

// TestACalendarIsReadByItsSecret: with the headers that calendars need, and no copies anywhere; any other secret is not found, counted and slowed like
// other wrong secrets, and the calendar cannot be changed.
func TestACalendarIsReadByItsSecret(t *testing.T) {
	guard := newGuard()
	public := web.Public(web.Parts{
		Guard: guard.Guard, Health: func() web.Health { return web.Health{OK: true} }, Metrics: web.NewMetrics("1", func() web.Snapshot { return web.Snapshot{} }),
		Jobs: jobs(nil), API: http.NotFoundHandler(), Hooks: http.NotFoundHandler(),
		Calendar: func(secret string) ([]byte, bool) { return []byte("BEGIN:VCALENDAR"), secret == "s3cret" },
	})
	ask := func(method, path string) *http.Response {
		t.Helper()
		w := httptest.NewRecorder()
		public.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody))
		return w.Result()
	}
	for _, path := range []string{"/calendar/s3cret.ics", "/calendar/s3cret"} {
		r := ask(http.MethodGet, path)
		if r.StatusCode != http.StatusOK || r.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/calendar") {
			t.Errorf("%s: %d %v", path, r.StatusCode, r.Header)
		}
	}
	for _, path := range []string{"/calendar/s3creT.ics", "/calendar/.ics", "/calendar/", "/calendar/s3cret.ics/x", "/calendar/..%2Fs3cret.ics"} {
		if r := ask(http.MethodGet, path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	if r := ask(http.MethodPost, "/calendar/s3cret.ics"); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("it is changed: %d", r.StatusCode)
	}
	if len(guard.refused) == 0 {
		t.Error("wrong secrets are not counted")
	}
}
