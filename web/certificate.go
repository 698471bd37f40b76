package web

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// certificatePace is how often the files of a certificate are looked at: a renewed one is used that soon, without a reload.
const certificatePace = 10 * time.Second

// Certificate is the TLS certificate of a listener. When its files change the new one is used; while they cannot be read, or do not fit
// each other, the last good one stays. It is safe for concurrent use.
type Certificate struct {
	certFile, keyFile string
	log               func(error) // of files that changed and cannot be used
	now               func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	stamp   string    // of the files that were tried last
	looked  time.Time // when the files were last looked at
}

// NewCertificate reads a certificate with its chain, and its key, both PEM.
func NewCertificate(certFile, keyFile string, log func(error), now func() time.Time) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log, now: now, looked: now()}
	c.stamp = c.filesStamp()
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", certFile, keyFile, err)
	}
	c.current = &pair
	return c, nil
}

// Config is for a listener: TLS 1.2 and newer.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.get(), nil },
		NextProtos:     []string{"http/1.1"},
	}
}

// get is the certificate to use now.
func (c *Certificate) get() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if since := c.now().Sub(c.looked); since >= 0 && since < certificatePace { // a clock may be set back
		return c.current
	}
	c.looked = c.now()
	stamp := c.filesStamp()
	if stamp == c.stamp {
		return c.current
	}
	c.stamp = stamp
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log(fmt.Errorf("the changed certificate %s cannot be used, the one before stays: %w", c.certFile, err))
		return c.current
	}
	c.current = &pair
	return c.current
}

// covers reports whether the certificate is for a host.
func (c *Certificate) covers(host string) bool {
	leaf := c.get().Leaf
	return leaf != nil && leaf.VerifyHostname(host) == nil
}

// filesStamp differs when a file was changed or replaced.
func (c *Certificate) filesStamp() string {
	stamp := ""
	for _, path := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(path); err == nil {
			stamp += fmt.Sprint(info.ModTime().UnixNano(), info.Size(), " ")
		}
	}
	return stamp
}
