// Package web is the listener: health and metrics, and the control socket through which the command line of the same
// machine speaks to opsbot.
//
// It must not know rules of the business: package ops answers, this translates.
package web

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"
)

// The limits of a request. All requests are short; the limits keep a slow or hostile client from holding memory.
const (
	headerTime = 5 * time.Second
	readTime   = 10 * time.Second
	writeTime  = 90 * time.Second // a reload may take callTime
	idleTime   = 60 * time.Second
	maxHeaders = 16 << 10
	stopTime   = 3 * time.Second
)

// Serve answers on a listener until ctx ends, then lets requests in progress finish for three seconds. It closes the
// listener. failures is the log of single connections that fail; nil is the standard one.
func Serve(ctx context.Context, l net.Listener, handler http.Handler, failures *log.Logger) error {
	srv := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeaders, ConnContext: withPeer, ErrorLog: failures,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	err := srv.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	<-ended //nolint:errcheck // http.ErrServerClosed, or the error of Shutdown or Close
	if err != nil {
		return fmt.Errorf("stop serving on %s: %w", l.Addr(), err)
	}
	return nil
}
