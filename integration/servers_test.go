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

	"opsbot"
	"opsbot/app"
	"opsbot/checks"
)

// patience bounds the start of a real server.
const patience = time.Minute

// freePort is one of loopback's that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// locked is what a program says, while a test reads it.
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

// start runs a server until the test ends, and waits until its port answers. as is who it runs as; nil is who we are.
func start(t *testing.T, port string, as *syscall.Credential, name string, args ...string) {
	t.Helper()
	var said locked
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-tick.C:
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", name, err, said.String())
		case <-late:
			t.Fatalf("%s does not listen: %v\n%s", name, err, said.String())
		}
	}
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

// look runs a check as the configuration has it, once. keys are those of [[checks]] behind its name.
func look(t *testing.T, keys string) opsbot.Result {
	t.Helper()
	path := write(t, t.TempDir(), "opsbot.toml", "[[checks]]\nname = \"it\"\n"+keys+"\n")
	loaded, err := app.Load(path, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return checks.NewEngine(checks.DefaultLimits(), time.Now).Run(context.WithoutCancel(t.Context()), checks.OnDemand, loaded.Standalone[0])
}

// wants says what a look should have seen; code "" is that all is well.
func wants(t *testing.T, name string, r opsbot.Result, status opsbot.Status, code opsbot.ReasonCode, args ...string) {
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

func well(t *testing.T, name string, r opsbot.Result) {
	t.Helper()
	wants(t, name, r, opsbot.StatusOK, "")
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
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Duration(days)*opsbot.Day + time.Hour), IsCA: true, BasicConstraintsValid: true,
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
