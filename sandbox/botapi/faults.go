package botapi

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// FaultKind is a way in which a call fails.
type FaultKind string

// The kinds. All but FaultSlow prevent the call's effect, unless Fault.After is set.
const (
	FaultFlood         FaultKind = "429"              // Fault.RetryAfter as a number
	FaultFloodString   FaultKind = "429 string"       // the same as a string
	FaultFloodMissing  FaultKind = "429 missing"      // no retry_after
	FaultServer        FaultKind = "500"              // a Bot API answer
	FaultHTML502       FaultKind = "502 html"         // a gateway's page
	FaultHTML200       FaultKind = "200 html"         // a provider's page
	FaultEmpty         FaultKind = "empty"            // 200, no body
	FaultCut           FaultKind = "cut"              // half a JSON
	FaultNull          FaultKind = "null"             // ok, and result null
	FaultSlow          FaultKind = "slow"             // done after Fault.Delay of the server's clock
	FaultHang          FaultKind = "hang"             // no answer until the client leaves
	FaultReset         FaultKind = "reset"            // the connection is reset
	FaultRedirect      FaultKind = "redirect"         // to Fault.To
	FaultUnauthorized  FaultKind = "401"              //
	FaultForbidden     FaultKind = "403"              // blocked by the user
	FaultBadRequest    FaultKind = "400"              // Fault.To is the description
	FaultRefused       FaultKind = "refused"          // Fault.Refusal
	FaultConflict      FaultKind = "409"              // Fault.To is the description, if there is one
	FaultMigrated      FaultKind = "migrated"         // to Fault.MigrateTo
	FaultEndless       FaultKind = "endless"          // a body without end
	FaultGzipBomb      FaultKind = "gzip bomb"        // small on the wire, endless when unpacked
	FaultUnauthorized0 FaultKind = "401 without body" //
)

// Fault is a failure, its condition, and its count.
type Fault struct {
	Kind       FaultKind
	Method     string        // any case; empty is every method
	Chat       int64         // only calls for this chat; 0 is all
	HTML       bool          // only calls with markup
	Text       string        // only calls whose text or caption has this in it; empty is all
	Topic      int           // only calls for this topic; 0 is all
	For        time.Duration // by the server's clock, from when it is added; 0 is without end
	Refusal    Refusal
	Skip       int  // matching calls that succeed first
	Times      int  // how many calls fail; 0 is one, negative is all
	After      bool // the call has its effect, only its answer fails
	RetryAfter int  // seconds
	Delay      time.Duration
	To         string
	MigrateTo  int64

	until time.Time
}

// hits reports whether the fault is for a call.
func (f *Fault) hits(r *request, now time.Time) bool {
	switch {
	case f.Times == 0, f.Method != "" && !sameMethod(r.method, []string{f.Method}):
		return false
	case f.HTML && r.params["parse_mode"] == "":
		return false
	case !strings.Contains(r.params["text"]+r.params["caption"], f.Text):
		return false
	case f.Chat != 0 && f.Chat != r.int("chat_id"), f.Topic != 0 && int64(f.Topic) != r.int("message_thread_id"):
		return false
	default:
		return f.until.IsZero() || now.Before(f.until)
	}
}

func (f *Fault) executes() bool { return f.After || f.Kind == FaultSlow }

// Break adds a fault. If several match a call the oldest wins.
func (s *Server) Break(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	if f.For > 0 {
		f.until = s.clock.Now().Add(f.For)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Heal removes all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	s.touch()
}

func sameMethod(name string, methods []string) bool {
	for _, m := range methods {
		if strings.EqualFold(m, name) {
			return true
		}
	}
	return false
}

// takeFault finds the fault that is due for the call and counts it.
func (s *Server) takeFault(r *request, call int) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if !f.hits(r, s.clock.Now()) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		s.calls[s.callAt(call)].Fault = f.Kind
		return f
	}
	return nil
}

// delay waits on the server's clock and reports whether the client is still there.
func (s *Server) delay(r *http.Request, f *Fault) bool {
	select {
	case <-s.clock.After(f.Delay):
		return true
	case <-r.Context().Done():
		return false
	case <-s.closed:
		return false
	}
}

