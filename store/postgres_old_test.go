package store_test

import (
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"opsbot/model"
	"opsbot/store"
)

// serverOf is a PostgreSQL server that lets everybody in, names its version, and does no more.
func serverOf(t *testing.T, version string) (dsn string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	ok(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			letIn(pgproto3.NewBackend(conn, conn), version)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return "postgres://opsbot@" + l.Addr().String() + "/opsbot?sslmode=disable"
}

// letIn answers a login and the question whether the server can be written to. What is not sent the other side sees.
func letIn(b *pgproto3.Backend, version string) {
	if _, err := b.ReceiveStartupMessage(); err != nil {
		return
	}
	b.Send(&pgproto3.AuthenticationOk{})
	b.Send(&pgproto3.ParameterStatus{Name: "server_version", Value: version})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	_ = b.Flush()
	if _, err := b.Receive(); err != nil {
		return
	}
	b.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("transaction_read_only")}}})
	b.Send(&pgproto3.DataRow{Values: [][]byte{[]byte("off")}})
	b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SHOW")})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	_ = b.Flush()
}

// TestAnOldServerIsRefused opens databases on servers of several versions: one that is too old is refused in words, and named in the log.
func TestAnOldServerIsRefused(t *testing.T) {
	const old = "the version of the database server is too old"
	for version, want := range map[string]bool{
		"8.4.22": true, "9.6.24": true, "12.22 (Debian 12.22-1.pgdg120+1)": true, "13.0": false, "17.6 (Debian 17.6-0+deb13u1)": false, "18beta1": false, "": false,
	} {
		_, err := store.Open(t.Context(), store.Options{DSN: serverOf(t, version), Now: now})
		if model.CodeOf(err) != model.ErrDatabaseServer {
			t.Errorf("%q: %v", version, err)
		} else if got := strings.Contains(err.Error(), old); got != want || want && !strings.Contains(err.Error(), "PostgreSQL "+version+" is too old") {
			t.Errorf("%q: refused as too old: %v, want %v: %v", version, got, want, err)
		}
	}
}
