package config

import (
	"crypto/tls"

	"opsbot/model"
)

// login checks how opsbot logs in to the source.
func (s *source) login() {
	in := s.in
	password, token := s.hasAny("password", "password_file"), s.hasAny("token", "token_file")
	switch {
	case !s.hasAny("url", "urls"):
		for _, key := range []string{"user", "password", "password_file", "token", "token_file", "client_cert", "server_name", "ca_file"} {
			if s.has(key) {
				s.fail(key, model.Say("config.needs", "other", "url"))
			}
		}
		return
	case password && in.User == "":
		s.fail("password", model.Say("config.login.no_user"))
	case in.User != "" && !password:
		s.fail("user", model.Say("config.login.no_password"))
	case in.User != "" && token:
		s.fail("token", model.Say("config.both", "key", "user", "other", "token"))
	}
	switch {
	case in.Kind == model.SourceIcinga && token:
		s.fail("token", model.Say("config.inbound.icinga_token"))
	case in.Kind == model.SourceIcinga && in.User == "" && !password && !s.has("client_cert"):
		s.fail("", model.Say("config.missing.icinga_login", "key", "user"))
	case in.Kind == model.SourceZabbix && !token:
		s.fail("", model.Say("config.missing.zabbix_token", "key", "token"))
	}
}

// certificate reads the client certificate.
func (s *source) certificate() {
	switch cert, key := s.in.ClientCert, s.in.ClientKey; {
	case cert == "" && key == "":
	case key == "":
		s.fail("client_cert", model.Say("config.needs", "other", "client_key"))
	case cert == "":
		s.fail("client_key", model.Say("config.needs", "other", "client_cert"))
	default:
		s.pair(cert, key)
	}
}

// pair reads a certificate and its key from their files.
func (s *source) pair(cert, key string) {
	certPEM, err := readBounded(s.beside(cert))
	if err != nil {
		s.fail("client_cert", unreadable(cert, err))
		return
	}
	keyPEM, err := readBounded(s.beside(key))
	if err != nil {
		s.fail("client_key", unreadable(key, err))
		return
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil { // the error may quote the file
		s.fail("client_cert", model.Say("config.inbound.certificate", "cert", cert, "file", key))
		return
	}
	s.in.Certificates = []tls.Certificate{pair}
}

// hook checks the secret of the hook.
func (s *source) hook() {
	size := len(s.in.Secret.Reveal())
	key := "secret"
	if s.in.SecretFile != "" {
		key = "secret_file"
	}
	switch {
	case !s.hasAny("secret", "secret_file"):
	case !s.kind.hooks:
		s.fail(key, model.Say("config.inbound.no_hooks", "kind", s.kind.title))
	case size < minSecret && (size > 0 || key == "secret"): // secret reported a file that cannot be read
		s.fail(key, model.Say("config.secret.short", "size", size, "least", minSecret))
	case !s.listens:
		s.fail(key, model.Say("config.needs_listen"))
	}
}
