// Package healthchecks reads the checks of healthchecks.io, or of a server of one's own, as its API lists them: GET /api/v3/checks/.
package healthchecks

import (
	"context"
	"crypto/sha1" //nolint:gosec // as healthchecks makes its public keys of secret ones
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/movein/moved"
)

// check is one check of the API. Which of its keys are there depends on the version and on the API key.
type check struct {
	Name      string  `json:"name"`
	Slug      string  `json:"slug"`
	Tags      string  `json:"tags"`
	Desc      string  `json:"desc"`
	Grace     float64 `json:"grace"`   // seconds
	Timeout   float64 `json:"timeout"` // seconds; or Schedule
	Schedule  string  `json:"schedule"`
	Zone      string  `json:"tz"`
	Status    string  `json:"status"`
	Methods   string  `json:"methods"`
	PingURL   string  `json:"ping_url"`
	UUID      string  `json:"uuid"`
	UniqueKey string  `json:"unique_key"`
	Channels  string  `json:"channels"`
	Subject   string  `json:"subject"`
	StartKW   string  `json:"start_kw"`
	SuccessKW string  `json:"success_kw"`
	FailureKW string  `json:"failure_kw"`
	FilterIn  bool    `json:"filter_body"`
}

// Read reads files with what the API answers.
func Read(_ context.Context, paths []string, o moved.Options) (*moved.Moved, error) {
	m := &moved.Moved{}
	for _, path := range paths {
		text, err := moved.ReadFile(path)
		if err != nil {
			return nil, err
		}
		all, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("read %q: %w", path, err)
		}
		for i := range all {
			add(m, &all[i], o)
		}
	}
	if len(m.Tables)+len(m.Notes) == 0 {
		m.Left("", model.Say("movein.empty"))
	}
	return m, nil
}

// parse reads an answer, {"checks": […]}, a list, or one check.
func parse(text string) ([]check, error) {
	var answer struct {
		Checks []check `json:"checks"`
		check
	}
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		err := json.Unmarshal([]byte(text), &answer.Checks)
		return answer.Checks, err
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return nil, err
	}
	if answer.Checks == nil && answer.key() != "" {
		return []check{answer.check}, nil
	}
	return answer.Checks, nil
}

// uuid is the secret part of an address.
var uuid = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// token is what the job presents; "" if the API key may not know it.
func (c *check) token() string {
	if c.UUID != "" {
		return c.UUID
	}
	return uuid.FindString(c.PingURL)
}

// key identifies a check without its secret, the same for all API keys.
func (c *check) key() string {
	token := strings.ReplaceAll(c.token(), "-", "")
	if c.UniqueKey == "" && len(token) == 32 {
		sum := sha1.Sum([]byte(strings.ToLower(token[:16]))) //nolint:gosec // as healthchecks does
		c.UniqueKey = hex.EncodeToString(sum[:])
	}
	return c.UniqueKey[:min(len(c.UniqueKey), 12)]
}

// mostSeconds bounds lengths of time: a year.
const mostSeconds = 366 * 24 * 3600

func seconds(n float64) time.Duration {
	if !(n > 0) || n > mostSeconds {
		return 0
	}
	return time.Duration(n * float64(time.Second))
}

// add carries one check over.
func add(m *moved.Moved, c *check, o moved.Options) {
	key := c.key()
	name := c.Name
	if name == "" {
		name = "check-" + key
	}
	t := moved.Check(key, name, "heartbeat")
	t.At = fmt.Sprintf("check %q", name)
	switch {
	case key == "":
		m.Left(t.At, model.Say("movein.no_key"))
		return
	case c.Status == "paused":
		m.Left(t.At, model.Say("movein.paused"))
		return
	case c.Schedule != "" && len(strings.Fields(c.Schedule)) != 5:
		m.Left(t.At, model.Say("movein.schedule", "schedule", c.Schedule))
		return
	case c.Schedule == "" && seconds(c.Timeout) == 0:
		m.Left(t.At, model.Say("movein.no_interval"))
		return
	}
	t.Token(c.token())
	if c.Schedule != "" {
		t.Set("expects", c.Schedule)
		zone(m, t, c, o)
	} else {
		t.Duration("every", seconds(c.Timeout))
	}
	t.Duration("grace", seconds(c.Grace))
	if c.Methods == "POST" {
		t.Set("methods", []string{"POST"})
	}
	t.Set("comment", strings.Join(strings.Fields(c.Desc), " ")).Set("labels", tags(c.Tags))
	differences(m, t, c)
	m.Add(t)
}

// zone notes a schedule on another clock than opsbot's.
func zone(m *moved.Moved, t *moved.Table, c *check, o moved.Options) {
	if c.Zone != "" && o.Zone != nil && c.Zone != o.Zone.String() {
		m.Differs(t.At, model.Say("movein.zone", "zone", c.Zone, "here", o.Zone.String()))
	}
}

// differences names what is not quite the same.
func differences(m *moved.Moved, t *moved.Table, c *check) {
	if c.Subject != "" || c.StartKW != "" || c.SuccessKW != "" || c.FailureKW != "" || c.FilterIn {
		m.Differs(t.At, model.Say("movein.mail_job"))
	}
	if c.token() == "" {
		m.Differs(t.At, model.Say("movein.new_token"))
	}
	m.Differs(t.At, model.Say("movein.job"))
}

// tags are labels: "prod" and "team=db" or "team:db".
func tags(text string) map[string]string {
	labels := map[string]string{}
	for word := range strings.FieldsSeq(text) {
		key, value, ok := strings.Cut(strings.Replace(word, ":", "=", 1), "=")
		if !ok {
			value = "yes"
		}
		labels[key] = value
	}
	return moved.Labels(labels)
}
