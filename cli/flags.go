package cli

import (
	"opsbot/cli/control"
)

// DefaultConfig is the default of --config.
const DefaultConfig = "/etc/opsbot/opsbot.toml"

// ConfigFlag is the path of the configuration, for every command that reads it.
type ConfigFlag struct {
	Config string `default:"/etc/opsbot/opsbot.toml" env:"OPSBOT_CONFIG" type:"path"`
}

// socketFlag is the control socket, for every command that asks the running bot.
type socketFlag struct {
	Socket string `default:"/run/opsbot/opsbot.sock" env:"OPSBOT_SOCKET" type:"path"`
}

func (s socketFlag) client(con *Console) *control.Client { return control.New(s.Socket, con.Language) }

// jsonFlag is for every command whose answer a script may want.
type jsonFlag struct {
	JSON bool `name:"json"`
}

// askFlags are those of a command that asks the running bot.
type askFlags struct {
	socketFlag
	jsonFlag
}

// print writes an answer, unless there was an error.
func (f jsonFlag) print(con *Console, a control.Answer, err error) error {
	if err != nil {
		return err
	}
	return con.print(a, f.JSON)
}
