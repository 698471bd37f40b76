//go:build integration

package integration_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"opsbot/sandbox/browser"
)

// phone is the narrowest supported width, and the page's three parts.
func phone(tab *browser.Tab, part string) {
	tab.Do(chromedp.EmulateViewport(360, 740), browser.Click(`[data-tab-of="`+part+`"]`),
		browser.See(`document.documentElement.scrollWidth <= innerWidth`))
}

func step(name string) browser.Step { return browser.Click(`[data-step="` + name + `"]`) }

// russian switches to the other language, and to its group.
func russian() browser.Step { return browser.Click(`[data-language="ru"]`) }

// TestBrowserShowsTheSiteMonitor goes through the tour of the site monitor at a phone's width, in both languages.
func TestBrowserShowsTheSiteMonitor(t *testing.T) {
	tab := browser.Open(t, startSandbox(t, "site-monitor"))
	tab.Do(browser.Visible(`#link[data-state="live"]`), browser.Visible(`[data-target="disk"]`))
	phone(tab, "tour")
	tab.Shoot("site-tour")
	tab.Do(step("site_licence"))
	tab.Within(spare, said(0, "🔴", "licence: condition failed", "127.0.90.1", "renew it with the vendor"))
	phone(tab, "tour")
	tab.Do(step("site_renew"))
	tab.Within(spare, said(0, "🟡", "licence: works again since", "press Reset"))
	phone(tab, "tour")
	tab.Do(step("site_db"))
	tab.Within(spare, said(0, "🔴", "main-db: connection refused"))
	phone(tab, "tour")
	tab.Do(step("site_terminal"))
	tab.Within(spare, said(0, "🟡", "terminals: 1 of 3 fail"))
	phone(tab, "tour")
	tab.Do(step("site_disk"))
	tab.Within(spare, said(0, "🔴", "disk: disk /"))
	phone(tab, "chat")
	tab.Shoot("site-chat")
	phone(tab, "fleet")
	tab.Shoot("site-fleet")
	tab.Do(russian())
	phone(tab, "fleet")
	tab.Shoot("site-fleet-ru")
	phone(tab, "tour")
	tab.Shoot("site-tour-ru")
	tab.Do(step("site_status"))
	tab.Within(spare, said(0, "🔴", "main-db"))
	phone(tab, "chat")
	tab.Shoot("site-chat-ru")
	tab.Do(chromedp.EmulateViewport(1280, 800))
	tab.Shoot("site-desktop-ru")
}

// TestBrowserShowsTheWebFleet does the same for the web test of many customers.
func TestBrowserShowsTheWebFleet(t *testing.T) {
	tab := browser.Open(t, startSandbox(t, "web-fleet"))
	tab.Do(browser.Visible(`#link[data-state="live"]`), browser.Visible(`[data-target="127.0.77.5"]`), browser.Visible(`[data-target="store"]`))
	phone(tab, "tour")
	tab.Shoot("fleet-tour")
	tab.Do(step("fleet_test"))
	tab.Within(spare, said(0, "🟢", "all ok"))
	phone(tab, "tour")
	tab.Do(step("fleet_host"))
	tab.Within(spare, said(0, "", "1 host is down or all its services fail", "127.0.77.1"))
	phone(tab, "tour")
	tab.Do(step("fleet_service"))
	tab.Within(spare, said(0, "", "1 host is down or all its services fail", "down on every host: store"))
	phone(tab, "chat")
	tab.Shoot("fleet-chat")
	phone(tab, "fleet")
	tab.Shoot("fleet-fleet")
	tab.Do(russian())
	phone(tab, "fleet")
	tab.Shoot("fleet-fleet-ru")
	phone(tab, "tour")
	tab.Shoot("fleet-tour-ru")
	tab.Do(step("fleet_share"))
	tab.Within(spare, said(0, "", "customer2", "reports", "127.0.77.3"))
	phone(tab, "chat")
	tab.Shoot("fleet-chat-ru")
}
