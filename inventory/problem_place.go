package inventory

import (
	"strconv"
	"strings"

	"opsbot/model"
)

// subject is the client, host or service that a problem is about.
type subject struct {
	at   model.Place
	name string
	say  model.Sentence // `client "clientA"`
}

func clientNamed(at model.Place, name string) subject {
	return subject{at, name, model.Say("config.client", "name", name)}
}

func hostNamed(at model.Place, name string) subject {
	return subject{at, name, model.Say("config.host", "name", name)}
}

// serviceNamed is always named: the place of a problem with a service is that of its client.
func serviceNamed(at model.Place, key model.ServiceKey) subject {
	return subject{at: at, say: model.Say("config.service", "client", key.Client, "service", key.Service)}
}

// problem names the subject unless the place does: `clients[2] "clientB"`.
func (s subject) problem(what model.Sentence) model.Problem {
	if s.name != "" && strings.Contains(s.at.Path, strconv.Quote(s.name)) {
		return s.at.Problem(what)
	}
	return s.at.Problem(model.Say("config.about", "subject", s.say, "what", what))
}
