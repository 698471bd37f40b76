//go:build integration

package page_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/browser"
	"opsbot/sandbox/fleet"
)

// TestBrowserLooks fills the page as a night on call would, in all its layouts, and checks that nothing overflows.
func TestBrowserLooks(t *testing.T) {
	tab, s, b := visit(t)
	converse(t, s, b)
	tab.Do(browser.See(`document.querySelectorAll("#log .message").length >= 6`))
	fits := func(name string, width, height int64, steps ...browser.Step) {
		t.Helper()
		tab.Do(chromedp.EmulateViewport(width, height))
		tab.Do(steps...)
		tab.Do(browser.See(`document.documentElement.scrollWidth <= innerWidth`))
		tab.Shoot(name)
	}
	fits("desktop", 1280, 800)
	fits("phone-chat", 360, 740)
	fits("phone-fleet", 360, 740, browser.Click(`[data-tab-of="fleet"]`))
	fits("phone-tour", 360, 740, browser.Click(`[data-tab-of="tour"]`))
	fits("phone-ru", 360, 740, browser.Click(`[data-language="ru"]`), browser.Click(`[data-tab-of="fleet"]`))
	tab.Do(browser.Click(`[data-tab-of="chat"]`))
	fits("tablet-ru", 900, 700)
	fits("desktop-ru", 1280, 800)
	fits("desktop-dark", 1280, 800, browser.Click(`[data-language="en"]`), dark())
	fits("phone-dark", 360, 740)
}

func dark() browser.Step {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
		})
		return err
	})
}

func converse(t *testing.T, s *sandbox.Sandbox, b bot) {
	t.Helper()
	b.call("setMyCommands", object{"commands": []object{
		{"command": "status", "description": "what is down, muted, silent"},
		{"command": "webtest", "description": "test a client live"},
		{"command": "mute", "description": "be quiet for a while"},
	}})
	for _, name := range []string{"web1", "web7"} {
		if err := s.Fleet.Set(name, map[string]fleet.Mode{"web1": fleet.Killed, "web7": fleet.Slow}[name]); err != nil {
			t.Fatal(err)
		}
	}
	for _, g := range []struct {
		chat  int64
		topic int
	}{{sandbox.OpsChat, sandbox.OpsTopic}, {sandbox.OpsChatRu, sandbox.OpsTopicRu}} {
		b.upload(g.chat, g.topic, "photo", "day.png", picture(t), "clientA/reports, 24 h")
		b.upload(g.chat, g.topic, "document", "clientA-failures.csv", []byte("host;service\nweb1;reports\n"), "")
		card := b.say(g.chat, g.topic, "🔴 <b>web1 is unreachable</b>", []string{"Mute 2h"})
		asked, err := s.Bot.Post(botapi.Post{From: sandbox.Viewer, Chat: g.chat, Topic: g.topic, Text: "/webtest clientA"})
		if err != nil {
			t.Fatal(err)
		}
		b.edit(g.chat, card, "🟢 <b>web1 works again</b>\nwas down for 2m 10s, 4 of 4 services up\n#12 · /incidents")
		b.call("sendMessage", object{
			"chat_id": g.chat, "message_thread_id": g.topic, "parse_mode": "HTML", "reply_parameters": object{"message_id": asked.ID},
			"text":         "<b>clientA</b>: 16 endpoints, 4 fail\n🔴 1 host is off: web1\n<pre>host  reports support\nweb1  refused refused</pre>took 0.4 s",
			"reply_markup": keyboard([][]string{{"Re-run", "Compare"}}),
		})
		if _, err := s.Bot.Post(botapi.Post{From: sandbox.Admin, Chat: g.chat, Topic: g.topic, Text: "Looking at it.", ReplyTo: card}); err != nil {
			t.Fatal(err)
		}
		b.say(g.chat, g.topic, "🟠 <b>web7: all services fail</b>\nno answer within 1 s, 4 of 4 endpoints\n"+
			"🟠 clientB/store: at risk, 2 of 3 up, needs 1\nsince 02:31:40 · #13", []string{"Re-check", "Mute 2h"}, []string{"Mute…"})
		b.call("sendMessage", object{"chat_id": g.chat, "text": "mutes: none", "disable_notification": true})
	}
}

// picture is a small placeholder chart.
func picture(t *testing.T) []byte {
	t.Helper()
	chart := image.NewRGBA(image.Rect(0, 0, 320, 120))
	for x := range 320 {
		for y := range 120 {
			tone := color.RGBA{R: 240, G: 244, B: 248, A: 255}
			if top := 100 - (x/8*37)%23 - (x-160)*(x-160)/900; x%8 < 6 && y > top {
				tone = color.RGBA{R: 23, G: 105, B: 165, A: 255}
			}
			chart.Set(x, y, tone)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, chart); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
