//go:build integration

package integration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"opsbot/model"
	"opsbot/test/ports"
)

// starttls are servers with TLS on request; each returns its port.
var starttls = map[string]func(t *testing.T, dir, cert, key string) (port string){
	"smtp": exim, "imap": dovecot("imap"), "pop3": dovecot("pop3"), "ftp": vsftpd, "ldap": slapd,
}

func exim(t *testing.T, dir, cert, key string) string {
	port := ports.Free(t)
	config := write(t, dir, "exim.conf", fmt.Sprintf(`
primary_hostname = a.test
local_interfaces = 127.0.0.1
spool_directory = %s/spool
log_file_path = %s/%%slog
pid_file_path = %s/exim.pid
tls_advertise_hosts = *
tls_certificate = %s
tls_privatekey = %s
exim_user = root
never_users =
begin acl
`, dir, dir, dir, cert, key))
	start(t, port, nil, "exim4", "-C", config, "-bdf", "-oX", port)
	return port
}

// dovecot serves one of its protocols.
func dovecot(protocol string) func(t *testing.T, dir, cert, key string) string {
	return func(t *testing.T, dir, cert, key string) string {
		port := ports.Free(t)
		config := dovecotConfig(t, dir, &dovecotSettings{protocol: protocol, port: port, log: "/dev/stderr", cert: cert, key: key})
		start(t, port, nil, "dovecot", "-F", "-c", config)
		return port
	}
}

func vsftpd(t *testing.T, dir, cert, key string) string {
	port := ports.Free(t)
	config := write(t, dir, "vsftpd.conf", fmt.Sprintf(`
listen=YES
listen_address=127.0.0.1
listen_port=%s
background=NO
anonymous_enable=YES
ssl_enable=YES
require_ssl_reuse=NO
rsa_cert_file=%s
rsa_private_key_file=%s
secure_chroot_dir=%s
seccomp_sandbox=NO
`, port, cert, key, dir))
	start(t, port, nil, "vsftpd", config)
	return port
}

func slapd(t *testing.T, dir, cert, key string) string {
	port := ports.Free(t)
	config := write(t, dir, "slapd.conf", fmt.Sprintf("pidfile %s/slapd.pid\nTLSCertificateFile %s\nTLSCertificateKeyFile %s\n", dir, cert, key))
	start(t, port, nil, "slapd", "-d", "0", "-f", config, "-h", "ldap://127.0.0.1:"+port)
	return port
}

// TestIntegrationStartTLS requests TLS from real servers, and checks their certificates.
func TestIntegrationStartTLS(t *testing.T) {
	for protocol, serve := range starttls {
		t.Run(protocol, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "opsbot-tls-") //nolint:usetesting // servers that drop their rights must be able to enter it
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // as above
				t.Fatal(err)
			}
			cert, key := certificate(t, dir, 10)
			seesCertificate(t, protocol, serve(t, dir, cert, key), cert)
		})
	}
	t.Run("postgres", func(t *testing.T) {
		port, ca := postgres(t)
		seesCertificate(t, "postgres", port, ca)
	})
}

func seesCertificate(t *testing.T, protocol, port, ca string) {
	t.Helper()
	keys := func(kind, rest string) string {
		return fmt.Sprintf("kind = %q\naddress = \"127.0.0.1:%s\"\nstarttls = %q\n%s\n", kind, port, protocol, rest)
	}
	trusted := fmt.Sprintf("ca_file = %q", filepath.Clean(ca))
	well(t, "tcp", look(t, keys("tcp", trusted)))
	well(t, "tls", look(t, keys("tls", trusted+"\ndays = 9")))
	wants(t, "it ends", look(t, keys("tls", trusted+"\ndays = 31")), model.StatusFail, model.ReasonTLSExpires)
	wants(t, "another name", look(t, keys("tcp", trusted+"\nserver_name = \"b.test\"")), model.StatusFail, model.ReasonTLS)
	wants(t, "nobody's", look(t, keys("tcp", "")), model.StatusFail, model.ReasonTLS)
}
