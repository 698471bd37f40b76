package inbound_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/payload"
	"opsbot/model"
)

// FuzzHookSecret shows a hook anything as a secret, in all places at once: a body is handed on if one of them is the secret, and never else;
// nothing that was shown is in the answer.
func FuzzHookSecret(f *testing.F) {
	f.Add("Bearer "+secret, "", "/in/src", []byte(oneEvent))
	f.Add("bearer  "+secret+" ", "", "/in/src", []byte(oneEvent))
	f.Add("Basic "+base64.StdEncoding.EncodeToString([]byte("x:"+secret)), "", "/in/src", []byte(oneEvent))
	f.Add("Basic "+base64.StdEncoding.EncodeToString([]byte(secret+":x")), "", "/in/src", []byte("{"))
	f.Add("", secret, "/in/src", []byte(oneEvent))
	f.Add("Digest "+secret, secret+"x", "/in/src/"+secret, []byte(oneEvent))
	f.Add("", "", "/in/src/"+secret+"/", []byte(nil))
	f.Add("", "", "/", []byte("\x00"))
	f.Fuzz(func(t *testing.T, authorization, header, path string, body []byte) {
		parsed := false
		to := &receiver{receive: func([]model.Event, bool) error { return nil }}
		hook := inbound.NewHook(inbound.HookOptions{Secret: model.NewSecret(secret), To: to, Now: func() time.Time { return start }, Parse: func([]byte) (payload.Parsed, error) {
			parsed = true
			return payload.Parsed{}, nil
		}})
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(string(body)))
		r.URL = &url.URL{Path: path}
		r.Header["Authorization"], r.Header[inbound.HeaderSecret] = []string{authorization}, []string{header}
		w := httptest.NewRecorder()
		hook.ServeHTTP(w, r)
		if right := isRight(authorization, header, path); parsed != right || (w.Code == http.StatusUnauthorized) == right {
			t.Errorf("right %v, handed on %v, answered %d: %q %q %q", right, parsed, w.Code, authorization, header, path)
		}
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("the answer has the secret: %s", w.Body)
		}
	})
}

// isRight says by other means whether the secret is in one of its places.
func isRight(authorization, header, path string) bool {
	r := http.Request{Header: http.Header{"Authorization": {authorization}}}
	if _, password, ok := r.BasicAuth(); ok && password == secret {
		return true
	}
	if len(authorization) > 6 && strings.EqualFold(authorization[:7], "bearer ") && strings.TrimSpace(authorization[7:]) == secret {
		return true
	}
	parts := strings.Split(strings.TrimRight(path, "/"), "/")
	return header == secret || parts[len(parts)-1] == secret
}
