package setup

import (
	"opsbot/config"
	"opsbot/inbound/httpclient"
	"opsbot/model"
)

// SourceClient makes the HTTP client for an event source. Close it.
func SourceClient(cfg *config.Inbound) *httpclient.Client {
	o := httpclient.Options{
		User: cfg.User, Password: cfg.Password, Token: cfg.Token, Roots: cfg.Roots, Certificates: cfg.Certificates, ServerName: cfg.ServerName,
	}
	if cfg.Kind == model.SourceZabbix { // how its token is sent depends on its version: its client does that
		o.Token = model.Secret{}
	}
	return httpclient.New(o)
}
