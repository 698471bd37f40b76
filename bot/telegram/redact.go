package telegram

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/sirupsen/logrus"
)

const redacted = "<secret>"

// redactor takes secrets out of texts. It is safe for use by several goroutines.
type redactor struct {
	token     func() string
	passwords []string
	pattern   *regexp.Regexp
}

// shortestSecret keeps a short password from blanking every text that happens to contain it.
const shortestSecret = 4

func newRedactor(token func() string, proxies []string) *redactor {
	// Whatever looks like a token: another bot's, or ours from before it was changed.
	r := &redactor{token: token, pattern: regexp.MustCompile(`\d{6,}(:|%3[aA])[A-Za-z0-9_-]{30,}`)}
	for _, p := range proxies {
		u, err := url.Parse(p)
		if err != nil || u.User == nil {
			continue
		}
		if password, set := u.User.Password(); set {
			r.passwords = append(r.passwords, password, url.QueryEscape(password), url.PathEscape(password))
		}
	}
	return r
}

func (r *redactor) redact(text string) string {
	token := r.token()
	_, half, _ := strings.Cut(token, ":")
	for _, secret := range append([]string{token, half}, r.passwords...) {
		if len(secret) >= shortestSecret {
			text = strings.ReplaceAll(text, secret, redacted)
		}
	}
	return r.pattern.ReplaceAllString(text, redacted)
}

// Redact takes the token, its secret half, proxy passwords and whatever looks like a token out of a text.
func (c *Client) Redact(text string) string { return c.redactor.redact(text) }

// Hook redacts every log entry: add it to the logger before all other hooks.
func (c *Client) Hook() logrus.Hook { return redactHook{c.redactor} }

type redactHook struct{ r *redactor }

// Levels implements logrus.Hook.
func (redactHook) Levels() []logrus.Level { return logrus.AllLevels }

// Fire implements logrus.Hook. A value keeps its type unless its text holds a secret.
func (h redactHook) Fire(e *logrus.Entry) error {
	e.Message = h.r.redact(e.Message)
	for key, value := range e.Data {
		var text string
		switch v := value.(type) {
		case string:
			text = v
		case []byte:
			text = string(v)
		default:
			text = fmt.Sprintf("%+v", v)
		}
		if clean := h.r.redact(text); clean != text {
			e.Data[key] = clean
		}
	}
	return nil
}
