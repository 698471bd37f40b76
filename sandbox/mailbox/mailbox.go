// Package mailbox is a mail server for the sandbox and for tests: it accepts every mail, keeps the last ones in memory, and delivers
// nothing.
//
// It only listens on loopback. It must not know the product.
package mailbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// The limits of kept and accepted mail.
const (
	mostMails = 50
	maxMail   = 32 << 20 // bytes
)

// Box is a running mail server. It is safe for concurrent use.
type Box struct {
	listener net.Listener
	serving  sync.WaitGroup

	mu      sync.Mutex
	last    int
	mails   []Mail
	answers map[string]string // by command: answers instead of the usual ones
	open    map[net.Conn]bool
	changed chan struct{} // closed on each mail
}

// Mail is an accepted mail.
type Mail struct {
	ID      int
	At      time.Time
	From    string
	To      []string // of the envelope
	Subject string
	Text    string
	HTML    string // with embedded images
	Files   []File
	Raw     []byte
}

// File is an attachment.
type File struct {
	Name string
	Type string
	Data []byte
}

// Start listens on a free port of loopback.
func Start(ctx context.Context) (*Box, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for mail: %w", err)
	}
	b := &Box{listener: l, answers: map[string]string{}, open: map[net.Conn]bool{}, changed: make(chan struct{})}
	b.serving.Go(b.serve)
	return b, nil
}

// Addr is host:port.
func (b *Box) Addr() string { return b.listener.Addr().String() }

// Close ends the server, and waits for it.
func (b *Box) Close() {
	_ = b.listener.Close() // it no longer listens, even with an error
	b.mu.Lock()
	for conn := range b.open {
		_ = conn.Close()
	}
	b.mu.Unlock()
	b.serving.Wait()
}

// Answer sets the answer to a command ("EHLO", "MAIL", "RCPT", "RCPT ops@example.com", "DATA", or "mail" once all of it has arrived), such
// as "451 come again"; "hang" answers nothing until the client leaves, "" is the usual answer.
func (b *Box) Answer(command, line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers[command] = line
}

// Mails are the last accepted mails, the newest last.
func (b *Box) Mails() []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.mails)
}

// Wait waits for the first mail that matches.
func (b *Box) Wait(ctx context.Context, fits func(*Mail) bool) (Mail, error) {
	for {
		b.mu.Lock()
		mails, changed := b.mails, b.changed
		b.mu.Unlock()
		for i := range mails {
			if fits(&mails[i]) {
				return mails[i], nil
			}
		}
		select {
		case <-ctx.Done():
			return Mail{}, fmt.Errorf("wait for a mail among %d: %w", len(mails), ctx.Err())
		case <-changed:
		}
	}
}

func (b *Box) serve() {
	for {
		conn, err := b.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		b.mu.Lock()
		b.open[conn] = true
		b.mu.Unlock()
		b.serving.Go(func() {
			(&talk{box: b, conn: conn}).run()
			b.mu.Lock()
			defer b.mu.Unlock()
			delete(b.open, conn)
			_ = conn.Close()
		})
	}
}

func (b *Box) answer(command string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.answers[command]
}

func (b *Box) keep(from string, to []string, raw []byte) {
	m := Parse(raw)
	m.At, m.From, m.To, m.Raw = time.Now(), from, to, raw
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	m.ID = b.last
	b.mails = append(slices.Clone(b.mails[max(0, len(b.mails)-mostMails+1):]), m)
	close(b.changed)
	b.changed = make(chan struct{})
}

// address is the text between < and >.
func address(text string) string {
	_, text, _ = strings.Cut(text, "<")
	text, _, _ = strings.Cut(text, ">")
	return text
}