// faultyCall is a failing call, and its result if it was executed.
type faultyCall struct {
	fault  *Fault
	call   int
	chat   int64
	result any
	fail   *apiError
}

func (s *Server) serveFault(w http.ResponseWriter, r *http.Request, c faultyCall) {
	s.date(w)
	f := c.fault
	if fail := s.faultAnswer(f, c.chat); fail != nil {
		s.finish(c.call, f.Kind, fail)
		writeAnswer(w, nil, fail)
		return
	}
	s.finish(c.call, f.Kind, &apiError{Code: faultStatus(f.Kind)})
	switch f.Kind {
	case FaultSlow:
		writeAnswer(w, c.result, c.fail)
	case FaultHTML502, FaultHTML200:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(faultStatus(f.Kind))
		_, _ = io.WriteString(w, "<html><body><h1>Bad Gateway</h1></body></html>") // the client may be gone
	case FaultCut:
		cut(w, c.result)
	case FaultNull:
		_, _ = io.WriteString(w, `{"ok":true,"result":null}`) // as above
	case FaultRedirect:
		http.Redirect(w, r, f.To, http.StatusFound)
	case FaultUnauthorized0:
		w.WriteHeader(http.StatusUnauthorized)
	case FaultHang:
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
	case FaultReset:
		reset(w)
	case FaultEndless, FaultGzipBomb:
		endless(w, f.Kind == FaultGzipBomb)
	case FaultEmpty:
	}
}

// faultAnswer is the answer of faults that follow the Bot API's format.
func (s *Server) faultAnswer(f *Fault, chat int64) *apiError {
	switch f.Kind {
	case FaultFlood, FaultFloodString, FaultFloodMissing:
		return s.floodFault(f, chat)
	case FaultServer:
		return &apiError{Code: http.StatusInternalServerError, Description: "Internal Server Error"}
	case FaultUnauthorized:
		return &apiError{Code: http.StatusUnauthorized, Description: "Unauthorized"}
	case FaultForbidden:
		return &apiError{Code: http.StatusForbidden, Description: "Forbidden: bot was blocked by the user"}
	case FaultBadRequest:
		return badRequest(f.To)
	case FaultRefused:
		return &apiError{Code: f.Refusal.Code, Description: f.Refusal.Description}
	case FaultConflict:
		return &apiError{Code: http.StatusConflict, Description: cmp.Or(f.To, "Conflict: terminated by other getUpdates request; "+
			"make sure that only one bot instance is running")}
	case FaultMigrated:
		fail := badRequest("group chat was upgraded to a supergroup chat")
		fail.MigrateTo = f.MigrateTo
		return fail
	default:
		return nil
	}
}

func (s *Server) floodFault(f *Fault, chat int64) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	fail := s.flood(chat, f.RetryAfter)
	switch f.Kind {
	case FaultFloodString:
		fail.RetryAfter = strconv.Itoa(f.RetryAfter)
	case FaultFloodMissing:
		fail.RetryAfter = nil
		delete(s.pauses, chat)
	}
	return fail
}

func faultStatus(k FaultKind) int {
	switch k {
	case FaultHTML502:
		return http.StatusBadGateway
	case FaultRedirect:
		return http.StatusFound
	case FaultUnauthorized0:
		return http.StatusUnauthorized
	case FaultReset, FaultHang:
		return 0
	default:
		return http.StatusOK
	}
}

func cut(w http.ResponseWriter, result any) {
	body, _ := answerBody(result, nil)
	if result == nil {
		body = []byte(`{"ok":true,"result":{"message_id":12,"date":0}}`)
	}
	_, _ = w.Write(body[:len(body)/2]) // the client may be gone
}

// reset closes the connection with a RST, not a FIN.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the client sees an EOF, which is as good
	}
	_ = conn.Close() // it is to be broken
}

// endless writes spaces, which JSON allows, until the client leaves, at most 1 GiB.
func endless(w http.ResponseWriter, packed bool) {
	chunk := []byte(strings.Repeat(" ", 1<<16))
	if packed {
		w.Header().Set("Content-Encoding", "gzip")
		chunk = pack(chunk)
	}
	for range 1 << 14 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// pack returns one gzip member. Many, one after the other, are a gzip file, too.
func pack(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // memory takes everything
	_ = z.Close()        // as above
	return b.Bytes()
}
