package app

import (
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"opsbot/config"
	"opsbot/model"
)

const someCalendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:anna\r\nDTSTART:20200101T000000Z\r\nDTEND:20400101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// TestFetchCalendar: what a server may answer, what is read of it, and that no error names the address.
func TestFetchCalendar(t *testing.T) {
	t.Parallel()
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("inside")) }))
	defer inside.Close()
	elsewhere := strings.Replace(inside.URL, "127.0.0.1", "localhost", 1) // another host, which is not public
	mux := http.NewServeMux()
	mux.HandleFunc("/good/s3cret.ics", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(someCalendar)) })
	mux.HandleFunc("/moved/s3cret.ics", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/good/s3cret.ics", http.StatusFound)
	})
	mux.HandleFunc("/inside/s3cret.ics", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, http.StatusFound) })
	mux.HandleFunc("/file/s3cret.ics", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	mux.HandleFunc("/ring/s3cret.ics", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/ring/s3cret.ics", http.StatusFound)
	})
	mux.HandleFunc("/large/s3cret.ics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		line := []byte(strings.Repeat("x", 1<<16))
		for range maxCalendar/len(line) + 1 {
			if _, err := packed.Write(line); err != nil {
				return
			}
		}
		_ = packed.Close()
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	for _, c := range []struct {
		path, said string
		reach      model.Reach
	}{
		{"good", "", model.Reach{}},
		{"moved", "", model.Reach{}},
		{"inside", "not public", model.Reach{}},
		{"inside", "", model.NewReach([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}, nil)},
		{"file", "not of HTTPS", model.Reach{}},
		{"ring", "too often", model.Reach{}},
		{"large", "larger than", model.Reach{}},
		{"none", "404", model.Reach{}},
	} {
		body, err := fetchCalendar(t.Context(), config.NewURL(server.URL+"/"+c.path+"/s3cret.ics"), c.reach)
		if (err != nil) != (c.said != "") || err != nil && !strings.Contains(err.Error(), c.said) {
			t.Errorf("%s: %d bytes, %v", c.path, len(body), err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error names the address: %v", c.path, err)
		}
	}
	server.Close()
	if _, err := fetchCalendar(t.Context(), config.NewURL(server.URL+"/good/s3cret.ics"), model.Reach{}); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("nobody listens: %v", err)
	}
}
