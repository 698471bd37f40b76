package teams_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/notify/teams"
)

// card is a message as a workflow parses it.
type card struct {
	Type        string
	Attachments []struct {
		ContentType string
		Content     struct {
			Type, Version string
			Body          []struct {
				Type, Text, Color string
				Wrap              bool
			}
		}
	}
}

// posted delivers a notification and returns what a workflow receives; without an attachment nothing arrived.
func posted(t *testing.T, sent model.Notification, text string) (got card, size int) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &got) != nil {
			t.Errorf("%v: %s", err, body)
		}
		size = len(body)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer s.Close()
	c := teams.New(teams.Options{URL: model.NewSecret(s.URL), Render: func(model.Notification) string { return text }, Now: time.Now})
	defer c.Close()
	if _, err := c.Deliver(t.Context(), sent, model.Card{}); err != nil {
		t.Fatal(err)
	}
	return got, size
}

func TestCard(t *testing.T) {
	got, _ := posted(t, model.Notification{Kind: model.NotifyOpened, Severity: model.SeverityCritical}, "🔴 main_db_1 is *down*\n\nrefused [10.0.0.9]\nsince 14:02")
	if got.Type != "message" || len(got.Attachments) != 1 || got.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" {
		t.Fatalf("%+v", got)
	}
	content := got.Attachments[0].Content
	var lines []string
	for _, b := range content.Body {
		lines = append(lines, b.Text)
		if b.Type != "TextBlock" || !b.Wrap {
			t.Errorf("%+v", b)
		}
	}
	if want := []string{`🔴 main\_db\_1 is \*down\*`, `refused \[10.0.0.9\]`, "since 14:02"}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
	if content.Type != "AdaptiveCard" || content.Version == "" || content.Body[0].Color != "attention" {
		t.Errorf("%+v", content)
	}
}

func TestColors(t *testing.T) {
	over := model.Snapshot{Incident: &model.Incident{ClosedAt: time.Now()}}
	for want, sent := range map[string]model.Notification{
		"attention": {Kind: model.NotifyRaised, Severity: model.SeverityCritical}, "warning": {Kind: model.NotifyOpened, Severity: model.SeverityWarning},
		"good": {Kind: model.NotifyResolved, Severity: model.SeverityCritical, Snapshot: over}, "accent": {Kind: model.NotifyDaily},
	} {
		if got, _ := posted(t, sent, "text"); got.Attachments[0].Content.Body[0].Color != want {
			t.Errorf("%s: %+v", want, got)
		}
	}
}

// TestSize: Teams accepts 28 KB at most.
func TestSize(t *testing.T) {
	for _, text := range []string{strings.Repeat(strings.Repeat("🔴", 32)+"\n", 400), strings.Repeat("a\n", 4000), strings.Repeat("<&>*\n", 4000)} {
		got, size := posted(t, model.Notification{Kind: model.NotifyOpened}, text)
		if body := got.Attachments[0].Content.Body; size > 28<<10 || len(body) < 100 || body[len(body)-1].Text != "…" {
			t.Errorf("%d bytes, %d lines", size, len(body))
		}
	}
}

func TestWhatIsNoNewsIsNotPosted(t *testing.T) {
	for _, sent := range []model.Notification{{Kind: model.NotifyUpdated}, {Kind: model.NotifyOpened}} {
		text := " "
		if sent.Kind == model.NotifyUpdated {
			text = "text"
		}
		if got, _ := posted(t, sent, text); len(got.Attachments) != 0 {
			t.Errorf("%s: %+v", sent.Kind, got)
		}
	}
}
