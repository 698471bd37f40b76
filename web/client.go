package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"time"

	"opsbot/model"
)

// callTime bounds one request to a running opsbot: a reload may look up many names.
const callTime = 60 * time.Second

// Call sends a request to a running opsbot through its control socket and decodes the answer into out. Errors are
// *model.Error: the one answered, ErrNotRunning, or ErrSocketDenied.
func Call(ctx context.Context, socket, what string, req ControlRequest, out any) error {
	client := &http.Client{Timeout: callTime, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
	}}
	body, err := json.Marshal(req)
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://opsbot/v1/"+what, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("build the request: %w", err)
	}
	resp, err := client.Do(r)
	if err != nil {
		code := model.ErrNotRunning
		if errors.Is(err, fs.ErrPermission) {
			code = model.ErrSocketDenied
		}
		return &model.Error{Code: code, Args: map[string]string{"path": socket}, Err: err}
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written: closing cannot lose anything
	if resp.StatusCode == http.StatusOK {
		return json.NewDecoder(resp.Body).Decode(out)
	}
	var refused ControlError
	if err := json.NewDecoder(resp.Body).Decode(&refused); err != nil {
		return &model.Error{Code: model.ErrNotRunning, Args: map[string]string{"path": socket}, Err: err}
	}
	answer := &model.Error{Code: refused.Code, Args: refused.Args, Choices: refused.Choices}
	if len(refused.Problems) > 0 {
		answer.Err = refused.Problems
	}
	return answer
}
