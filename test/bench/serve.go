package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
)

// answer is the server's whole answer: the cheaper, the less it affects the measurement.
const answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nfine\n"

// serve answers on one port of every loopback address and hangs on another, until in ends.
func serve(in io.Reader, out io.Writer) error {
	var ports [2]int
	for i, handle := range []func(net.Conn){answerOne, holdOne} {
		l, err := net.Listen("tcp4", "0.0.0.0:0") //nolint:noctx,gosec // of this process, for its life; every loopback address is wanted
		if err != nil {
			return err
		}
		ports[i] = l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it is TCP
		go acceptAll(l, handle)
	}
	fmt.Fprintln(out, ports[0], ports[1])
	_, err := io.Copy(io.Discard, in)
	return err
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
