// Package webhook is the channel that posts tellings as JSON to a receiver of one's own, signed so that it can tell them
// from anybody else's, and numbered so that it can drop what comes twice.
//
// It must not know how a telling is worded: it is handed a function that renders one.
package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"opsbot/model"
	"opsbot/notify/post"
)

// The headers of every post beside those that are configured.
const (
	HeaderID        = "X-Opsbot-Id"        // the same for every try of one telling, and of no other
	HeaderTimestamp = "X-Opsbot-Timestamp" // seconds since 1970, of this try
	HeaderSignature = "X-Opsbot-Signature" // "sha256=" and Sign; only with a secret
)

// Options say where tellings are posted.
type Options struct {
	URL      model.Secret
	Secret   model.Secret            // of signatures; zero signs nothing
	Headers  map[string]model.Secret // further ones
	Roots    *x509.CertPool          // nil are the machine's
	Instance string
	Render   func(model.Notification) string // the text of a telling
	Now      func() time.Time
}

// Webhook is a notify.Channel, and safe for concurrent use.
type Webhook struct {
	o      Options
	poster *post.Poster
}

// New makes a Webhook. Nothing is dialled yet.
func New(o Options) *Webhook { return &Webhook{o: o, poster: post.New(o.URL, o.Roots, o.Now)} }

// Close gives idle connections back.
func (w *Webhook) Close() { w.poster.Close() }

// Deliver posts a telling. Edits are no news and are not posted. Errors are *model.SendError.
func (w *Webhook) Deliver(ctx context.Context, t model.Notification, _ model.Card) (model.Receipt, error) {
	if t.Kind == model.NotifyUpdated {
		return model.Receipt{}, nil
	}
	body, err := json.Marshal(w.document(&t))
	if err != nil {
		return model.Receipt{}, &model.SendError{Failure: model.SendBad, Err: err}
	}
	header := http.Header{}
	for key, value := range w.o.Headers {
		header.Set(key, value.Reveal())
	}
	at := strconv.FormatInt(w.o.Now().Unix(), 10)
	header.Set(HeaderID, id(w.o.Instance, &t))
	header.Set(HeaderTimestamp, at)
	if !w.o.Secret.IsZero() {
		header.Set(HeaderSignature, "sha256="+Sign(w.o.Secret.Reveal(), at, body))
	}
	return model.Receipt{}, w.poster.Post(ctx, body, header)
}

// id names a telling among those of all opsbots. Its moment is in it: numbers begin anew with a new database.
func id(instance string, t *model.Notification) string {
	return url.PathEscape(instance) + ":" + strconv.FormatInt(t.ID, 10) + ":" + strconv.FormatInt(t.Created.UnixMilli(), 36)
}

// Sign is the hexadecimal HMAC-SHA256, under the secret, of the timestamp, a dot and the body.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
