package monitors

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"time"
)

// maxBody bounds a request's body, in bytes.
const maxBody = 1 << 20

// login requires User and the password.
func login(password string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(User + ":" + password))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, shown, _ := r.BasicAuth()
		if got := sha256.Sum256([]byte(user + ":" + shown)); subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="monitors"`)
			http.Error(w, "Unauthorized. Please check your user credentials.", http.StatusUnauthorized)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // a reader who has gone needs no answer
}

// seconds are Unix seconds with fractions, as Icinga has them; 0 for the zero Time.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1e6
}
