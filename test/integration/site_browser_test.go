//go:build integration

package integration_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"opsbot/sandbox/browser"
)

var (
	references = regexp.MustCompile(` (?:href|src)="?([^"> ]+)`)
	identities = regexp.MustCompile(` id="?([^"> ]+)`)
)

// TestBrowserSite builds the site of the documents: each link and anchor in it leads somewhere, nothing is loaded from elsewhere, words are found in both
// languages, and on a phone nothing is wider than the screen.
func TestBrowserSite(t *testing.T) {
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "tool", "-modfile=go.mod", "hugo", "--quiet", "--noBuildLock", "--destination", dir)
	build.Dir = "../../tools/site"
	if out, err := build.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v\n%s", err, out)
	}
	pages := sitePages(t, dir)
	if len(pages) < 100 {
		t.Fatalf("%d pages", len(pages))
	}
	for name, text := range pages {
		for _, m := range references.FindAllStringSubmatch(text, -1) {
			leads(t, pages, dir, name, m[0], m[1])
		}
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	tab := browser.Open(t, server.URL+"/en/checks/")
	found := func(words string) browser.Step {
		return browser.See(`[...document.querySelectorAll("#found a")].some((a) => a.textContent.includes(` + browser.Literal(words) + `))`)
	}
	search := func(query string) browser.Step { return chromedp.SendKeys(chromedp.CSS("#search"), query) }
	tab.Do(search("escalation"), found("On call"), found("[[escalations]]"))
	tab.Shoot("docs-site")
	first := browser.Read[string](tab, `document.querySelector("#found a").href`)
	tab.Do(chromedp.Navigate(first), browser.See(`/On call|Configuration/.test(document.querySelector("h1").textContent)`))
	tab.Do(chromedp.Navigate(server.URL+"/ru/checks/"), search("эскалацию"), found("Дежурства"))
	tab.Do(chromedp.Navigate(server.URL+"/ru/checks/"), search("щъжбр"), browser.See(`document.querySelector("#found").textContent === "Ничего не найдено"`))
	other := browser.Read[string](tab, `document.querySelector('.languages [hreflang="en"]').href`)
	tab.Do(chromedp.Navigate(other), browser.See(`location.pathname === "/en/checks/" && document.documentElement.lang === "en"`))
	tab.Do(chromedp.EmulateViewport(360, 740))
	for _, page := range []string{"/ru/", "/ru/quick-start/", "/ru/configuration/", "/en/checks/", "/en/commands/", "/en/cards/", "/en/decisions/"} {
		tab.Do(chromedp.Navigate(server.URL+page), browser.See(`document.documentElement.scrollWidth <= innerWidth`))
	}
	tab.Shoot("docs-site-phone")
}

// sitePages are the pages of a site by their path.
func sitePages(t *testing.T, dir string) map[string]string {
	t.Helper()
	pages := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".html") {
			return err
		}
		text, err := os.ReadFile(path)
		pages[strings.TrimSuffix(strings.TrimPrefix(path, dir), "index.html")] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// leads checks a reference of a page.
func leads(t *testing.T, pages map[string]string, dir, page, attribute, to string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Errorf("%s: %s: %v", page, to, err)
		return
	}
	if u.Scheme != "" {
		if strings.HasPrefix(attribute, " src") {
			t.Errorf("%s loads %s", page, to)
		}
		return
	}
	base, _ := url.Parse("http://site" + page)
	target := base.ResolveReference(u)
	text, isPage := pages[target.Path]
	if !isPage {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(target.Path))); err != nil {
			t.Errorf("%s: %s leads nowhere", page, to)
		}
		return
	}
	if target.Fragment == "" {
		return
	}
	for _, m := range identities.FindAllStringSubmatch(text, -1) {
		if m[1] == target.Fragment {
			return
		}
	}
	t.Errorf("%s: %s: no such heading", page, to)
}
