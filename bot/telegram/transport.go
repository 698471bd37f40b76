package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"opsbot/model"
)

// maxAnswer bounds an answer in memory; Telegram's largest, of getUpdates, has 4 MiB.
const maxAnswer = 8 << 20

// maxBody bounds a request in memory: the largest upload and its form.
const maxBody = MaxUpload + 1<<20

// transport puts the token into requests and takes it out of whatever comes back, goes round routes that do not
// work, and lets nothing pass as an answer but the Bot API's. Every error is an *model.SendError.
type transport struct {
	token    func() string
	redact   func(string) string
	timeouts Timeouts
	routes   routes
	server   serverTime
	allowed  func(ctx context.Context) (context.Context, error) // see Options
}

// bound is the transport for the calls of one context.
type bound struct {
	ctx context.Context //nolint:containedctx // telebot knows no contexts: this is how one reaches its calls
	t   *transport
}

// RoundTrip implements http.RoundTripper. A request that certainly was not sent goes by the next route at once; one
// that may have arrived is left to the caller.
func (b bound) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readBody(req)
	if err != nil {
		return nil, &model.SendError{Failure: model.SendNotSent, Err: err}
	}
	var failure *model.SendError
	for _, r := range b.t.routes.order() {
		var answer []byte
		answer, failure = b.t.call(b.ctx, r, req, body)
		if failure == nil {
			return &http.Response{
				Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
				Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
				ContentLength: int64(len(answer)), Body: io.NopCloser(bytes.NewReader(answer)),
			}, nil
		}
		if b.ctx.Err() != nil || errors.Is(failure, errNotAllowed) || (failure.Failure != model.SendNotSent && failure.Failure != model.SendAmbiguous) {
			break
		}
		b.t.routes.fails(r)
		if failure.Failure == model.SendAmbiguous {
			break
		}
	}
	return nil, failure
}

// readBody takes the whole body, so that it can be sent again, and closes it.
func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	defer req.Body.Close() //nolint:errcheck // a reader of ours
	body, err := io.ReadAll(io.LimitReader(req.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	if len(body) > maxBody {
		return nil, &TooLongError{What: "file", Size: len(body), Limit: maxBody}
	}
	return body, nil
}

func (t *transport) timeout(method, contentType string) time.Duration {
	switch {
	case method == "getUpdates":
		return t.timeouts.Poll + t.timeouts.Slack
	case strings.HasPrefix(contentType, "multipart/"):
		return t.timeouts.Upload
	default:
		return t.timeouts.Text
	}
}

// errNotAllowed is the error of a call that was not allowed, or not any more.
var errNotAllowed = errors.New("held back")

// call is try once that is allowed, and as long as it is.
func (t *transport) call(ctx context.Context, r *route, req *http.Request, body []byte) ([]byte, *model.SendError) {
	allowed, err := t.allowed(ctx)
	if err != nil {
		return nil, &model.SendError{Failure: model.SendNotSent, Err: errors.Join(errNotAllowed, err)}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(allowed, cancel)()
	answer, failure := t.try(ctx, r, req, body)
	if failure != nil && allowed.Err() != nil {
		failure.Err = errors.Join(errNotAllowed, failure.Err)
	}
	return answer, failure
}

// try sends the request by one route and returns the body of a good answer.
func (t *transport) try(ctx context.Context, r *route, req *http.Request, body []byte) ([]byte, *model.SendError) {
	method := path.Base(req.URL.Path)
	ctx, cancel := context.WithTimeout(ctx, t.timeout(method, req.Header.Get("Content-Type")))
	defer cancel()
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }})

	target := r.base.JoinPath("bot"+t.token(), method)
	out, err := http.NewRequestWithContext(ctx, req.Method, target.String(), bytes.NewReader(body)) //nolint:gosec // the URLs are the config's
	if err != nil {
		return nil, t.failure(model.SendNotSent, method, err)
	}
	out.Header = req.Header.Clone()
	resp, err := r.http.RoundTrip(out)
	if err != nil {
		kind := model.SendNotSent
		if written.Load() {
			kind = model.SendAmbiguous
		}
		return nil, t.failure(kind, method, err)
	}
	defer resp.Body.Close() //nolint:errcheck // all that was wanted is read
	t.server.note(resp.Header, t.routes.now())
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, t.failure(model.SendAmbiguous, method, err)
	case len(answer) > maxAnswer:
		return nil, t.failure(model.SendAmbiguous, method, fmt.Errorf("the answer is over %d bytes", maxAnswer))
	}
	if failure := judge(resp.StatusCode, answer); failure != nil {
		failure.Err = fmt.Errorf("%s: %w", method, t.clean(failure.Err))
		return nil, failure
	}
	return answer, nil
}

func (t *transport) failure(kind model.SendFailure, method string, err error) *model.SendError {
	return &model.SendError{Failure: kind, Err: fmt.Errorf("%s: %w", method, t.clean(err))}
}

// clean keeps of an error its redacted text, and what callers ask about: contexts, and what the Bot API answered.
// Its chain is cut off: a cause could still print the token.
func (t *transport) clean(err error) error {
	if api, ok := errors.AsType[*apiError](err); ok {
		return &apiError{Code: api.Code, Description: t.redact(api.Description)}
	}
	clean := &cleanError{text: t.redact(err.Error())}
	for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			clean.is = known
		}
	}
	return clean
}

type cleanError struct {
	text string
	is   error
}

func (e *cleanError) Error() string { return e.text }
func (e *cleanError) Unwrap() error { return e.is }
