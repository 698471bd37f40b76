// Package email is the channel that sends notifications as mails: plain text, and the same as HTML that reads well on a phone.
//
// It must not know the wording of a notification: it is given a function that renders one.
package email

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"opsbot/model"
)

// TLS says how a connection to the mail server is encrypted.
type TLS string

// The modes.
const (
	StartTLS TLS = "starttls" // unencrypted first; a server without STARTTLS is refused
	Implicit TLS = "tls"      // from the first byte, as on port 465
	None     TLS = "none"     // never: for a server on this machine
)

// Content is a rendered notification.
type Content struct {
	Plain string // "" is not sent
	HTML  string // the same with markup, lines separated by newlines

	Subject string             // "" is the first line of Plain
	Page    string             // a whole document instead of HTML; it refers to inline files as "cid:NAME"
	Files   []model.ReportFile // attachments
}

// Options configure an Email.
type Options struct {
	Server   string // host:port
	TLS      TLS
	Roots    *x509.CertPool // nil are the machine's
	User     string         // "": no login
	Password model.Secret   // only ever sent under TLS
	From     string         // "opsbot <ops@example.com>"
	To, CC   []string       // at least one of both
	ReplyTo  string         // "" is From
	Language string         // of the content
	Instance string         // part of the mails' ids
	Render   func(model.Notification) Content
	Now      func() time.Time
	Refused  func(address string, err error) // one recipient of several was refused permanently; may be nil
}

// Email is a notify.Channel, and safe for concurrent use. Each mail has a connection of its own.
type Email struct{ o Options }

// New returns an Email. It does not connect yet.
func New(o Options) *Email {
	if o.Refused == nil {
		o.Refused = func(string, error) {}
	}
	return &Email{o: o}
}

// Deliver sends a notification to all recipients, or only to those in Snapshot.Only. It is delivered if at least one recipient was
// accepted; the receipt names the others. Edits are not sent: a mail cannot be changed. Errors are *model.SendError:
//
//   - not sent: the server cannot be reached, or refuses for now (4xx)
//   - ambiguous: no answer came after the whole mail was sent
//   - refused: no TLS where it is needed, the login, or the sender
//   - chat dead: every recipient is refused permanently
//   - bad message: the mail itself is refused permanently
func (e *Email) Deliver(ctx context.Context, t model.Notification, _ model.Card) (model.Receipt, error) {
	if t.Kind == model.NotifyUpdated {
		return model.Receipt{}, nil
	}
	content := e.o.Render(t)
	if content.Plain == "" {
		return model.Receipt{}, nil
	}
	m, err := e.message(&t, content)
	if err != nil {
		return model.Receipt{}, &model.SendError{Failure: model.SendBad, Err: err}
	}
	to, err := recipients(m, t.Snapshot.Only)
	if err != nil {
		return model.Receipt{}, &model.SendError{Failure: model.SendBad, Err: err}
	}
	if len(to) == 0 { // the remaining recipients are no longer configured
		return model.Receipt{}, nil
	}
	receipt, err := e.send(ctx, m, to)
	if err != nil {
		return model.Receipt{}, e.withoutSecrets(err)
	}
	return receipt, nil
}

// failure is a failed stage of a delivery.
func failure(kind model.SendFailure, stage string, err error) *model.SendError {
	return &model.SendError{Failure: kind, Err: fmt.Errorf("%s: %w", stage, err)}
}

var errNoStartTLS = errors.New("the server does not offer STARTTLS")
