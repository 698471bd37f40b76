package checks

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"

	"opsbot/model"
)

// StartTLS names a protocol in which TLS is started on a plain connection; "" is none.
type StartTLS string

// The protocols.
const (
	StartSMTP     StartTLS = "smtp"     // RFC 3207
	StartIMAP     StartTLS = "imap"     // RFC 9051, 6.2.1
	StartPOP3     StartTLS = "pop3"     // RFC 2595, 4
	StartFTP      StartTLS = "ftp"      // RFC 4217
	StartLDAP     StartTLS = "ldap"     // RFC 4511, 4.14
	StartPostgres StartTLS = "postgres" // PostgreSQL, "SSL Session Encryption"
)

// begin returns the start of TLS in a protocol; nil for an unknown one.
func (s StartTLS) begin() func(*dialogue) error {
	switch s {
	case StartSMTP:
		return startSMTP
	case StartIMAP:
		return startIMAP
	case StartPOP3:
		return startPOP3
	case StartFTP:
		return startFTP
	case StartLDAP:
		return startLDAP
	case StartPostgres:
		return startPostgres
	default:
		return nil
	}
}

// UnmarshalText reads the name of a protocol.
func (s *StartTLS) UnmarshalText(text []byte) error {
	if StartTLS(text).begin() == nil {
		return model.OneOf("starttls", text, StartFTP, StartIMAP, StartLDAP, StartPOP3, StartPostgres, StartSMTP)
	}
	*s = StartTLS(text)
	return nil
}

// startTLS requests TLS on a connection; then the handshake may begin.
func (p *probe) startTLS(conn net.Conn, protocol StartTLS) *finding {
	begin := protocol.begin()
	if begin == nil {
		return nil
	}
	p.phase = phaseStartTLS
	begun := time.Now()
	d := &dialogue{w: conn, r: bufio.NewReader(&cappedReader{r: conn, left: maxHeader})}
	err := begin(d)
	p.phases.TLS += time.Since(begun)
	if err == nil && d.r.Buffered() > 0 { // data before the handshake may be injected
		err = refusal("it says more than it may before TLS begins")
	}
	if err == nil {
		return nil
	}
	said, refused := errors.AsType[refusal](err)
	switch {
	case refused:
	case errors.Is(err, errEndless):
		said = refusal("it talks without end")
	default:
		return p.explain(err)
	}
	return fail(model.ReasonStartTLS, "protocol", strings.ToUpper(string(protocol)), "said", shortened(string(said)), "took", p.took(), "addr", p.address)
}

// refusal is what the server said instead of "go ahead".
type refusal string

// Error returns what the server said.
func (r refusal) Error() string { return string(r) }

// dialogue is the exchange before TLS.
type dialogue struct {
	w io.Writer
	r *bufio.Reader
}

func (d *dialogue) say(line string) error {
	_, err := io.WriteString(d.w, line+"\r\n")
	return err
}

// expect reads a line and checks its beginning.
func (d *dialogue) expect(prefix string) error {
	line, err := d.line()
	if err == nil && !hasPrefixFold(line, prefix) {
		err = refused(line)
	}
	return err
}

func (d *dialogue) line() (string, error) {
	line, err := d.r.ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}

// reply reads a numbered reply of one line or more, as in SMTP and FTP, and checks its number.
func (d *dialogue) reply(code string) (lines []string, err error) {
	for {
		line, err := d.line()
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(line, code) {
			return nil, refused(line)
		}
		rest := line[len(code):]
		lines = append(lines, strings.TrimLeft(rest, " -"))
		if !strings.HasPrefix(rest, "-") {
			return lines, nil
		}
	}
}

func refused(line string) error {
	if line = glimpse([]byte(line)); line == "" {
		line = "nothing"
	}
	return refusal(line)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func startSMTP(d *dialogue) error {
	if _, err := d.reply("220"); err != nil {
		return err
	}
	if err := d.say("EHLO opsbot.invalid"); err != nil {
		return err
	}
	offers, err := d.reply("250")
	if err != nil {
		return err
	}
	for _, offer := range offers {
		if !strings.EqualFold(textproto.TrimString(offer), "STARTTLS") {
			continue
		}
		if err := d.say("STARTTLS"); err != nil {
			return err
		}
		_, err := d.reply("220")
		return err
	}
	return refusal("it does not offer STARTTLS")
}

func startIMAP(d *dialogue) error {
	if err := d.expect("* OK"); err != nil {
		return err
	}
	if err := d.say("a STARTTLS"); err != nil {
		return err
	}
	for {
		line, err := d.line()
		switch {
		case err != nil:
			return err
		case hasPrefixFold(line, "a OK"):
			return nil
		case !strings.HasPrefix(line, "* "): // untagged ones may come between
			return refused(line)
		}
	}
}

func startPOP3(d *dialogue) error {
	if err := d.expect("+OK"); err != nil {
		return err
	}
	if err := d.say("STLS"); err != nil {
		return err
	}
	return d.expect("+OK")
}

func startFTP(d *dialogue) error {
	if _, err := d.reply("220"); err != nil {
		return err
	}
	if err := d.say("AUTH TLS"); err != nil {
		return err
	}
	_, err := d.reply("234")
	return err
}

// sslRequest is the code of PostgreSQL's SSLRequest.
const sslRequest = 80877103

func startPostgres(d *dialogue) error {
	ask := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 8), sslRequest)
	if _, err := d.w.Write(ask); err != nil {
		return err
	}
	answer, err := d.r.ReadByte()
	switch {
	case err != nil:
		return err
	case answer == 'N':
		return refusal("it has no TLS")
	case answer != 'S':
		return refusal("it does not speak this protocol")
	}
	return nil
}
