//go:build integration

package integration_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/model"
)

// patience bounds the start of a real server.
const patience = time.Minute

// locked is a program's output, while a test reads it.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// process is a server that runs until the test ends, or until it is ended.
type process struct {
	t     *testing.T
	name  string
	cmd   *exec.Cmd
	said  locked
	ended chan error // has one when it has ended
}

// launch runs a server until the test ends. as is its user; nil is our own.
func launch(t *testing.T, as *syscall.Credential, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.Command(name, args...), ended: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = &p.said, &p.said, "/"
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as, Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	t.Cleanup(func() { p.end(syscall.SIGTERM) })
	return p
}

// end sends it a signal, and kills whatever of its group is left after that. It may be called again.
func (p *process) end(by syscall.Signal) {
	_ = p.cmd.Process.Signal(by)
	select {
	case err := <-p.ended:
		p.ended <- err
	case <-time.After(10 * time.Second):
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
}

// answers waits until a port of loopback answers.
func (p *process) answers(port string) {
	p.t.Helper()
	p.until("it listens", func() error {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(p.t.Context(), "tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = conn.Close()
		}
		return err
	})
}

// until waits until try returns no error.
func (p *process) until(what string, try func() error) {
	p.t.Helper()
	err := eventually(p.t, patience, func() error {
		select {
		case err := <-p.ended:
			p.ended <- err
			p.t.Fatalf("%s ended: %v\n%s", p.name, err, p.said.String())
		default:
		}
		return try()
	})
	if err != nil {
		p.t.Fatalf("%s: until %s: %v\n%s", p.name, what, err, p.said.String())
	}
}

// eventually retries until there is no error, or a limit; then it returns the last one.
func eventually(t *testing.T, most time.Duration, try func() error) error {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(most)
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-late:
			return err
		}
	}
}

// start runs a server until the test ends, and waits until its port answers.
func start(t *testing.T, port string, as *syscall.Credential, name string, args ...string) {
	t.Helper()
	launch(t, as, name, args...).answers(port)
}

// output runs a program to its end.
func output(t *testing.T, as *syscall.Credential, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.SysProcAttr, cmd.Dir = &syscall.SysProcAttr{Credential: as}, "/"
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, said.String())
	}
	return out.String()
}

// write puts a text into a file and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// look runs a check of the configuration, once. keys are those of [[checks]] after its name.
func look(t *testing.T, keys string) model.Result {
	t.Helper()
	path := write(t, t.TempDir(), "opsbot.toml", "[[checks]]\nname = \"it\"\n"+keys+"\n")
	loaded, err := setup.Load(path, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return checks.NewEngine(checks.DefaultLimits(), time.Now).Run(context.WithoutCancel(t.Context()), checks.OnDemand, loaded.Standalone[0])
}

// wants compares a result; code "" is an ok result.
func wants(t *testing.T, name string, r model.Result, status model.Status, code model.ReasonCode, args ...string) {
	t.Helper()
	if r.Status != status || r.Reason.Code != code {
		t.Errorf("%s: %s %+v, want %s %s", name, r.Status, r.Reason, status, code)
		return
	}
	for i := 0; i+1 < len(args); i += 2 {
		if !bytes.Contains([]byte(r.Reason.Args[args[i]]), []byte(args[i+1])) {
			t.Errorf("%s: %s is %q, want %q", name, args[i], r.Reason.Args[args[i]], args[i+1])
		}
	}
}

func well(t *testing.T, name string, r model.Result) {
	t.Helper()
	wants(t, name, r, model.StatusOK, "")
}

// certificate writes a certificate of a.test and 127.0.0.1, which is its own authority, and its key, as PEM.
func certificate(t *testing.T, dir string, days int) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test"}, DNSNames: []string{"a.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Duration(days)*model.Day + time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	name := strconv.Itoa(days)
	cert = write(t, dir, name+".crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return cert, write(t, dir, name+".key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})))
}
