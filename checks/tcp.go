package checks

import (
	"context"

	"opsbot/model"
)

// TCPOptions are the options of kind "tcp": the check is ok if a connection can be opened, and TLS started if
// requested.
type TCPOptions struct {
	Address    string   `toml:"address"`     // host:port, the host a name or an IP address
	StartTLS   StartTLS `toml:"starttls"`    // the protocol in which TLS is started; empty: no TLS
	ServerName string   `toml:"server_name"` // of the certificate. Default: the host of each address
	CAFile     string   `toml:"ca_file"`     // PEM of authorities to trust instead of the machine's
	Targets
}

// Validate returns what is wrong.
func (o *TCPOptions) Validate() []model.Sentence {
	if len(o.set(o.Address)) == 0 {
		return []model.Sentence{model.Say("config.missing.like", "key", "address", "example", "10.0.0.9:5432")}
	}
	wrong := append(o.wrong(o.Address), o.wrongRoots(o.CAFile)...)
	switch {
	case o.StartTLS != "":
	case o.ServerName != "":
		wrong = append(wrong, model.Say("config.needs", "key", "server_name", "other", "starttls"))
	case o.CAFile != "":
		wrong = append(wrong, model.Say("config.needs", "key", "ca_file", "other", "starttls"))
	}
	return wrong
}

// Checker returns the check.
func (o *TCPOptions) Checker() model.Checker {
	if o.StartTLS != "" {
		secure := TLSOptions{Address: o.Address, ServerName: o.ServerName, CAFile: o.CAFile, StartTLS: o.StartTLS, Targets: o.Targets}
		return secure.Checker()
	}
	return o.checker(o.Address, "", func(address string) model.Checker { return tcpCheck{address: address, names: o.names} })
}

// tcpCheck is immutable.
type tcpCheck struct {
	address string
	names   *Names
}

func (t tcpCheck) at(address string) model.Checker {
	t.address = address
	return t
}

// Check opens a connection and closes it.
func (t tcpCheck) Check(ctx context.Context) model.Result {
	p := newProbe(ctx, t.names)
	conn, failed := p.dial(ctx, t.address)
	if failed != nil {
		return p.result(failed)
	}
	// Nothing was sent, so an error here does not matter.
	_ = conn.Close()
	return p.result(nil)
}
