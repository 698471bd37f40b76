package setup_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/app/setup"
	"opsbot/bot"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/model"
	"opsbot/notify/gateway"
	"opsbot/texts"
)

// ackURL is the link that the test's gateways make.
const ackURL = "https://ops.example.com/ack/TOKENTOKENTOKENTOKENTOKEN2"

// serviceCall is a request as a service reads it; refuse answers it.
type serviceCall struct {
	*http.Request
	form url.Values
	body []byte
}

// service is the public API of a service, as far as a gateway uses it: what it refuses, it refuses.
type service func(c *serviceCall) (status int, answer string)

func (c *serviceCall) login() string {
	user, password, _ := c.BasicAuth()
	return user + ":" + password
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// twilio is the API of 2010-04-01: accounts by basic authentication, forms only, numbers in E.164.
func twilio(resource string, needed ...string) service {
	const account = "AC0123456789abcdef0123456789abcdef"
	return func(c *serviceCall) (int, string) {
		switch {
		case c.login() != account+":key of twilio":
			return 401, `{"code": 20003, "message": "Authenticate", "status": 401}`
		case c.URL.Path != "/2010-04-01/Accounts/"+account+"/"+resource || c.Method != http.MethodPost:
			return 404, `{"code": 20404, "message": "The requested resource was not found", "status": 404}`
		case c.Header.Get("Content-Type") != "application/x-www-form-urlencoded":
			return 415, `{"code": 20415, "status": 415}`
		case !e164.MatchString(c.form.Get("To")):
			return 400, `{"code": 21211, "message": "The 'To' number ` + c.form.Get("To") + ` is not a valid phone number.", "status": 400}`
		case !e164.MatchString(c.form.Get("From")):
			return 400, `{"code": 21212, "status": 400}`
		}
		for _, name := range needed {
			if c.form.Get(name) == "" {
				return 400, `{"code": 21205, "message": "no ` + name + `", "status": 400}`
			}
		}
		return 201, `{"sid": "CA1", "status": "queued"}`
	}
}

// voice is Twilio's API for calls: TwiML of at most 4000 characters, whose Gather posts to an absolute address.
func voice(c *serviceCall) (int, string) {
	if status, said := twilio("Calls.json", "Twiml")(c); status != 201 {
		return status, said
	}
	var doc struct {
		XMLName xml.Name `xml:"Response"`
		Gather  struct {
			Action string `xml:"action,attr"`
			Digits string `xml:"numDigits,attr"`
			Say    []struct {
				Language string `xml:"language,attr"`
				Text     string `xml:",chardata"`
			} `xml:"Say"`
		}
	}
	err := xml.Unmarshal([]byte(c.form.Get("Twiml")), &doc)
	if err != nil || len(c.form.Get("Twiml")) > 4000 || len(doc.Gather.Say) != 2 || doc.Gather.Digits != "1" || doc.Gather.Action != ackURL || doc.Gather.Say[0].Language != "en-US" ||
		doc.Gather.Say[0].Text != "opsbot, critical. web 1 & co does not answer. Press 1 to acknowledge." {
		return 400, `{"code": 12100, "message": "Document parse failure", "status": 400}`
	}
	return 201, `{"sid": "CA1", "status": "queued"}`
}

// smsc answers 200 to everything, with the error in its JSON.
func smsc(c *serviceCall) (int, string) {
	f := c.form
	switch {
	case f.Get("login") != "ops" || f.Get("psw") != "key of smsc":
		return 200, `{"error": "authorise error", "error_code": 2}`
	case f.Get("phones") == "" || f.Get("mes") == "":
		return 200, `{"error": "parameters error", "error_code": 1}`
	case len([]rune(f.Get("mes"))) > 1000:
		return 200, `{"error": "message is too long", "error_code": 6}`
	case !e164.MatchString(f.Get("phones")):
		return 200, `{"error": "invalid number", "error_code": 7}`
	case f.Get("charset") != "utf-8" || f.Get("fmt") != "3" || c.URL.Path != "/sys/send.php":
		return 200, `OK - 1 SMS, ID - 7`
	}
	return 200, `{"id": 7, "cnt": 1}`
}

// zvonok takes parameters of the address, and answers 200 with a status.
func zvonok(c *serviceCall) (int, string) {
	q := c.URL.Query()
	switch {
	case c.URL.Path != "/manager/cabapi_external/api/v1/phones/call/":
		return 404, "not found"
	case q.Get("public_key") != "key of zvonok":
		return 200, `{"status": "error", "data": "Invalid public_key"}`
	case q.Get("campaign_id") == "" || q.Get("text") == "" || !e164.MatchString(q.Get("phone")):
		return 200, `{"status": "error", "data": "Invalid phone"}`
	}
	return 200, `{"balance": "100.00", "call_id": 12345, "phone": "` + q.Get("phone") + `"}`
}

// ari is Asterisk's REST interface: an endpoint is needed, and an extension or an application; variables are texts.
func ari(c *serviceCall) (int, string) {
	var body struct {
		Endpoint, Extension, Context, App, CallerID string
		Priority, Timeout                           int
		Variables                                   map[string]string
	}
	switch {
	case c.login() != "opsbot:key of ari":
		return 401, `{"message": "Authentication required"}`
	case c.URL.Path != "/ari/channels" || c.Method != http.MethodPost:
		return 404, `{"message": "Resource not found"}`
	case json.Unmarshal(c.body, &body) != nil, body.Endpoint == "", body.Extension == "" && body.App == "":
		return 400, `{"message": "Application or extension must be specified"}`
	case !strings.HasPrefix(body.Endpoint, "PJSIP/+49") || body.Variables["ACK_URL"] != ackURL || body.Variables["SAY"] == "" || body.Timeout != 45:
		return 500, `{"message": "Allocation failed"}`
	}
	return 200, `{"id": "1600000000.7", "state": "Down"}`
}

// ntfy publishes JSON: a topic of letters, digits, - and _; a priority from 1 to 5; at most three actions with addresses.
func ntfy(c *serviceCall) (int, string) {
	var m struct {
		Topic, Title, Message string
		Priority              int
		Tags                  []string
		Actions               []struct {
			Action, Label, URL, Method string
			Clear                      bool
		}
	}
	switch {
	case c.Header.Get("Authorization") != "Bearer key of ntfy":
		return 401, `{"code":40101,"http":401,"error":"unauthorized"}`
	case c.URL.Path != "/" || json.Unmarshal(c.body, &m) != nil:
		return 400, `{"code":40024,"http":400,"error":"invalid request: request body must be message JSON"}`
	case !regexp.MustCompile(`^[-_A-Za-z0-9]{1,64}$`).MatchString(m.Topic):
		return 400, `{"code":40009,"http":400,"error":"invalid request: topic invalid"}`
	case m.Priority < 1 || m.Priority > 5 || m.Title == "" || len(m.Message) > 4096:
		return 400, `{"code":40007,"http":400,"error":"invalid request: priority invalid"}`
	case len(m.Actions) != 1 || m.Actions[0].Action != "http" || m.Actions[0].Method != http.MethodPost || m.Actions[0].URL != ackURL || m.Actions[0].Label == "":
		return 400, `{"code":40018,"http":400,"error":"invalid request: actions invalid"}`
	}
	return 200, `{"id":"x","event":"message","topic":"` + m.Topic + `"}`
}

// pushover checks the keys, and what an emergency needs.
func pushover(c *serviceCall) (int, string) {
	f := c.form
	wrong := func(field, said string) (int, string) {
		return 400, `{"` + field + `":"invalid","errors":["` + said + `"],"status":0,"request":"r"}`
	}
	switch {
	case c.URL.Path != "/1/messages.json" || c.Method != http.MethodPost:
		return 404, ""
	case f.Get("token") != "key of pushover":
		return wrong("token", "application token is invalid")
	case !regexp.MustCompile(`^[A-Za-z0-9]{30}$`).MatchString(f.Get("user")):
		return wrong("user", "user identifier is not a valid user, group, or subscribed user key")
	case f.Get("message") == "" || len([]rune(f.Get("message"))) > 1024 || len([]rune(f.Get("title"))) > 250 || len(f.Get("url")) > 512 || len(f.Get("url_title")) > 100:
		return wrong("message", "message cannot be blank")
	case f.Get("priority") == "2" && (f.Get("retry") != "60" || f.Get("expire") != "3600"):
		return wrong("retry", "retry must be supplied with priority=2")
	case f.Get("callback") != ackURL:
		return wrong("callback", "callback is not a valid URL")
	}
	return 200, `{"status":1,"request":"r","receipt":"rLqVuqTRh62UzxtmqiaLzQmVcPgiCy"}`
}

// homeAssistant calls an action; an action that does not exist is a bad request.
func homeAssistant(c *serviceCall) (int, string) {
	var m struct {
		Title, Message string
		Data           struct {
			TTL      int
			Priority string
			Actions  []struct{ Action, Title, URI string }
		}
	}
	switch {
	case c.Header.Get("Authorization") != "Bearer key of ha":
		return 401, "401: Unauthorized"
	case !strings.HasPrefix(c.URL.Path, "/api/services/notify/mobile_app_"):
		return 400, "400: Bad Request"
	case json.Unmarshal(c.body, &m) != nil || m.Message == "" || m.Data.Priority != "high" || len(m.Data.Actions) != 1 || m.Data.Actions[0].URI != ackURL:
		return 400, `{"message":"Data should be valid JSON."}`
	}
	return 200, `[]`
}

// services are the services of docs/gateways.md by gateway, with the address that the test stands in for, and the value of a person that each refuses.
var services = map[string]struct {
	base string
	api  service
	bad  string
}{
	"voice":    {"https://api.twilio.com", voice, "030 1234567"},
	"sms":      {"https://api.twilio.com", twilio("Messages.json", "Body"), "+49 30 1234567"},
	"smsc":     {"https://smsc.ru", smsc, "+49&call=1"},
	"zvonok":   {"https://zvonok.com", zvonok, "home"},
	"pbx":      {"http://127.0.0.1:8088", ari, "evil/x"},
	"ntfy":     {"https://ntfy.example.com", ntfy, "a topic"},
	"pushover": {"https://api.pushover.net", pushover, "anna@example.com"},
	"ha":       {"http://127.0.0.1:8123", homeAssistant, "../../states"},
}

// meters counts nothing.
type meters struct{}

func (meters) Spend(context.Context, model.Destination, model.Rate) (bool, error) { return true, nil }
func (meters) Refund(context.Context, model.Destination) error                    { return nil }

// examplesOf are the examples of a document: what they share, and each gateway.
func examplesOf(t *testing.T, path string) (people string, gateways map[string]string) {
	t.Helper()
	docs, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	gateways = map[string]string{}
	for _, block := range regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(string(docs), -1) {
		if name := regexp.MustCompile(`(?m)^\[\[gateways\]\]\nname = "(.*)"`).FindStringSubmatch(block[1]); name != nil {
			gateways[name[1]] = block[1]
		} else {
			people += block[1]
		}
	}
	return people, gateways
}

// standIn is a service under its address in the test, with what it was sent.
func standIn(t *testing.T, api service) (address string, calls *[]string) {
	t.Helper()
	calls = new([]string)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &serviceCall{Request: r}
		c.body, _ = io.ReadAll(r.Body)
		c.form, _ = url.ParseQuery(string(c.body))
		status, answer := api(c)
		*calls = append(*calls, r.URL.String()+" "+string(c.body))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s.URL, calls
}

// gatewayOf loads an example with its service in the test.
func gatewayOf(t *testing.T, text, name string) *gateway.Gateway {
	t.Helper()
	dir := t.TempDir()
	for _, key := range []string{"twilio", "smsc", "zvonok", "ari", "ntfy", "pushover", "ha"} {
		if err := os.WriteFile(filepath.Join(dir, key), []byte("key of "+key+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "opsbot.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path, config.Options{Kinds: checks.Kinds{}})
	if err != nil {
		t.Fatalf("%s:\n%v", text, err)
	}
	words, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC) }
	c := &setup.Channels{
		Config: cfg, Now: now, Meter: meters{}, Link: func(_ context.Context, link model.AckLink) (string, error) {
			if link.Person != "anna" || link.Incident != 12 || link.Gateway != "gateway:"+name {
				t.Errorf("a link %+v", link)
			}
			return strings.TrimPrefix(ackURL, "https://ops.example.com/ack/"), nil
		},
		Cards: &bot.Cards{
			Texts: words, Now: now, Zone: func() *time.Location { return time.UTC }, ZoneAt: func(model.Destination) *time.Location { return nil },
			Language: func(to model.Destination) string { return setup.LanguageOf(cfg, to, os.Getenv) },
		},
	}
	g, _ := cfg.Gateway(name)
	channel := c.Gateway(g)
	t.Cleanup(channel.Close)
	return channel
}

func hostPage(name string) model.Notification {
	at := time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)
	return model.Notification{
		ID: 7, Kind: model.NotifyOpened, Incident: 12, To: model.Destination{Channel: "gateway:" + name, Address: "anna"}, Severity: model.SeverityCritical, Created: at,
		Snapshot: model.Snapshot{Incident: &model.Incident{
			ID: 12, Kind: model.IncidentHost, Host: `web <1> & "co"`, OpenedAt: at, Severity: model.SeverityCritical, Reason: model.NewReason(model.ReasonHostDown),
		}},
	}
}

// TestGatewaysOfTheDocs: each example of docs/gateways.md, in each language, is a valid configuration, and its service accepts what is sent, a host with
// quotes and all. A wrong key and a wrong number are failures for good, with the words of the service and without the key or the number.
func TestGatewaysOfTheDocs(t *testing.T) {
	for _, path := range []string{"../../docs/gateways.md", "../../docs/ru/gateways.md"} {
		people, gateways := examplesOf(t, path)
		names := model.SortedKeys(gateways)
		if want := model.SortedKeys(services); !slices.Equal(names, want) {
			t.Fatalf("%s has %q, the test knows %q", path, names, want)
		}
		for _, name := range names {
			t.Run(path+"/"+name, func(t *testing.T) { tryExample(t, people, gateways, name) })
		}
	}
}

// tryExample delivers by one gateway of a document, with the others beside it, as on a machine that has them all.
func tryExample(t *testing.T, people string, gateways map[string]string, name string) {
	t.Helper()
	s := services[name]
	address, calls := standIn(t, s.api)
	if !strings.Contains(gateways[name], s.base) {
		t.Fatalf("it is not for %s", s.base)
	}
	text := people
	for _, other := range model.SortedKeys(gateways) {
		one := gateways[other]
		if other == name {
			one = strings.ReplaceAll(one, s.base, address)
		}
		text += one
	}
	if _, err := gatewayOf(t, text, name).Deliver(t.Context(), hostPage(name), model.Card{}); err != nil {
		t.Fatalf("%v: it was sent %q", err, *calls)
	}
	if len(*calls) != 1 {
		t.Errorf("%d requests", len(*calls))
	}
	bad := strings.Replace(text, `phone    = "+49301234567"`, `phone = '`+s.bad+`'`, 1)
	bad = regexp.MustCompile(`(?m)^gateways = .*$`).ReplaceAllString(bad, `gateways = { `+name+` = '`+s.bad+`' }`)
	failsForGood(t, gatewayOf(t, bad, name), name, s.bad)
	failsForGood(t, gatewayOf(t, regexp.MustCompile(`(password|secret)_file = "[a-z]+"`).ReplaceAllString(text, `$1 = "a wrong key of it"`), name), name, "a wrong key of it")
}

func failsForGood(t *testing.T, g *gateway.Gateway, name, secret string) {
	t.Helper()
	_, err := g.Deliver(t.Context(), hostPage(name), model.Card{})
	send, ok := errors.AsType[*model.SendError](err)
	if name == "pbx" && ok && send.Failure == model.SendAmbiguous { // Asterisk answers 500 to an endpoint that it cannot make
		return
	}
	if !ok || send.Failure != model.SendBad || !strings.Contains(err.Error(), "HTTP ") || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
}
