//go:build integration

package page_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/icinga"
	"opsbot/model"
	"opsbot/sandbox"
	"opsbot/sandbox/browser"
	"opsbot/sandbox/fleet"
)

// TestBrowserShowsWhatIsOpenAtIcinga: what is written there is visible on a phone, in both languages.
func TestBrowserShowsWhatIsOpenAtIcinga(t *testing.T) {
	tab, s, _ := visit(t)
	tab.Do(chromedp.EmulateViewport(360, 740), browser.Click(`[data-tab-of="fleet"]`), browser.Click(`[data-of="icinga"][data-set="storm"]`),
		browser.Visible(`[data-target="web1"][data-mode="killed"]`))
	c := icingaClient(t, s)
	snap, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	note := inbound.Note{Author: "Anna", Comment: "opsbot #1", Until: time.Now().Add(time.Hour)}
	for _, e := range snap.Events {
		if err := c.Acknowledge(t.Context(), e, inbound.Note{Author: note.Author, Comment: note.Comment}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Suppress(t.Context(), snap.Events, note); err != nil {
		t.Fatal(err)
	}
	said := func(what, text string) browser.Step {
		return browser.See(`document.querySelector('[data-target="icinga"] [data-note="` + what + `"]')?.textContent.startsWith(` + browser.Literal(text) + `)`)
	}
	fits := browser.See(`document.documentElement.scrollWidth <= innerWidth`)
	tab.Do(said("acked", "acknowledged by Anna: web1, web2, db9"), said("downtime", "downtime until "), fits)
	tab.Shoot("monitors-phone")
	tab.Do(browser.Click(`[data-language="ru"]`), said("acked", "подтверждено, Anna: web1, web2, db9"), said("downtime", "плановые работы до "), fits)
	tab.Shoot("monitors-phone-ru")
	tab.Do(chromedp.EmulateViewport(1280, 800))
	tab.Shoot("monitors-desktop-ru")
	tab.Do(chromedp.EmulateViewport(360, 740), browser.Click(`[data-of="icinga"][data-set="storm"]`), browser.Visible(`[data-target="icinga"][data-mode="ok"]`),
		browser.See(`!document.querySelector('[data-note="acked"]')`))
	if got := modeOf(s, "web1"); got != fleet.OK {
		t.Errorf("web1 is %q after the second press", got)
	}
}

// icingaClient is the product's client, with the sandbox's configuration.
func icingaClient(t *testing.T, s *sandbox.Sandbox) *icinga.Client {
	t.Helper()
	files, err := s.Files(true)
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`(?s)kind\s*= "icinga"\nurl\s*= "(.+?)"\nuser\s*= "(.+?)"\npassword\s*= "(.+?)"`).FindStringSubmatch(files["opsbot.toml"])
	if said == nil {
		t.Fatalf("no Icinga in the configuration:\n%s", files["opsbot.toml"])
	}
	client := httpclient.New(httpclient.Options{User: said[2], Password: model.NewSecret(said[3])})
	t.Cleanup(client.Close)
	return icinga.New(icinga.Options{URL: said[1], HTTP: client, Now: time.Now})
}
