package setup

import "opsbot/model"

// Emptied is what a reload would leave nothing of, though the configuration in use has some: an inventory file was cut off, conf.d
// was not copied. Each is a reason to refuse it unless somebody insists. chats and nextChats are all that are known with each,
// paired ones included. The console is no destination: nobody is notified there.
func (l *Loaded) Emptied(next *Loaded, chats, nextChats []model.Chat) model.Problems {
	var problems model.Problems
	refuse := func(what model.Sentence) {
		problems = append(problems, model.Place{File: next.Config.Files[0]}.Problem(what))
	}
	if l.watches() > 0 && next.watches() == 0 {
		refuse(model.Say("config.reload.no_checks"))
	}
	if l.reaches(chats) > 0 && next.reaches(nextChats) == 0 {
		refuse(model.Say("config.reload.no_destination"))
	}
	return problems
}

// Vanished is what a reload leaves nothing of although the rest stays: it is done, and said. Most likely an inventory file was cut off.
func (l *Loaded) Vanished(next *Loaded) model.Problems {
	if before := len(l.Plan.Clients()); before > 0 && len(next.Plan.Clients()) == 0 && len(next.Standalone) > 0 {
		return model.Problems{model.Place{File: next.Config.Files[0]}.Problem(model.Say("config.reload.no_clients", "before", before))}
	}
	return nil
}

// watches counts checks and clients.
func (l *Loaded) watches() int { return len(l.Standalone) + len(l.Plan.Clients()) }

// reaches counts the destinations of alerts.
func (l *Loaded) reaches(chats []model.Chat) int {
	routing := l.Routing(chats)
	routing.Console = false
	return len(routing.Destinations())
}
