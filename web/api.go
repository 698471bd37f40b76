package web

import (
	"context"
	"net/http"
	"strings"

	"opsbot/model"
)

type actorKey struct{}

// API is the part of the control socket for programs on other machines: the same requests and answers, under /api. Each
// request needs a token ("Authorization: Bearer …"); admit returns its owner, in constant time. Without a valid token
// the answer is 401, whatever the request.
func API(d ControlDeps, admit func(token string) (model.Actor, bool)) http.Handler {
	d.States = nil // the states of all checks are for local users: a token may be limited to clients
	mux := http.NewServeMux()
	sharedRoutes(mux, &d)
	return http.StripPrefix("/api", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		who, known := admit(token)
		if !bearer || !known {
			w.Header().Set("WWW-Authenticate", `Bearer realm="opsbot"`)
			writeJSON(w, http.StatusUnauthorized, ControlError{Code: model.ErrForbidden})
			return
		}
		mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), actorKey{}, who)))
	}))
}
