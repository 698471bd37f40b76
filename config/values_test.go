package config_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"opsbot/config"
)

func TestSecretsAreNotPrinted(t *testing.T) {
	const hush = "hushhush"
	cfg := load(t, `
[telegram]
token = "1:`+hush+`"
api_urls = ["https://user:`+hush+`@tg.example.com"]
proxies = ["socks5://user:`+hush+`@127.0.0.1:1080"]
[[people]]
name = "anna"
phone = "`+hush+`"
gateways = { sms = "`+hush+`" }
[[gateways]]
name = "sms"
url = "https://sms.example.com/`+hush+`"
query = { key = "`+hush+`" }
headers = { X-Key = "`+hush+`" }
form = { key = "`+hush+`" }
user = "me"
password = "`+hush+`"
secret = "`+hush+`"
[[gateways]]
name = "push"
url = "https://push.example.com/"
json = '{"key": "`+hush+`"}'
[[gateways]]
name = "pager"
url = "https://page.example.com/"
xml = "<key>`+hush+`</key>"
[[gateways]]
name = "text"
url = "https://text.example.com/"
body = "`+hush+`"
`)
	if cfg.Telegram.Token.Reveal() != "1:"+hush || !strings.Contains(cfg.Telegram.Proxies[0].Reveal(), hush) {
		t.Fatal("Reveal does not give the secret")
	}
	var out []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		out = append(out, fmt.Sprintf(verb, cfg), fmt.Sprintf(verb, *cfg), fmt.Sprintf(verb, cfg.Telegram.Token),
			fmt.Sprintf(verb, &cfg.Telegram.Token), fmt.Sprintf(verb, cfg.Telegram.Proxies))
	}
	asJSON, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	asText, err := cfg.Telegram.Token.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	out = append(out, string(asJSON), string(asText))
	hex := fmt.Sprintf("%x", hush)
	for i, s := range out {
		if strings.Contains(s, hush) || strings.Contains(s, hex) {
			t.Errorf("print %d shows the secret: %s", i, s)
		}
	}
	if string(asText) != "<secret>" || fmt.Sprint(config.Secret{}) != "" {
		t.Errorf("a secret prints %q, none prints %q", asText, config.Secret{})
	}
}

// TestProblemsShowNoSecret makes every mistake around a secret that can be made.
func TestProblemsShowNoSecret(t *testing.T) {
	const hush = "AAhushhushhushhushhushhushhushhushhu"
	for _, text := range []string{
		"[telegram]\ntoken = 123456:" + hush,
		"[telegram]\ntoken = \"123456:" + hush,
		"[telegram]\ntoken = '123456:" + hush + "'\ntoken = '1'",
		"[telegram]\ntoken = 'not a token " + hush + "'",
		"[telegram]\ntoken = ['" + hush + "']",
		"[telegram]\ntokn = '" + hush + "'",
		"[telegram]\ntoken_file = '123456:" + hush + "'",
		"[telegram]\nproxies = 'socks5://u:" + hush + "@h:1'",
		"[telegram]\nproxies = ['ftp://u:" + hush + "@h:1']",
		"[telegram]\nproxies = ['u:" + hush + "@h']",
		"[telegram]\nproxies = ['socks5://u:" + hush + "@h:port']",
		"[telegram]\napi_urls = ['http://u:" + hush + "@%zz']",
		"[[services]]\nname = 'a'\nurl = 'http://u:" + hush + "@{host}/'",
		"[[gateways]]\nname = 'a'\nurl = 'gopher://h/" + hush + "'",
		"[[gateways]]\nname = 'a'\nurl = 'https://h/" + hush + "#x'",
		"[[gateways]]\nname = 'a'\nurl = 'https://h/'\nform = { a = '" + hush + "', b = }",
		"[[gateways]]\nname = 'a'\nurl = 'https://h/'\nform = { a = '<" + hush + "' }",
		"[[gateways]]\nname = 'a'\nurl = 'https://h/'\njson = '{\"a\": " + hush + "}'",
		"[[gateways]]\nname = 'a'\nurl = 'https://h/'\nheaders = { 'a b' = '" + hush + "' }",
		"[[gateways]]\nname = 'a'\nurl = 'https://h/'\nxml = '<a>" + hush + "'",
		"[[people]]\nname = 'a'\nphone = '" + hush + "' x",
		"[[people]]\nname = 'a'\ngateways = { sms = '" + hush + "' }",
	} {
		_, err := config.Load(write(t, map[string]string{"opsbot.toml": text}), options())
		if err == nil {
			t.Errorf("%q loads", text)
		} else if strings.Contains(err.Error(), "hush") {
			t.Errorf("%q shows the secret: %v", text, err)
		}
	}
}
