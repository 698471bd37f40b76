package email

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"opsbot/model"
)

// send sends a mail to the server, stage by stage: the kind of failure depends on the stage.
func (e *Email) send(ctx context.Context, m *gomail.Msg, to []string) (receipt model.Receipt, err error) {
	conn, err := e.dial(ctx)
	if err != nil {
		return receipt, failure(model.SendNotSent, "connect", err)
	}
	defer func() { _ = conn.Close() }() // by then the mail was accepted or not
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // an error here is covered by the next line
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	client, err := e.greet(conn)
	if err != nil {
		return receipt, err
	}
	if receipt, err = e.envelope(client, m, to); err != nil {
		return model.Receipt{}, err
	}
	if err := body(client, m); err != nil {
		return model.Receipt{}, err
	}
	for _, r := range receipt.Never {
		e.o.Refused(r.Address, errors.New(r.Said))
	}
	_ = client.Quit() // the server has the mail
	return receipt, nil
}

func (e *Email) dial(ctx context.Context) (net.Conn, error) {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", e.o.Server)
	if err != nil {
		return nil, err
	}
	conn := &bounded{Conn: raw, left: maxAnswers}
	if e.o.TLS != Implicit {
		return conn, nil
	}
	private := tls.Client(conn, e.tls())
	if err := private.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return private, nil
}

// maxAnswers is the maximum size of a server's answers for one mail, in bytes: answers are short lines, and an endless line would
// be read into memory.
const maxAnswers = 256 << 10

var errTalksTooMuch = errors.New("the server's answers are too long for a mail server")

// bounded is a connection from which only a bounded amount is read.
type bounded struct {
	net.Conn
	left int
}

// Read implements net.Conn.
func (c *bounded) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errTalksTooMuch
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func (e *Email) tls() *tls.Config {
	return &tls.Config{ServerName: e.host(), RootCAs: e.o.Roots, MinVersion: tls.VersionTLS12}
}

func (e *Email) host() string {
	host, _, err := net.SplitHostPort(e.o.Server)
	if err != nil {
		return e.o.Server
	}
	return host
}

// greet sends EHLO, starts TLS, and logs in.
func (e *Email) greet(conn net.Conn) (*smtp.Client, error) {
	client, err := smtp.NewClient(conn, e.host())
	if err != nil {
		return nil, failure(model.SendNotSent, "greeting", err)
	}
	if name, err := os.Hostname(); err == nil && name != "" && !strings.ContainsAny(name, " \r\n") {
		if err := client.Hello(name); err != nil {
			return nil, failure(model.SendNotSent, "hello", err)
		}
	}
	if e.o.TLS == StartTLS {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return nil, failure(model.SendRefused, "starttls", errNoStartTLS)
		}
		if err := client.StartTLS(e.tls()); err != nil {
			return nil, failure(model.SendNotSent, "starttls", err)
		}
	}
	if e.o.User == "" {
		return client, nil
	}
	auth, err := e.login(client)
	if err == nil {
		err = client.Auth(auth)
	}
	if err != nil {
		return nil, failure(kindOf(err, model.SendRefused), "log in", err)
	}
	return client, nil
}

var errNoLogin = errors.New("the server offers no supported login method (PLAIN, LOGIN)")

// login chooses a login method of the server. Both send the password itself, so neither is used without TLS.
func (e *Email) login(client *smtp.Client) (smtp.Auth, error) {
	_, offered := client.Extension("AUTH")
	switch ways := strings.Fields(strings.ToUpper(offered)); {
	case slices.Contains(ways, "PLAIN"):
		return smtp.PlainAuth("", e.o.User, e.o.Password.Reveal(), e.host(), false), nil
	case slices.Contains(ways, "LOGIN"):
		return smtp.LoginAuth(e.o.User, e.o.Password.Reveal(), e.host(), false), nil
	default:
		return nil, &textproto.Error{Code: permanent, Msg: errNoLogin.Error()}
	}
}

