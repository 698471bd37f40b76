package setup

import (
	"opsbot/config"
	"opsbot/model"
)

// readers finds routes that lift the wall between clients, and routes behind which nobody hears of opsbot itself.
func (n *noter) readers() {
	for i := range n.Config.Routes {
		if r := &n.Config.Routes[i]; r.Show == config.ShowAll && len(r.Clients) > 0 {
			n.add(r.At, model.Say("config.note.show_all", "clients", clipped(r.Clients)))
		}
	}
	routing := n.Routing(n.Config.Telegram.KnownChats())
	if len(routing.Routes) == 0 || routing.Console {
		return
	}
	for _, to := range routing.Destinations() {
		if !routing.Readers(to).Limited {
			return
		}
	}
	n.add(n.Config.Routes[0].At, model.Say("config.note.nobody_own"))
}
