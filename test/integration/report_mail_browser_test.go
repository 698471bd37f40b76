//go:build integration

package integration_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"opsbot/sandbox/browser"
)

// TestBrowserMailsReports is a newcomer's way to a report: a live test, its button, the recipient, and the mail in the page's mailbox;
// then the report of a client, and sent to it.
func TestBrowserMailsReports(t *testing.T) {
	url := startSandbox(t)
	tab := browser.Open(t, url)
	tab.Do(browser.Visible(`#link[data-state="live"]`), browser.Visible(`[data-target="web1"]`), set("web1", "killed"), browser.Send("/webtest clientA"))
	tab.Within(spare, said(0, "", "web1", "clientA", "ok"), button("Mail report"))
	tab.Within(spare, said(0, "📧", "to whom"), button("oncall"))
	tab.Within(spare, said(0, "📧", "Sending the report to email:oncall (oncall@sandbox.example)"))
	tab.Within(spare, browser.See(first(`#mails li`)+`.includes("clientA") && `+first(`#mails li`)+`.includes("oncall@sandbox.example")`))
	tab.Shoot("report-mailbox")
	tab.Do(browser.Send("/report clientA"))
	tab.Within(spare, said(0, "clientA", "to date"), button("Send to client"))
	tab.Within(spare, said(0, "📧", "it@clienta.example"), button("Send"))
	tab.Within(spare, browser.See(first(`#mails li`)+`.includes("it@clienta.example")`))
	tab.Shoot("report-client-sent")
	phone(tab, "fleet")
	tab.Shoot("report-mailbox-phone")
	link := browser.Read[string](tab, `document.querySelectorAll("#mails li a")[0].getAttribute("href")`)
	table := browser.Read[int](tab, `document.querySelectorAll("#mails .mail-file").length`)
	if table < 2 {
		t.Errorf("%d files beside the mails", table)
	}
	tab.Do(chromedp.Navigate(url+link), browser.See(`document.body.textContent.includes("clientA")`))
	if wide := browser.Read[string](tab, tooWide); wide != "" {
		t.Errorf("wider than the page: %s", wide)
	}
	tab.Shoot("report-client-mail-phone")
	tab.Do(chromedp.Navigate(url+strings.Replace(link, "2", "1", 1)), browser.See(`document.body.textContent.includes("web1")`))
	tab.Shoot("report-webtest-mail-phone")
}

// button presses the last button with that label.
func button(label string) browser.Step {
	return browser.See(`((b) => b && (b.click(), true))([...document.querySelectorAll("[data-message] button")].filter((b) => b.textContent === ` + browser.Literal(label) + `).pop())`)
}
