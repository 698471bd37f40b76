package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"opsbot/charset"
	"opsbot/model"
	"opsbot/ops"
)

// The limits of a heartbeat.
const (
	maxCalls    = 64      // at once
	maxCallRead = 4 << 10 // bytes of the body that are searched for its first line
	maxCallBody = 1 << 20 // bytes that are accepted: a job may send its whole log
	maxCallSaid = 200     // characters of that line that are kept
	callRetry   = "5"     // seconds, if the limit of concurrent calls is reached
)

// HeartbeatReceiver receives heartbeats of jobs.
type HeartbeatReceiver interface {
	// Admit checks the token and the method of a call, before anything of it is read: nil, ops.ErrNoHeartbeat or
	// ops.ErrHeartbeatMethod.
	Admit(id model.CheckID, token, method string) error
	// Take stores a call, durably. ops.ErrNoHeartbeat and ops.ErrHeartbeatsTooFast are the caller's mistakes.
	Take(ctx context.Context, id model.CheckID, token string, b model.HeartbeatCall) error
}

// calls is the handler of /beat/NAME and /beat/NAME/TOKEN. Nothing here writes the address to a log: the token may be in it.
func calls(taker HeartbeatReceiver, redact model.Redactor) http.Handler {
	places := make(chan struct{}, maxCalls)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, token := model.CheckID(r.PathValue("check")), tokenOf(r)
		if previews(r) {
			refuseCall(w, http.StatusForbidden, "a link preview does not count")
			return
		}
		if err := taker.Admit(id, token, r.Method); err != nil { // callers without a token use no slot, however slowly they send
			w.Header().Set("Connection", "close") // otherwise the rest of the body is awaited before the answer
			answerCall(w, err)
			return
		}
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		default:
			refuseCall(w, http.StatusServiceUnavailable, "busy: try again")
			return
		}
		b, why := readCall(r)
		if why != "" {
			refuseCall(w, http.StatusBadRequest, why)
			return
		}
		b.Said = model.Clip(redact.Text(firstLine(http.MaxBytesReader(w, r.Body, maxCallBody))), maxCallSaid)
		answerCall(w, taker.Take(r.Context(), id, token, b))
	})
}

// tokenOf is the caller's token: at the end of the address, or in a header.
func tokenOf(r *http.Request) string {
	if token := r.PathValue("token"); token != "" {
		return token
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func answerCall(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n") // it only fails if the job is gone; the call is stored
	case errors.Is(err, ops.ErrNoHeartbeat):
		refuseCall(w, http.StatusNotFound, err.Error())
	case errors.Is(err, ops.ErrHeartbeatMethod):
		w.Header().Set("Allow", http.MethodPost)
		refuseCall(w, http.StatusMethodNotAllowed, err.Error())
	case errors.Is(err, ops.ErrHeartbeatsTooFast):
		refuseCall(w, http.StatusTooManyRequests, err.Error())
	default: // database errors are not for the caller
		refuseCall(w, http.StatusServiceUnavailable, "the call could not be stored: try again")
	}
}

func refuseCall(w http.ResponseWriter, code int, why string) {
	if code == http.StatusServiceUnavailable || code == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", callRetry)
	}
	http.Error(w, why, code)
}

// readCall parses ?event= and ?exit= of a call; why is what is wrong with it.
func readCall(r *http.Request) (b model.HeartbeatCall, why string) {
	q := r.URL.Query()
	if event := q.Get("event"); event != "" {
		if err := b.Event.UnmarshalText([]byte(event)); err != nil {
			return b, err.Error()
		}
	}
	exit := q.Get("exit")
	if exit == "" {
		return b, ""
	}
	n, err := strconv.Atoi(exit)
	switch {
	case err != nil || n < 0 || n > 255:
		return b, "exit: must be a number from 0 to 255"
	case b.Event == model.HeartbeatStart:
		return b, "exit: a start has none"
	case n > 0:
		b.Event, b.Code = model.HeartbeatFail, n
	}
	return b, ""
}

// firstLine is the first non-empty line of a body, made safe to show. An interrupted body is used as far as it arrived: the
// call counts.
func firstLine(body io.Reader) string {
	begin, _ := io.ReadAll(io.LimitReader(body, maxCallRead)) // what arrived is used
	_, _ = io.Copy(io.Discard, body)                          // so that the sender of a long body reads our answer
	text, _ := charset.Text(begin)
	for line := range strings.Lines(text) {
		line = strings.Join(strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
		if line != "" {
			return line
		}
	}
	return ""
}