// envelope sends sender and recipients. One accepted recipient is enough: the receipt names the others.
func (e *Email) envelope(client *smtp.Client, m *gomail.Msg, to []string) (receipt model.Receipt, _ error) {
	from, err := m.GetSender(false)
	if err != nil {
		return receipt, failure(model.SendBad, "sender", err)
	}
	if err := client.Mail(from); err != nil {
		return receipt, failure(kindOf(err, model.SendRefused), "sender", err)
	}
	var forGood, forNow error // the first of each
	for _, address := range to {
		err := client.Rcpt("<" + address + ">")
		if err == nil {
			continue
		}
		not := model.NotDelivered{Address: address, Said: e.withoutSecrets(err).Error()}
		if kindOf(err, model.SendChatDead) == model.SendNotSent {
			receipt.Later, forNow = append(receipt.Later, not), cmp.Or(forNow, err)
		} else {
			receipt.Never, forGood = append(receipt.Never, not), cmp.Or(forGood, err)
		}
	}
	switch {
	case len(receipt.Later)+len(receipt.Never) < len(to):
		return receipt, nil
	case forNow != nil:
		return receipt, failure(model.SendNotSent, "recipient "+receipt.Later[0].Address, forNow)
	default:
		return receipt, failure(model.SendChatDead, "recipient "+receipt.Never[0].Address, forGood)
	}
}

// recipients are the addresses that a mail goes to: the configured ones, or only those of them that do not have it yet.
func recipients(m *gomail.Msg, only []string) ([]string, error) {
	all, err := m.GetRecipients()
	if err != nil {
		return nil, fmt.Errorf("read the recipients: %w", err)
	}
	for i := range all {
		all[i] = strings.Trim(all[i], "<>")
	}
	if len(only) > 0 {
		all = slices.DeleteFunc(all, func(address string) bool { return !slices.Contains(only, address) })
	}
	return all, nil
}

// body sends the mail itself. Only a server that stops answering once it has all of it leaves a doubt.
func body(client *smtp.Client, m *gomail.Msg) error {
	w, err := client.Data()
	if err != nil {
		return failure(kindOf(err, model.SendBad), "data", err)
	}
	if _, err := m.WriteTo(w); err != nil {
		return failure(model.SendNotSent, "write the mail", err)
	}
	if err := w.Close(); err != nil {
		kind := model.SendAmbiguous
		if _, answered := errors.AsType[*textproto.Error](err); answered {
			kind = kindOf(err, model.SendBad)
		}
		return failure(kind, "mail", err)
	}
	return nil
}

// permanent is the first code of permanent refusals in SMTP (RFC 5321, 4.2.1).
const permanent = 500

// kindOf is forGood if the server refused permanently, else not sent: it was not asked to deliver anything yet, or refused for
// now.
func kindOf(err error, forGood model.SendFailure) model.SendFailure {
	if answer, ok := errors.AsType[*textproto.Error](err); ok && answer.Code >= permanent {
		return forGood
	}
	return model.SendNotSent
}

// maxSaid is how much of a server's answer an error contains.
const maxSaid = 300 // characters

// withoutSecrets returns an error as one short line, without the password in case a server repeats it.
func (e *Email) withoutSecrets(err error) error {
	said := err
	send, isSend := errors.AsType[*model.SendError](err)
	if isSend {
		said = send.Err
	}
	text := strings.Join(strings.Fields(strings.ToValidUTF8(said.Error(), "")), " ")
	if password := e.o.Password.Reveal(); password != "" {
		for _, form := range []string{
			password, base64.StdEncoding.EncodeToString([]byte(password)),
			base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "\x00%s\x00%s", e.o.User, password)),
		} {
			text = strings.ReplaceAll(text, form, e.o.Password.String())
		}
	}
	text = model.ClipLines(text, maxSaid)
	if !isSend {
		return errors.New(text)
	}
	return &model.SendError{Failure: send.Failure, RetryAfter: send.RetryAfter, Err: errors.New(text)}
}

// Try connects, starts TLS, logs in, and sends nothing. Its error has no secret.
func (e *Email) Try(ctx context.Context) error {
	conn, err := e.dial(ctx)
	if err != nil {
		return e.withoutSecrets(failure(model.SendNotSent, "connect", err))
	}
	defer func() { _ = conn.Close() }() // nothing is on its way
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	client, err := e.greet(conn)
	if err != nil {
		return e.withoutSecrets(err)
	}
	_ = client.Quit() // it said all that was to be found out
	return nil
}
