package config

import (
	"time"

	"opsbot/model"
)

// KnownChats are the listed chats.
func (t *Telegram) KnownChats() []model.Chat {
	chats := make([]model.Chat, len(t.Chats))
	for i, c := range t.Chats {
		chats[i] = model.Chat{
			Name: c.Name, ID: c.ID, Topic: c.Topic, Language: string(c.Language), Role: c.Role, Scope: model.ScopeOf(c.Clients), Pinned: c.Pinned,
		}
		if !c.Timezone.IsZero() {
			chats[i].Zone = c.Timezone.Location()
		}
	}
	return chats
}

// KnownUsers are the listed users.
func (t *Telegram) KnownUsers() []model.User {
	users := make([]model.User, len(t.Users))
	for i, u := range t.Users {
		users[i] = model.User{ID: u.ID, Name: u.Name, Role: u.Role, Scope: model.ScopeOf(u.Clients)}
	}
	return users
}

// Destination is where a target sends. ok is false for a chat that is not listed, which Load rules out.
func (t *Telegram) Destination(target Target) (to model.Destination, ok bool) {
	if target.Console || target.Channel != "" {
		return model.Destination{Channel: target.String()}, true
	}
	for _, c := range t.Chats {
		if c.Name == target.Chat {
			return model.Destination{Channel: "telegram", Chat: c.ID, Topic: c.Topic}, true
		}
	}
	return model.Destination{}, false
}

// Check makes the check; checker comes from its Options.
func (c *CheckConfig) Check(checker model.Checker) *model.Check {
	return &model.Check{
		ID: model.CheckID(c.Name), Kind: c.Kind, Schedule: c.Schedule, Timeout: time.Duration(c.Timeout),
		Retries: c.Retries, Checker: checker, Failures: c.Failures, Recoveries: c.Recoveries,
		ConfirmEvery: time.Duration(c.ConfirmEvery), Latched: c.Reset == ResetManual, Severity: c.Severity, Hours: c.Hours,
		Comment: c.Comment, Runbook: c.Runbook, Labels: c.Labels,
	}
}

// ClientRefs are the clients that chats, users, routes, tokens and maintenance windows name, with their places. Package
// inventory checks that they exist: files of the inventory may declare them.
func (c *Config) ClientRefs() []model.ClientRef {
	var refs []model.ClientRef
	add := func(at model.Place, names []string) {
		for _, name := range names {
			refs = append(refs, model.ClientRef{Client: name, At: at})
		}
	}
	for _, chat := range c.Telegram.Chats {
		add(chat.At, chat.Clients)
	}
	for _, user := range c.Telegram.Users {
		add(user.At, user.Clients)
	}
	for _, route := range c.Routes {
		add(route.At, route.Clients)
	}
	for _, token := range c.Web.Tokens {
		add(token.At, token.Clients)
	}
	for _, m := range c.Maintenance {
		add(m.At, m.Clients)
	}
	return refs
}
