package mailbox

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/textproto"
	"strings"
)

// talk is one connection: the part of SMTP (RFC 5321) that a client needs to send a mail.
type talk struct {
	box  *Box
	conn net.Conn
	r    *bufio.Reader
	from string
	to   []string
}

func (t *talk) run() {
	t.r = bufio.NewReader(io.LimitReader(t.conn, maxMail))
	if !t.say("220 sandbox ESMTP") {
		return
	}
	for {
		line, err := t.r.ReadString('\n')
		if err != nil || !t.command(strings.TrimSpace(line)) {
			return
		}
	}
}

func (t *talk) say(line string) bool {
	_, err := io.WriteString(t.conn, line+"\r\n")
	return err == nil
}

// command answers one line; false ends the connection.
func (t *talk) command(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	verb = strings.ToUpper(verb)
	if said := t.box.answer(verb); said != "" {
		return t.other(said)
	}
	switch verb {
	case "EHLO":
		return t.say("250-sandbox\r\n250 8BITMIME")
	case "MAIL":
		t.from, t.to = address(rest), nil
	case "RCPT":
		to := address(rest)
		if said := t.box.answer("RCPT " + to); said != "" {
			return t.other(said)
		}
		t.to = append(t.to, to)
	case "DATA":
		return t.data()
	case "QUIT":
		_ = t.say("221 bye") // the client is done
		return false
	}
	return t.say("250 ok")
}

// other sends a test's answer.
func (t *talk) other(said string) bool {
	if said == "hang" {
		_, _ = t.r.ReadByte() // the client leaves
		return false
	}
	return t.say(said)
}

func (t *talk) data() bool {
	if !t.say("354 go on") {
		return false
	}
	raw, err := textproto.NewReader(t.r).ReadDotBytes()
	if err != nil {
		return false
	}
	if said := t.box.answer("mail"); said != "" {
		return t.other(said)
	}
	t.box.keep(t.from, t.to, bytes.Clone(raw))
	return t.say("250 taken")
}
