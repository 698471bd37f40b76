package app_test

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"opsbot/sandbox"
)

// TestUnderSystemd is the service manager's side of the unit: it is told when all runs, fed a watchdog, reloads by SIGHUP,
// and ends by SIGTERM, in time and with exit code 0.
func TestUnderSystemd(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(p.dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	service := p.spawn("NOTIFY_SOCKET="+manager.LocalAddr().String(), "WATCHDOG_USEC=400000")
	p.notifies(manager, "READY=1")
	p.notifies(manager, "WATCHDOG=1")
	p.notifies(manager, "WATCHDOG=1")

	good := p.world.Config()
	p.write(good + "\n[[checks]]\nname = \"broken\"\nkind = \"tpc\"\n")
	service.signal(syscall.SIGHUP)
	p.answered("/status", "has errors")
	p.write(good + "\n[[checks]]\nname = \"extra\"\nkind = \"tcp\"\naddress = \"127.0.0.1:1\"\nschedule = \"@every 1s\"\n")
	service.signal(syscall.SIGHUP)
	p.message(sandbox.OpsChat, 0, "extra", "is down")

	notified := time.Now()
	service.signal(syscall.SIGTERM)
	p.notifies(manager, "STOPPING=1")
	if err := service.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v\n%s", err, p.out)
	}
	if took := time.Since(notified); took > 10*time.Second {
		t.Errorf("it took %v to stop", took)
	}
}

func (pr *process) signal(s syscall.Signal) {
	pr.p.t.Helper()
	if err := pr.cmd.Process.Signal(s); err != nil {
		pr.p.t.Fatal(err)
	}
}

// notifies waits until the service manager was notified.
func (p *product) notifies(manager *net.UnixConn, want string) {
	p.t.Helper()
	if err := manager.SetReadDeadline(time.Now().Add(patience)); err != nil {
		p.t.Fatal(err)
	}
	for buf := make([]byte, 1024); ; {
		n, err := manager.Read(buf)
		if err != nil {
			p.t.Fatalf("%s was never said: %v\n%s", want, err, p.out)
		}
		if string(buf[:n]) == want {
			return
		}
	}
}
