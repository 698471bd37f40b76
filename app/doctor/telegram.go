package doctor

import (
	"context"
	"strconv"
	"sync"
	"time"

	"opsbot/bot/telegram"
	"opsbot/config"
	"opsbot/model"
)

// mostAhead is how far the clock may be from Telegram's: certificates and the ages of commands depend on it.
const mostAhead = 30 * time.Second

// telegram examines the token, the chats and the people.
func (e *examination) telegram(ctx context.Context) []Finding {
	cfg := &e.loaded.Config.Telegram
	if cfg.Token.IsZero() {
		return []Finding{found(Warn, "telegram.no_token")}
	}
	client, err := telegram.NewClient(telegram.Options{Token: cfg.Token.Reveal, APIURLs: revealed(cfg.APIURLs), Proxies: revealed(cfg.Proxies)})
	if err != nil {
		return []Finding{found(Fail, "telegram.away", "what", err)}
	}
	defer client.Close()
	i := telegram.NewInspector(client)
	asking, cancel := e.patient(ctx)
	defer cancel()
	me, err := i.Me(asking)
	if err != nil {
		if _, failure := denial(err); failure == model.SendRefused {
			return []Finding{found(Fail, "telegram.token")}
		}
		return []Finding{found(Fail, "telegram.away", "what", err)}
	}
	all := []Finding{found(OK, "telegram.ok", "bot", "@"+me.Username)}
	if me.Webhook {
		all = append(all, found(Fail, "telegram.webhook"))
	}
	if me.Ahead.Abs() > mostAhead {
		all = append(all, found(Fail, "clock.wrong", "by", me.Ahead.Abs()))
	}
	chats := e.chats()
	switch {
	case e.away != nil: // the bot alone knows the chats that were paired
		all = append(all, found(Skip, "chats.paired"))
	case len(chats) == 0:
		all = append(all, found(Warn, "chats.none"))
	}
	all = append(all, inParallel(chats, func(c model.Chat) Finding { return e.chat(ctx, i, me.ID, c) })...)
	return append(all, inParallel(cfg.Users, func(u config.User) Finding { return e.user(ctx, i, u) })...)
}

// askedAtOnce is how many chats are asked about at once: Telegram counts calls.
const askedAtOnce = 4

// inParallel examines several alike things, and keeps their order.
func inParallel[T any](all []T, examine func(T) Finding) []Finding {
	out := make([]Finding, len(all))
	slots := make(chan struct{}, askedAtOnce)
	var asked sync.WaitGroup
	for i, one := range all {
		slots <- struct{}{}
		asked.Go(func() {
			out[i] = examine(one)
			<-slots
		})
	}
	asked.Wait()
	return out
}

// chats are those of the configuration, and those that were paired.
func (e *examination) chats() []model.Chat {
	var all []model.Chat
	known := map[model.ChatID]bool{}
	for i := range e.loaded.Config.Telegram.Chats {
		c := &e.loaded.Config.Telegram.Chats[i]
		known[c.ID] = true
		all = append(all, model.Chat{ID: c.ID, Name: c.Name, Topic: c.Topic, Pinned: c.Pinned})
	}
	for _, c := range e.paired {
		if !known[c.ID] {
			known[c.ID] = true
			all = append(all, c)
		}
	}
	return all
}

// chat says whether the bot may write to a chat, and pin where it is to.
func (e *examination) chat(ctx context.Context, i *telegram.Inspector, me int64, c model.Chat) Finding {
	ctx, cancel := e.patient(ctx)
	defer cancel()
	name := c.Name
	if name == "" {
		name = strconv.FormatInt(int64(c.ID), 10)
	}
	if c.ID > 0 { // a private chat: its id is the person's
		return reached("chats", name, i.Reaches(ctx, model.UserID(c.ID)))
	}
	is, err := i.Chat(ctx, me, c.ID)
	switch {
	case err != nil:
		return reached("chats", name, err)
	case is.Status == "left" || is.Status == "kicked":
		return found(Fail, "chats.removed", "name", name)
	case !is.Writes:
		return found(Fail, "chats.rights", "name", name)
	case c.Pinned && !is.Pins:
		return found(Warn, "chats.pins", "name", name)
	default:
		return found(OK, "chats.ok", "name", name)
	}
}

// user says whether a person can be written to in private.
func (e *examination) user(ctx context.Context, i *telegram.Inspector, u config.User) Finding {
	ctx, cancel := e.patient(ctx)
	defer cancel()
	name := u.Name
	if name == "" {
		name = strconv.FormatInt(int64(u.ID), 10)
	}
	f := reached("users", name, i.Reaches(ctx, u.ID))
	if f.Level == Fail { // alerts go to groups; who is paged must be reached, and the rest should be
		f.Level = Warn
	}
	return f
}

// reached is a finding of whether a chat accepts something: of "chats" or "users".
func reached(what, name string, err error) Finding {
	switch d, failure := denial(err); {
	case err == nil:
		return found(OK, what+".ok", "name", name)
	case failure == model.SendMigrated:
		return found(Fail, "chats.moved", "name", name, "id", movedTo(err))
	case d == model.DenialBlocked || d == model.DenialGone || failure == model.SendChatDead:
		return found(Fail, what+".unknown", "name", name)
	case d == model.DenialRemoved:
		return found(Fail, "chats.removed", "name", name)
	case d == model.DenialRights:
		return found(Fail, "chats.rights", "name", name)
	default:
		return found(Fail, what+".fails", "name", name, "what", err)
	}
}

func revealed(urls []config.URL) []string {
	out := make([]string, len(urls))
	for i, u := range urls {
		out[i] = u.Reveal()
	}
	return out
}
