package web

import (
	"net/http"
	"strings"
)

// previewAgents are parts, in lower case, of the User-Agent of programs that fetch a link because somebody has written it: previews
// of chats and mail programs, and crawlers. No job calls in with them.
var previewAgents = []string{
	"telegrambot", "twitterbot", "slackbot", "slack-imgproxy", "whatsapp", "facebookexternalhit", "facebookcatalog", "facebot",
	"meta-externalagent", "discordbot", "linkedinbot", "skypeuripreview", "microsoftpreview", "bingpreview", "msteams", "viber", "vkshare", "odklbot",
	"mattermost", "rocket.chat", "synapse", "mastodon", "cardyb", "snapchat", "line-poker", "kakaotalk-scrap", "zoombot",
	"googlebot", "google-pagerenderer", "googleother", "google-inspectiontool", "bingbot", "yandexbot", "mail.ru_bot", "applebot", "duckduckbot",
	"pinterest", "redditbot", "embedly", "iframely", "bitlybot", "notionbot", "safelinks",
}

// previews reports whether a request only looks at an address that somebody has written: it is not a call of a job. POST never is.
func previews(r *http.Request) bool {
	if r.Method == http.MethodPost {
		return false
	}
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} { // browsers say so
		if said := strings.ToLower(r.Header.Get(name)); strings.Contains(said, "prefetch") || strings.Contains(said, "preview") {
			return true
		}
	}
	agent := strings.ToLower(r.UserAgent())
	for _, known := range previewAgents {
		if strings.Contains(agent, known) {
			return true
		}
	}
	return false
}
