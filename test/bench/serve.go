package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
)

// answer is the server's whole answer: the cheaper, the less it affects the measurement.
const answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nfine\n"

// wanted is a text in it.
const wanted = "fine"

// served are the ports of the target servers, by what they do: "plain" answers, "hang" does not, a shape answers over TLS.
type served struct {
	Ports map[string]string
	Roots string // file of the authorities
}

// serve answers and hangs on ports of every loopback address, until in ends.
func serve(in io.Reader, out io.Writer) error {
	s := served{Ports: map[string]string{}}
	for what, handle := range map[string]func(net.Conn){"plain": answerOne, "hang": holdOne} {
		l, err := s.listen(what)
		if err != nil {
			return err
		}
		go acceptAll(l, handle)
	}
	var all []*authority
	for shape := range shapes {
		a, err := newAuthority(shape)
		if err != nil {
			return err
		}
		l, err := s.listen(shape)
		if err != nil {
			return err
		}
		go acceptAll(tls.NewListener(l, a.config()), answerOne)
		all = append(all, a)
	}
	var err error
	if s.Roots, err = writeRoots(all...); err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(s); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

func (s *served) listen(what string) (net.Listener, error) {
	l, err := net.Listen("tcp4", "0.0.0.0:0") //nolint:noctx,gosec // of this process, for its life; every loopback address is wanted
	if err != nil {
		return nil, err
	}
	_, s.Ports[what], err = net.SplitHostPort(l.Addr().String())
	return l, err
}

func acceptAll(l net.Listener, handle func(net.Conn)) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go handle(conn)
	}
}

func answerOne(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	request := make([]byte, 0, 2<<10)
	for len(request) < cap(request) {
		n, err := conn.Read(request[len(request):cap(request)])
		request = request[:len(request)+n]
		if bytes.HasSuffix(request, []byte("\r\n\r\n")) {
			_, _ = io.WriteString(conn, answer)
			return
		}
		if err != nil {
			return
		}
	}
}

func holdOne(conn net.Conn) {
	_, _ = io.Copy(io.Discard, conn)
	_ = conn.Close()
}
