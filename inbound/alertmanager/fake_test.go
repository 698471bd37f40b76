package alertmanager_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/inbound/alertmanager"
	"opsbot/inbound/httpclient"
	"opsbot/model"
)

const token = "s3cret-of-the-cluster"

var now = time.Date(2026, 11, 22, 2, 30, 0, 0, time.UTC)

// server answers like Alertmanager and Prometheus, with a test's data.
type server struct {
	url string

	mu       sync.Mutex
	answers  map[string]string // path to JSON
	codes    map[string]int    // path to a status that is not 200
	asked    []string          // method and path, with the query
	silences []map[string]any  // posted
	most     int               // of them; 0 is no limit
}

func newServer(t *testing.T) *server {
	s := &server{answers: map[string]string{}, codes: map[string]int{}}
	s.set("/api/v2/status", file(t, "api_v2_status.json"))
	s.set("/api/v2/alerts", "[]")
	http := httptest.NewServer(s)
	t.Cleanup(http.Close)
	s.url = http.URL
	return s
}

func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (s *server) set(path, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[path] = answer
}

func (s *server) refuse(path string, code int, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[path], s.answers[path] = code, body
}

func (s *server) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.asked...)
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
	if r.Header.Get("Authorization") != "Bearer "+token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if code := s.codes[r.URL.Path]; code != 0 {
		w.WriteHeader(code)
	} else if r.Method == http.MethodPost && r.URL.Path == "/api/v2/silences" {
		var posted map[string]any
		json.NewDecoder(r.Body).Decode(&posted)
		if s.most > 0 && len(s.silences) >= s.most {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.silences = append(s.silences, posted)
		fmt.Fprintf(w, `{"silenceID":"id-%d"}`, len(s.silences))
		return
	}
	if answer, ok := s.answers[r.URL.Path]; ok {
		fmt.Fprint(w, answer)
	} else if !strings.HasPrefix(r.URL.Path, "/api/v2/silence/") {
		w.WriteHeader(http.StatusNotFound)
	}
}

// dead is an address where nothing listens.
func dead(t *testing.T) string {
	t.Helper()
	http := httptest.NewServer(nil)
	http.Close()
	return http.URL
}

// reader reads alerts by the tests' clock; hostFrom are the labels that may name the host.
func reader(hostFrom ...string) alertmanager.Reader {
	return alertmanager.Reader{HostFrom: hostFrom, Zone: time.FixedZone("CET", 3600), Now: func() time.Time { return now }}
}

func client(t *testing.T, urls, prometheus []string) *alertmanager.Client {
	t.Helper()
	client := httpclient.New(httpclient.Options{Token: model.NewSecret(token)})
	t.Cleanup(client.Close)
	return alertmanager.New(alertmanager.Options{URLs: urls, Prometheus: prometheus, HTTP: client, Reader: reader()})
}
