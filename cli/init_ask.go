package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// answers are what init has asked for.
type answers struct {
	Language   string
	Token, Bot string // "" without Telegram; Bot is the bot's user name, if Telegram could be asked
	Chat       int64  // 0: paired later
	Watch      *watched
}

// interview asks at the terminal.
type interview struct {
	con           *Console
	in            *bufio.Reader
	apiURL, proxy string
}

// ended is the end of the input before the last answer.
func ended() error { return &textError{"cli.init.ended", nil} }

// ask repeats a question until an answer is accepted; an empty answer is taken without a look. accept returns what is wrong, in words.
func (i *interview) ask(question string, accept func(answer string) (wrong string)) (string, error) {
	for {
		fmt.Fprint(i.con.Out, question)
		line, err := i.line()
		answer := strings.TrimSpace(line)
		if err != nil && (!errors.Is(err, io.EOF) || answer == "") {
			return "", ended()
		}
		wrong := ""
		if answer != "" {
			wrong = accept(answer)
		}
		if wrong == "" {
			return answer, nil
		}
		fmt.Fprintln(i.con.Out, wrong)
	}
}

// line is the next line of the input. Ctrl-C ends the wait for it; what waits for the terminal then ends with the process.
func (i *interview) line() (string, error) {
	type read struct {
		line string
		err  error
	}
	next := make(chan read, 1)
	go func() {
		line, err := i.in.ReadString('\n')
		next <- read{line, err}
	}()
	select {
	case r := <-next:
		return r.line, r.err
	case <-i.con.Ctx.Done():
		return "", i.con.Ctx.Err()
	}
}

// all asks everything.
func (i *interview) all() (*answers, error) {
	a := &answers{Language: i.con.Language}
	for _, step := range []func(*answers) error{i.language, i.token, i.chat, i.watch, i.client} {
		if err := step(a); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// language asks in the language of the machine; what follows is in the one that was chosen.
func (i *interview) language(a *answers) error {
	fmt.Fprintln(i.con.Out, i.con.text("cli.init.begin"))
	answer, err := i.ask(i.con.text("cli.init.language", texts.Args{"default": a.Language}), func(answer string) string {
		if texts.Known(answer) {
			return ""
		}
		return i.con.text("cli.init.language.bad")
	})
	if answer != "" {
		a.Language, i.con.Language = answer, answer
	}
	return err
}

// tokenForm is how BotFather's tokens look.
var tokenForm = regexp.MustCompile(`^\d+:[\w-]{10,}$`)

// unreachable is why a call did not come through, without the words of our own code.
func unreachable(err error) string {
	if e, ok := errors.AsType[*model.SendError](err); ok && e.Err != nil {
		err = e.Err
	}
	return strings.TrimPrefix(err.Error(), "getMe: ")
}

func (i *interview) token(a *answers) (err error) {
	a.Token, err = i.ask(i.con.text("cli.init.token"), func(answer string) string {
		if !tokenForm.MatchString(answer) {
			return i.con.text("cli.init.token.bad")
		}
		bot, err := i.identify(answer)
		if e, ok := errors.AsType[*model.SendError](err); ok && e.Failure == model.SendRefused {
			return i.con.text("cli.init.token.refused")
		}
		if err != nil {
			fmt.Fprintln(i.con.Out, i.con.text("cli.init.token.unreachable", texts.Args{"what": unreachable(err)}))
			return ""
		}
		a.Bot = bot.Username
		fmt.Fprintln(i.con.Out, i.con.text("cli.init.token.ok", texts.Args{"bot": bot.Username}))
		return ""
	})
	return err
}

// identifyWait bounds how long Telegram is asked: where it is blocked, packets vanish.
const identifyWait = 10 * time.Second

func (i *interview) identify(token string) (telegram.Identity, error) {
	o := telegram.Options{Token: func() string { return token }}
	if i.apiURL != "" {
		o.APIURLs = []string{i.apiURL}
	}
	if i.proxy != "" {
		o.Proxies = []string{i.proxy}
	}
	c, err := telegram.NewClient(o)
	if err != nil {
		return telegram.Identity{}, err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(i.con.Ctx, identifyWait)
	defer cancel()
	return c.Identify(ctx)
}

func (i *interview) chat(a *answers) error {
	if a.Token == "" {
		return nil
	}
	_, err := i.ask(i.con.text("init.chat"), func(answer string) string {
		id, err := strconv.ParseInt(answer, 10, 64)
		if err != nil || id == 0 {
			return i.con.text("cli.init.chat.bad")
		}
		a.Chat = id
		return ""
	})
	return err
}

func (i *interview) watch(a *answers) error {
	_, err := i.ask(i.con.text("cli.init.watch"), func(answer string) string {
		w, ok := parseWatched(answer)
		if !ok {
			return i.con.text("cli.init.watch.bad")
		}
		a.Watch = w
		return ""
	})
	return err
}

// client asks whose page it is: only pages are services of clients.
func (i *interview) client(a *answers) error {
	if a.Watch == nil || a.Watch.URL == "" {
		return nil
	}
	answer, err := i.ask(i.con.text("cli.init.client"), func(answer string) string {
		if e, ok := errors.AsType[*model.ValueError](model.CheckName(answer)); ok {
			return i.con.printer().Sentence(e.What)
		}
		return ""
	})
	a.Watch.Client = answer
	return err
}
