// Package webhook is the channel that posts notifications as JSON to a custom receiver, signed so that it can verify the
// sender, and numbered so that it can drop duplicates.
//
// It must not know the wording of a notification: it is given a function that renders one.
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

// The headers of every post, in addition to configured ones.
const (
	HeaderID        = "X-Opsbot-Id"        // the same for every attempt of one notification, and of no other
	HeaderTimestamp = "X-Opsbot-Timestamp" // seconds since 1970, of this attempt
	HeaderSignature = "X-Opsbot-Signature" // "sha256=" and Sign; only with a secret
)

// Options configure a Webhook.
type Options struct {
	URL      model.Secret
	Secret   model.Secret            // of signatures; zero: unsigned
	Headers  map[string]model.Secret // additional ones
	Roots    *x509.CertPool          // nil are the machine's
	Instance string
	Render   func(model.Notification) string // the text of a notification
	Now      func() time.Time
}

// Webhook is a notify.Channel, and safe for concurrent use.
type Webhook struct {
	o      Options
	poster *post.Poster
}

// New returns a Webhook. It does not connect yet.
func New(o Options) *Webhook { return &Webhook{o: o, poster: post.New(o.URL, o.Roots, o.Now)} }

// Close closes idle connections.
func (w *Webhook) Close() { w.poster.Close() }

// Deliver posts a notification. Edits are not posted: they are no news. Errors are *model.SendError.
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

// id identifies a notification among those of all opsbots. It contains the time: numbers restart with a new database.
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
