package checks_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/checks"
	"opsbot/model"
)

// TestWebSendsWhatFilesHold: a body and headers can stay out of the configuration, and what is wrong with their files never shows them.
func TestWebSendsWhatFilesHold(t *testing.T) {
	var got, key, plain string
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		got, key, plain = string(data), r.Header.Get("X-Api-Key"), r.Header.Get("X-Plain")
	}))
	defer srv.Close()
	dir := t.TempDir()
	write := func(name, text string) string {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, c := range map[string]struct {
		body, headers string
		change        func(*checks.WebOptions)
		wrong         string
	}{
		"both":                    {"{\"password\": \"s3cret\"}\n", "X-Api-Key: s3cret\r\n\nX-Plain: file\n", nil, ""},
		"no header":               {"x", "s3cret\n", nil, "config.file"},
		"a header of opsbot's":    {"x", "Host: s3cret\n", nil, "config.header.own"},
		"an empty file":           {"x", " \n", nil, "config.file.no_secret"},
		"two bodies":              {"x", "A: b", func(o *checks.WebOptions) { o.Body = model.NewSecret("s3cret") }, "config.both"},
		"no such body":            {"x", "A: b", func(o *checks.WebOptions) { o.BodyFile = "none" }, "config.file"},
		"a method without bodies": {"x", "A: b", func(o *checks.WebOptions) { o.Method = "" }, "config.web.body_method"},
		"too large":               {strings.Repeat("s3cret", 20_000), "A: b", nil, "config.web.body_size"},
	} {
		options, _ := checks.AllKinds(checks.Deps{}).New("web")
		o := options.(*checks.WebOptions)
		o.URL, o.Method, o.BodyFile, o.HeadersFile = srv.URL, "POST", write("body", c.body), write("headers", c.headers)
		o.Headers = map[string]model.Secret{"X-Plain": model.NewSecret("mine")}
		o.SetEnvironment(model.Environment{Dir: dir})
		if c.change != nil {
			c.change(o)
		}
		wrong := o.Validate()
		if c.wrong != "" {
			if len(wrong) != 1 || wrong[0].ID != c.wrong || strings.Contains(wrong[0].String(), "s3cret") {
				t.Errorf("%s: %v, want %s", name, wrong, c.wrong)
			}
			continue
		}
		if len(wrong) > 0 {
			t.Fatalf("%s: %v", name, wrong)
		}
		if r := o.Checker().Check(t.Context()); r.Status != model.StatusOK {
			t.Errorf("%s: %v", name, r)
		}
		if got != `{"password": "s3cret"}` || key != "s3cret" || plain != "mine" {
			t.Errorf("%s: body %q, key %q, plain %q", name, got, key, plain)
		}
	}
}
