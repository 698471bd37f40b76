package sandbox

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"

	"opsbot/sandbox/monitors"
)

// watch is the addresses and secrets that connect the product and the monitors.
type watch struct {
	listen   string // address of the product's webhooks
	password string // of monitors.User
	secret   string // of the hook
}

// listenAddr is the address of the product's webhooks: one that nothing else is likely to use, on the usual port if it is free.
const listenAddr = "127.0.88.200:8080"

// addMonitors adds the monitors to the fleet's plan.
func (s *Sandbox) addMonitors(ctx context.Context, freePorts bool) error {
	listen, err := freeAddr(ctx, listenAddr, freePorts)
	if err != nil {
		return fmt.Errorf("find a port for hooks: %w", err)
	}
	s.watch = watch{listen: listen, password: rand.Text(), secret: rand.Text()}
	s.Monitors = monitors.New(monitors.Options{
		Hosts: s.stage.plan.Hosts, Password: s.watch.password, Secret: s.watch.secret, Hook: "http://" + listen + "/in/" + monitors.NamePrometheus,
	})
	s.stage.plan.Stubs = append(s.stage.plan.Stubs, s.Monitors.Stubs()...)
	return nil
}

// freeAddr is the address, or one with another port if that is in use or any will do. Nothing listens on it yet.
func freeAddr(ctx context.Context, address string, anyPort bool) (string, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	var l net.Listener
	if !anyPort {
		l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	}
	if anyPort || err != nil {
		l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// sourcesConfig are the sections that connect the product to the monitors; "" without any. Both are polled as often as allowed,
// and count as disconnected as soon as allowed.
func (s *Sandbox) sourcesConfig() string {
	if s.Monitors == nil {
		return ""
	}
	icinga, prometheus := s.at(monitors.NameIcinga), s.at(monitors.NamePrometheus)
	return fmt.Sprintf(sourcesConfig, s.watch.listen,
		monitors.NameIcinga, icinga, monitors.User, s.watch.password,
		monitors.NamePrometheus, prometheus, "http://"+prometheus+monitors.PrometheusPath, monitors.User, s.watch.password, s.watch.secret)
}

const sourcesConfig = `
[web]
listen = %[1]q
public_url = "http://%[1]s"

[[inbound]]
name         = %[2]q
kind         = "icinga"
url          = "http://%[3]s"
user         = %[4]q
password     = %[5]q
poll         = "5s"
disconnected_after = "10s"
acknowledge  = true
downtime     = true

[[inbound]]
name         = %[6]q
kind         = "alertmanager"
url          = "http://%[7]s"
prometheus   = [%[8]q]
user         = %[9]q
password     = %[10]q
secret       = %[11]q
poll         = "5s"
disconnected_after = "10s"
downtime     = true
`
