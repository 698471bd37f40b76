package email_test

import (
	"net"
	"testing"

	"opsbot/model"
	"opsbot/notify/email"
)

// TestALineWithoutAnEnd: an endless answer of a server is not read into memory.
func TestALineWithoutAnEnd(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	said := make(chan int, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		total, word := 0, make([]byte, 64<<10)
		for i := range word {
			word[i] = '2'
		}
		for total < 64<<20 {
			n, err := conn.Write(word)
			if total += n; err != nil {
				break
			}
		}
		said <- total
	}()
	o := options(serve(t, false, nil))
	o.Server, o.TLS, o.User = l.Addr().String(), email.None, ""
	wants(t, deliver(t, o, notification(1, model.NotifyOpened)), model.SendNotSent)
	if n := <-said; n >= 64<<20 {
		t.Errorf("it read %d bytes", n)
	}
}
