//go:build integration

package integration_test

import (
	"fmt"
	"strings"
	"testing"
)

// dovecotSettings are those of a Dovecot for one protocol.
type dovecotSettings struct {
	protocol, port, log string
	cert, key           string // no TLS without them
	mail                string // a folder for mailboxes, of anybody with the password; nobody has one without it
	password            string
	more                string // settings that all versions know
}

// dovecotConfig writes the configuration of whichever Dovecot is installed: 2.4 gave most settings other names, and wants its own version first.
func dovecotConfig(t *testing.T, dir string, s *dovecotSettings) string {
	t.Helper()
	recent := !strings.HasPrefix(output(t, nil, "dovecot", "--version"), "2.3")
	choose := func(recently, before string) string {
		if recent {
			return recently
		}
		return before
	}
	var b strings.Builder
	b.WriteString(choose("dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n", ""))
	fmt.Fprintf(&b, "base_dir = %[1]s/%[2]s\nstate_dir = %[1]s/%[2]s\nlog_path = %[3]s\nprotocols = %[2]s\n", dir, s.protocol, s.log)
	b.WriteString("default_internal_user = dovecot\ndefault_login_user = dovenull\n")
	if s.cert == "" {
		b.WriteString("ssl = no\n" + choose("auth_allow_cleartext = yes\n", "disable_plaintext_auth = no\n"))
	} else {
		fmt.Fprintf(&b, "ssl = yes\n"+choose("ssl_server_cert_file = %s\nssl_server_key_file = %s\n", "ssl_cert = <%s\nssl_key = <%s\n"), s.cert, s.key)
	}
	fmt.Fprintf(&b, "service %[1]s-login {\n  chroot =\n  inet_listener %[1]s {\n    %[2]s = 127.0.0.1\n    port = %[3]s\n  }\n  inet_listener %[1]ss {\n    port = 0\n  }\n}\n",
		s.protocol, choose("listen", "address"), s.port)
	if s.mail == "" {
		b.WriteString(choose("passdb static {\n  password = nobody\n}\nuserdb static {\n}\n", "passdb {\n  driver = static\n}\nuserdb {\n  driver = static\n}\n"))
	} else {
		b.WriteString(strings.NewReplacer("MAIL", s.mail, "PASSWORD", s.password).Replace(choose(`
mail_driver = maildir
mail_path = MAIL/%{user}
passdb static {
  password = PASSWORD
}
userdb static {
  fields {
    uid = nobody
    gid = nogroup
    home = MAIL/%{user}
  }
}
`, `
mail_location = maildir:MAIL/%u
passdb {
  driver = static
  args = password=PASSWORD
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=MAIL/%u
}
`)))
	}
	b.WriteString(s.more)
	return write(t, dir, s.protocol+".conf", b.String())
}
