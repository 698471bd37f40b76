package bot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// Settings keep values of ours by name; "" is none.
type Settings interface {
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
}

// menuSetting is under which name the menus that Telegram has are kept: a hash of each by its place.
const menuSetting = "menus"

// maxMemberMenus bounds the menus of single people in groups: each is a call.
const maxMemberMenus = 200

// menuPlace is who sees a menu, in which language of their app; "" is every language that has none of its own.
type menuPlace struct {
	telegram.CommandScope

	language string
}

// String is the key of a place in the setting.
func (p menuPlace) String() string {
	return fmt.Sprintf("%s:%d:%d:%s", p.Type, p.Chat, p.User, p.language)
}

// placeOf reads a key; false if it is none.
func placeOf(key string) (p menuPlace, ok bool) {
	parts := strings.Split(key, ":")
	if len(parts) != 4 {
		return p, false
	}
	_, err := fmt.Sscanf(parts[1]+" "+parts[2], "%d %d", &p.Chat, &p.User)
	p.Type, p.language = parts[0], parts[3]
	return p, err == nil
}

// SetMenus sets the commands that Telegram lists: everybody's, those of each known chat in its language, and those of people who may do more than
// the others there. Only what has changed since is sent. What Telegram does not take for good (a chat that is gone) is left out; any other error
// ends it, and the next call goes on.
func (b *Bot) SetMenus(ctx context.Context) error {
	if b.d.Me().ID == 0 {
		return errors.New("set the menus: Telegram has not said yet who we are")
	}
	text, err := b.d.Settings.Setting(ctx, menuSetting)
	if err != nil {
		return err
	}
	had := map[string]string{}
	if json.Unmarshal([]byte(text), &had) != nil {
		had = map[string]string{} // they are set anew
	}
	has := maps.Clone(had)
	err = b.changeMenus(ctx, has)
	if !maps.Equal(had, has) {
		kept, _ := json.Marshal(has) //nolint:errchkjson // strings
		err = errors.Join(err, b.d.Settings.SetSetting(ctx, menuSetting, string(kept)))
	}
	return err
}

// changeMenus brings Telegram's menus from those it has to those that are wanted.
func (b *Bot) changeMenus(ctx context.Context, has map[string]string) error {
	wanted := b.menus()
	for _, place := range slices.SortedFunc(maps.Keys(wanted), func(x, y menuPlace) int { return strings.Compare(x.String(), y.String()) }) {
		list := wanted[place]
		if sum := b.menuHash(list); has[place.String()] != sum {
			if err := b.setMenu(ctx, place, list); err != nil {
				return err
			}
			has[place.String()] = sum
		}
	}
	for _, key := range slices.Sorted(maps.Keys(has)) {
		place, ok := placeOf(key)
		if _, wants := wanted[place]; ok && wants {
			continue
		}
		if ok {
			if err := b.setMenu(ctx, place, nil); err != nil {
				return err
			}
		}
		delete(has, key)
	}
	return nil
}

// setMenu sets one menu, or removes it if there are no commands.
func (b *Bot) setMenu(ctx context.Context, place menuPlace, list []telegram.BotCommand) error {
	err := b.d.Sender.SetCommands(ctx, place.CommandScope, place.language, list)
	if isFinal(err) || failed(err, model.SendDenied) {
		b.d.Log.WithError(err).WithField("menu", place.String()).Debug("Telegram does not take a menu of commands")
		return nil
	}
	if err != nil {
		return fmt.Errorf("set the menu of commands: %w", err)
	}
	return nil
}

// menuHash tells menus apart, and those of another bot whose token we had.
func (b *Bot) menuHash(list []telegram.BotCommand) string {
	body, _ := json.Marshal(list) //nolint:errchkjson // strings
	sum := sha256.Sum256(fmt.Append(nil, b.d.Me().ID, " ", string(body)))
	return hex.EncodeToString(sum[:8])
}

// menus are all menus that are wanted. Of several that somebody could see, Telegram shows the most specific: of the person in the group, of the chat,
// of everybody.
func (b *Bot) menus() map[menuPlace][]telegram.BotCommand {
	all := map[menuPlace][]telegram.BotCommand{}
	b.addMenus(all, telegram.CommandScope{Type: "default"}, model.RoleViewer, "")
	chats, users := b.rooms(), b.d.People.Users()
	for _, c := range chats {
		if c.Role > model.RoleNone {
			b.addMenus(all, telegram.CommandScope{Type: "chat", Chat: c.ID}, c.Role, c.Language)
		}
	}
	members := 0
	for i := range users {
		u := &users[i]
		private := model.ChatID(u.ID)
		language := b.d.People.Language(model.Destination{Channel: "telegram", Chat: private})
		b.addMenus(all, telegram.CommandScope{Type: "chat", Chat: private}, u.Role, language)
		for _, c := range chats {
			if members < maxMemberMenus && u.Role > c.Role {
				members++
				b.addMenus(all, telegram.CommandScope{Type: "chat_member", Chat: c.ID, User: u.ID}, u.Role, c.Language)
			}
		}
	}
	return all
}

// rooms are the known groups, each once: Telegram has one menu for all topics of a group.
func (b *Bot) rooms() (rooms []model.Chat) {
	for _, c := range b.d.People.Chats() {
		at := slices.IndexFunc(rooms, func(other model.Chat) bool { return other.ID == c.ID })
		switch {
		case c.ID >= 0:
		case at >= 0:
			rooms[at].Role = max(rooms[at].Role, c.Role)
		default:
			rooms = append(rooms, c)
		}
	}
	return rooms
}

// addMenus adds the menu of a scope: in the language of the chat, else in all languages.
func (b *Bot) addMenus(all map[menuPlace][]telegram.BotCommand, scope telegram.CommandScope, role model.Role, language string) {
	if language != "" {
		all[menuPlace{scope, ""}] = b.menuOf(role, language)
		return
	}
	for i, lang := range texts.Languages() {
		place := menuPlace{scope, lang}
		if i == 0 {
			place.language = "" // the default of all other languages
		}
		all[place] = b.menuOf(role, lang)
	}
}

// menuOf are the commands of a role.
func (b *Bot) menuOf(role model.Role, language string) (list []telegram.BotCommand) {
	p := b.d.Texts.For(cmp.Or(language, texts.English))
	for i := range b.commands {
		if c := &b.commands[i]; c.menu && c.role <= role {
			list = append(list, telegram.BotCommand{Name: c.name, Description: p.T("cmd." + c.name)})
		}
	}
	return list
}
