// Package email is the channel that sends tellings as mails: plain text, and the same as HTML that reads well on a phone.
//
// It must not know how a telling is worded: it is handed a function that renders one.
package email

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"opsbot/model"
)

// TLS says how a connection to the mail server is kept private.
type TLS string

// The ways.
const (
	StartTLS TLS = "starttls" // in the clear first; a server that does not offer STARTTLS is refused
	Implicit TLS = "tls"      // from the first byte, as on port 465
	None     TLS = "none"     // never: for a server on this machine
)

// Content is a telling in words.
type Content struct {
	Plain string // "" is not sent
	HTML  string // the same with markup, lines parted by newlines

	Subject string             // "" is the first line of Plain
	Page    string             // a whole document in place of HTML; it names inline files as "cid:NAME"
	Files   []model.ReportFile // that come with it
}

// Options say from whom to whom mails go, and by which server.
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
	Refused  func(address string, err error) // one recipient of several was refused for good; nil is fine
}

// Email is a notify.Channel, and safe for concurrent use. Each mail has a connection of its own.
type Email struct{ o Options }

// New makes an Email. Nothing is dialled yet.
func New(o Options) *Email {
	if o.Refused == nil {
		o.Refused = func(string, error) {}
	}
	return &Email{o: o}
}

// Deliver sends a telling to all recipients, or to those of them that Snapshot.Only names. It is delivered when one recipient at least
// was taken; the receipt names those who were not. Edits are not sent: a mail cannot be changed. Errors are *model.SendError:
//
//   - not sent: the server cannot be reached, or refuses for now (4xx)
//   - ambiguous: no answer came after the whole mail was handed over
//   - refused: no TLS where it is needed, the login, or the sender
//   - chat dead: every recipient is refused for good
//   - bad message: the mail itself is refused for good
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
	if len(to) == 0 { // who was still to get it is no recipient any more
		return model.Receipt{}, nil
	}
	receipt, err := e.send(ctx, m, to)
	if err != nil {
		return model.Receipt{}, e.withoutSecrets(err)
	}
	return receipt, nil
}

// failure is one stage of a delivery that did not go well.
func failure(kind model.SendFailure, stage string, err error) *model.SendError {
	return &model.SendError{Failure: kind, Err: fmt.Errorf("%s: %w", stage, err)}
}

var errNoStartTLS = errors.New("the server does not offer STARTTLS")
