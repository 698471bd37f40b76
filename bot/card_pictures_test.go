//go:build integration

package bot_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/sirupsen/logrus"

	"opsbot/bot"
	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/sandbox"
	"opsbot/sandbox/browser"
	"opsbot/test/golden"
)

// TestPicturesOfCards draws each card of docs/cards.md in the sandbox's chat at 360 px, in both languages: nothing is wider than the chat. With -update
// they are written to docs/cards and docs/ru/cards.
func TestPicturesOfCards(t *testing.T) {
	s, err := sandbox.Start(t.Context(), sandbox.Options{PageAddr: "127.0.0.1:0", Dir: t.TempDir(), FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	tab := browser.Open(t, s.URL())
	tab.Do(browser.Visible(`#link[data-state="live"]`), chromedp.EmulateViewport(360, 1600), browser.Click(`[data-tab-of="chat"]`))
	for _, language := range []string{"en", "ru"} {
		chat, topic := sandbox.OpsChat, sandbox.OpsTopic
		if language == "ru" {
			chat, topic = sandbox.OpsChatRu, sandbox.OpsTopicRu
			tab.Do(browser.Click(`[data-language="ru"]`))
		}
		sender := &pictureSender{t: t, base: s.Bot.URL() + "/bot" + s.Bot.Token() + "/"}
		channel := bot.Channel{Cards: cards(t, language, epoch), Sender: sender, Buttons: anyButtons{}, Key: []byte("key"), Log: logrus.New()}
		all, drawn := notifications(), pictured
		for i := range lookedAt {
			drawn = append(drawn, struct{ picture, notification string }{fmt.Sprintf("page-%02d", i), lookedAt[i]})
		}
		last := 0
		for i, p := range drawn {
			at := slices.IndexFunc(all, func(n named) bool { return n.name == p.notification })
			if at < 0 {
				t.Fatalf("no notification %q", p.notification)
			}
			n := all[at].Notification
			if n.Kind == model.NotifyUpdated {
				n.Kind = model.NotifyOpened // the same text, in a message of its own
			}
			n.To = model.Destination{Channel: "telegram", Chat: model.ChatID(chat), Topic: topic}
			if n.Kind == model.NotifyPageOver {
				n.Snapshot.Page.Message = last
			}
			receipt, err := channel.Deliver(t.Context(), n, model.Card{})
			if err != nil {
				t.Fatalf("%s: %v", p.picture, err)
			}
			last = cmp.Or(receipt.Message, last)
			message := fmt.Sprintf(`[data-message="%d"]`, last)
			tab.Do(browser.Visible(message), browser.See(`document.querySelectorAll("#log time").forEach((e) => e.style.visibility = "hidden") || true`),
				browser.See(`document.querySelector("#log").scrollWidth <= document.querySelector("#log").clientWidth`))
			picture := tab.Picture(message)
			if len(picture) > 40_000 {
				t.Errorf("%s is %d bytes", p.picture, len(picture))
			}
			if golden.Updating() && i < len(pictured) {
				folder := map[string]string{"en": "docs/cards", "ru": "docs/ru/cards"}[language]
				if err := os.WriteFile(filepath.Join("..", folder, p.picture+".png"), picture, 0o644); err != nil { //nolint:gosec // for all to see
					t.Fatal(err)
				}
			}
			if dir := os.Getenv("OPSBOT_SHOTS"); dir != "" {
				_ = os.WriteFile(filepath.Join(dir, p.picture+"-"+language+".png"), picture, 0o600)
			}
		}
	}
}

// lookedAt are messages that are no cards of docs/cards.md, and have to fit the chat too.
var lookedAt = []string{
	"nobody answered", "nobody could be paged", "paged, and Boris has it", "page", "page in the group", "page in a second round, late", "page by hand",
	"page asks whether they still have it", "page after Boris has it", "page of three", "page of three in the group", "page asks whether they still have three",
	"page of three after Boris has one", "page of three that are answered", "on call", "off call", "others are on call", "nobody will be on call", "shifts that moved",
	"a cover is wanted", "of one", "soon", "is taken", "is too late",
}

// anyButtons keeps no buttons: nobody presses them.
type anyButtons struct{ bot.Buttons }

func (anyButtons) PutButtons(context.Context, map[string]model.Button) error { return nil }

// pictureSender sends messages to the sandbox.
type pictureSender struct {
	bot.Sender
	t    *testing.T
	base string
}

// Send implements bot.Sender.
func (s *pictureSender) Send(ctx context.Context, o telegram.Outgoing) (model.Receipt, error) {
	return s.post(ctx, "sendMessage", &o, 0)
}

// Edit implements bot.Sender.
func (s *pictureSender) Edit(ctx context.Context, message int, o telegram.Outgoing) error {
	_, err := s.post(ctx, "editMessageText", &o, message)
	return err
}

func (s *pictureSender) post(ctx context.Context, method string, o *telegram.Outgoing, message int) (model.Receipt, error) {
	keyboard := make([][]map[string]string, len(o.Buttons))
	for i, row := range o.Buttons {
		for _, b := range row {
			one := map[string]string{"text": b.Text}
			if b.URL != "" {
				one["url"] = b.URL
			} else {
				one["callback_data"] = b.Data
			}
			keyboard[i] = append(keyboard[i], one)
		}
	}
	params := map[string]any{"chat_id": o.Chat, "message_thread_id": o.Topic, "parse_mode": "HTML", "text": o.HTML}
	if message != 0 {
		params["message_id"] = message
	}
	if len(keyboard) > 0 {
		params["reply_markup"] = map[string]any{"inline_keyboard": keyboard}
	}
	body, err := json.Marshal(params)
	if err != nil {
		return model.Receipt{}, err
	}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+method, bytes.NewReader(body))
		if err != nil {
			return model.Receipt{}, err
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return model.Receipt{}, err
		}
		var answer struct {
			OK          bool
			Description string
			Result      struct {
				ID int `json:"message_id"`
			}
			Parameters struct {
				RetryAfter int `json:"retry_after"`
			}
		}
		err = json.NewDecoder(resp.Body).Decode(&answer)
		_ = resp.Body.Close()
		switch {
		case err != nil:
			return model.Receipt{}, err
		case answer.Parameters.RetryAfter > 0:
			<-time.After(time.Duration(answer.Parameters.RetryAfter) * time.Second)
		case !answer.OK:
			return model.Receipt{}, fmt.Errorf("%s: %s", method, strings.TrimSpace(answer.Description))
		default:
			return model.Receipt{Message: answer.Result.ID}, nil
		}
	}
}
