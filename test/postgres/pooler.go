package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Pooler is pgbouncer in front of a server, on a socket of its own.
type Pooler struct {
	dir string
	cmd *exec.Cmd
}

// poolerConfig: its users are the server's, and nobody asks who they are.
const poolerConfig = `[databases]
* = host=%s port=%s user=%s
[pgbouncer]
listen_addr =
listen_port = %s
unix_socket_dir = %s
auth_type = any
pool_mode = %s
logfile = %s
max_client_conn = 100
default_pool_size = 10
`

// poolerReady is how long it may take to listen.
const poolerReady = 10 * time.Second

// StartPooler starts a pooler of a mode: "session", "transaction" or "statement". Stop it in the end.
func StartPooler(ctx context.Context, s *Server, mode string) (p *Pooler, err error) {
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		return nil, errors.New("no pgbouncer here: scripts/install pgbouncer")
	}
	p = &Pooler{}
	if p.dir, err = os.MkdirTemp(s.dir, "pooler-"); err != nil {
		return nil, err
	}
	config := filepath.Join(p.dir, "pgbouncer.ini")
	err = os.WriteFile(config, fmt.Appendf(nil, poolerConfig, s.dir, port, Owner, port, p.dir, mode, filepath.Join(p.dir, "log")), 0o600)
	if s.as != nil {
		err = errors.Join(err, os.Chown(p.dir, int(s.as.Uid), int(s.as.Gid)), os.Chown(config, int(s.as.Uid), int(s.as.Gid)))
	}
	if err != nil {
		return nil, err
	}
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), program, "-q", config) //nolint:gosec // what was found
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, p.listens(ctx)
}

// listens waits until its socket is there.
func (p *Pooler) listens(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, poolerReady)
	defer cancel()
	for {
		if _, err := os.Stat(p.Socket()); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(p.dir, "log"))
			return errors.Join(fmt.Errorf("pgbouncer does not listen: %s", log), p.Stop())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Socket is the unix socket that it answers on.
func (p *Pooler) Socket() string { return filepath.Join(p.dir, ".s.PGSQL."+port) }

// Stop ends it.
func (p *Pooler) Stop() error {
	err := p.cmd.Process.Kill()
	_ = p.cmd.Wait() // it was killed
	return err
}
