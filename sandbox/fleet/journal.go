package fleet

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// journal is the logs of one host in nginx's formats: access.log, error.log, and one rotated file of each. A nil one
// writes nothing.
type journal struct {
	dir string
	now func() time.Time

	mu sync.Mutex
}

// maxJournal is the size at which a file is rotated, in bytes: a demo that runs for days must not fill a disk.
const maxJournal = 1 << 20

func newJournal(root, host string, now func() time.Time) *journal {
	if root == "" {
		return nil
	}
	return &journal{dir: filepath.Join(root, host), now: now}
}

// write appends a line. Errors do not matter: the logs are only for show.
func (j *journal) write(file, line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	path := filepath.Join(j.dir, file)
	if info, err := os.Stat(path); err == nil && info.Size() > maxJournal {
		_ = os.Rename(path, path+".1")
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // in our own folder
	if errors.Is(err, os.ErrNotExist) {
		_ = os.MkdirAll(j.dir, 0o700)
		f, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // as above
	}
	if err != nil {
		return
	}
	_, _ = f.WriteString(line + "\n")
	_ = f.Close()
}

// access logs an answered request.
func (j *journal) access(r *http.Request, status, size int) {
	if j == nil {
		return
	}
	j.write("access.log", fmt.Sprintf(`127.0.0.1 - - [%s] "%s %s %s" %d %d "-" %q`,
		j.now().Format("02/Jan/2006:15:04:05 -0700"), r.Method, r.URL.RequestURI(), r.Proto, status, size, r.UserAgent()))
}

// failure logs a failed request.
func (j *journal) failure(r *http.Request, what, upstream string) {
	if j == nil {
		return
	}
	j.write("error.log", fmt.Sprintf(`%s [error] 712#712: *%d %s, client: 127.0.0.1, server: %s, request: "%s %s %s", upstream: "http://%s%s", host: %q`,
		j.now().Format("2006/01/02 15:04:05"), j.now().UnixMilli()%1_000_000, what, r.Host, r.Method, r.URL.RequestURI(), r.Proto, upstream, r.URL.Path, r.Host))
}

// event logs an event of the server itself.
func (j *journal) event(what string) {
	if j == nil {
		return
	}
	j.write("error.log", fmt.Sprintf("%s [notice] 712#712: %s", j.now().Format("2006/01/02 15:04:05"), what))
}

// answerMeter measures the answer.
type answerMeter struct {
	http.ResponseWriter
	status, size int
}

// WriteHeader implements http.ResponseWriter.
func (m *answerMeter) WriteHeader(status int) {
	m.status = status
	m.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (m *answerMeter) Write(data []byte) (int, error) {
	if m.status == 0 {
		m.status = http.StatusOK
	}
	n, err := m.ResponseWriter.Write(data)
	m.size += n
	return n, err
}

// noted serves a request and logs it.
func (j *journal) noted(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
	if j == nil {
		serve(w, r)
		return
	}
	m := &answerMeter{ResponseWriter: w}
	serve(m, r)
	upstream := r.Host
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		upstream = at.String()
	}
	switch {
	case m.status == 0: // it hung until the client gave up
		m.status = 499
		j.failure(r, "upstream timed out (110: Connection timed out) while reading response header from upstream", upstream)
	case m.status >= http.StatusInternalServerError:
		j.failure(r, "connect() failed (111: Connection refused) while connecting to upstream", upstream)
	}
	j.access(r, m.status, m.size)
}
