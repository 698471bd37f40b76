package bot

import (
	"context"
	"strings"
	"unicode"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// namesOf are the words by which each command is called, in every language: a person does not say in which one he types.
func namesOf(commands []command, catalog *texts.Catalog) map[string]string {
	names := map[string]string{}
	for _, lang := range texts.Languages() {
		for _, c := range commands {
			for word := range strings.FieldsSeq(catalog.For(lang).T("cmd." + c.name + ".names")) {
				names[foldName(word)] = c.name
			}
		}
	}
	for _, c := range commands {
		names[c.name] = c.name
	}
	return names
}

func foldName(word string) string {
	return strings.NewReplacer("ё", "е").Replace(strings.ToLower(strings.TrimRight(word, ".,;:!?")))
}

// said reads the command of a text. Where a text is meant for the bot, in its private chat and in a reply to it, a command needs no slash
// and may be called as the language does: "статус clientA". Telegram takes a name in Cyrillic for plain text.
func (r *request) said() (cmd telegram.Command, ok bool) {
	if cmd, ok = telegram.ParseCommand(r.in.Text); ok {
		if name, known := r.b.names[cmd.Name]; known {
			cmd.Name = name
		}
		return cmd, true
	}
	if !r.meant() {
		return cmd, false
	}
	word, args := firstWord(r.in.Text)
	cmd.Name, ok = r.b.names[foldName(word)]
	cmd.Args = args
	return cmd, ok
}

// firstWord cuts the first word off a text, without its slash.
func firstWord(text string) (word, rest string) {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(model.PlainSpaces(text)), "/"))
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		return text, ""
	}
	return text[:end], strings.TrimSpace(text[end:])
}

// meant reports whether a text without a command is meant for the bot.
func (r *request) meant() bool {
	return r.in.Chat.Private() || r.in.ReplyTo != 0 && r.in.ReplyUser != 0 && int64(r.in.ReplyUser) == r.b.d.Me().ID
}

// notCommand answers a text that is no command: with similar ones in a private chat, and where it has a slash. What people say to each
// other in reply to a card gets no answer.
func (r *request) notCommand(ctx context.Context) {
	slash := strings.HasPrefix(r.in.Text, "/")
	if line, wanted := r.typed(ctx); wanted && !r.in.Late {
		r.in.Text, r.asked = line, r.in.ReplyTo
		cmd, _ := telegram.ParseCommand(line)
		r.run(ctx, cmd)
		return
	}
	if r.in.Late || !r.meant() || !slash && !r.in.Chat.Private() {
		return
	}
	word, args := firstWord(r.in.Text)
	cmd := telegram.Command{Name: foldName(word), Args: args}
	if slash || len(r.similar(cmd.Name)) > 0 {
		r.unknown(ctx, cmd)
		return
	}
	r.reply(ctx, r.p.HTML("not_a_command"), nil)
}

// typed is the command that a text completes: it replies to a question of ours that waits for words.
func (r *request) typed(ctx context.Context) (line string, wanted bool) {
	if r.in.ReplyTo == 0 {
		return "", false
	}
	button, found, err := r.buttonMeant(ctx, func(b *model.Button) bool { return b.Args["typed"] != "" && (b.User == 0 || b.User == r.in.User.ID) })
	if err != nil || !found {
		return "", false
	}
	return "/" + button.Args["typed"] + " " + strings.TrimSpace(r.in.Text), true
}

// similar are the commands with a name like the given one that the person may use.
func (r *request) similar(name string) (found []string) {
	may := map[string]bool{}
	for _, c := range r.b.commands {
		may[c.name] = c.menu && r.actor.Role >= c.role
	}
	var all []string
	for word, command := range r.b.names {
		if may[command] {
			all = append(all, word)
		}
	}
	seen := map[string]bool{}
	for _, word := range model.Closest(name, all, len(all)) {
		if command := r.b.names[word]; !seen[command] && len(found) < mostMeant {
			seen[command] = true
			found = append(found, command)
		}
	}
	return found
}

// exampled are the errors about how a command is written: an example of the command that was typed helps.
var exampled = map[model.ErrorCode]bool{
	model.ErrBadDuration: true, model.ErrBadTime: true, model.ErrUntilOrFrom: true, model.ErrNeedDuration: true, model.ErrNeedArgument: true,
	model.ErrUnknownWord: true, model.ErrBadPast: true, model.ErrNeedClock: true,
}

// example is one right line of the command that was typed, under an error about how it was written.
func (r *request) example(err error, hint string) block {
	name := strings.TrimPrefix(r.line, "/")
	if name == "" || !exampled[model.CodeOf(err)] || !r.p.Has("cmd."+name+".example") {
		return ""
	}
	line := r.p.T("cmd." + name + ".example")
	if strings.Contains(hint, line) {
		return ""
	}
	return block(r.p.HTML("error.example", texts.Args{"line": line}))
}
