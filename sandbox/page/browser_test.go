//go:build integration

package page_test

import (
	"testing"

	"opsbot/sandbox"
	"opsbot/sandbox/browser"
)

// visit opens the page of a new sandbox, once it is live.
func visit(t *testing.T) (*browser.Tab, *sandbox.Sandbox, bot) {
	t.Helper()
	s, b := world(t)
	tab := browser.Open(t, s.URL())
	tab.Do(browser.Visible(`#link[data-state="live"]`), browser.Visible(`[data-target="web9"]`))
	return tab, s, b
}

// shows waits for a text in the conversation.
func shows(text string) browser.Step {
	return browser.See(`document.getElementById("log").textContent.includes(` + browser.Literal(text) + `)`)
}
