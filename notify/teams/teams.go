// Package teams is the channel that posts notifications as adaptive cards to a workflow of Microsoft Teams.
//
// It must not know the wording of a notification: it is given a function that renders one.
package teams

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/atc0005/go-teams-notify/v2/adaptivecard"

	"opsbot/model"
	"opsbot/notify/post"
	"opsbot/texts"
)

// Options configure a Teams.
type Options struct {
	URL    model.Secret   // of the workflow "when a Teams webhook request is received"
	Roots  *x509.CertPool // nil are the machine's
	Render func(model.Notification) string
	Now    func() time.Time
}

// Teams is a notify.Channel, and safe for concurrent use.
type Teams struct {
	render func(model.Notification) string
	poster *post.Poster
}

// New returns a Teams. It does not connect yet.
func New(o Options) *Teams { return &Teams{render: o.Render, poster: post.New(o.URL, o.Roots, o.Now)} }

// Close closes idle connections.
func (c *Teams) Close() { c.poster.Close() }

// Deliver posts a notification as a card. Edits are not posted: a workflow cannot change a message. Errors are
// *model.SendError.
func (c *Teams) Deliver(ctx context.Context, t model.Notification, _ model.Card) (model.Receipt, error) {
	if t.Kind == model.NotifyUpdated {
		return model.Receipt{}, nil
	}
	text := strings.TrimSpace(c.render(t))
	if text == "" {
		return model.Receipt{}, nil
	}
	body, err := message(&t, text)
	if err != nil {
		return model.Receipt{}, &model.SendError{Failure: model.SendBad, Err: err}
	}
	return model.Receipt{}, c.poster.Post(ctx, body, nil)
}

// maxBody keeps a message below the 28 KB limit of Teams; blockSize is the overhead of a line.
const (
	maxBody   = 24 << 10 // bytes
	blockSize = 100
)

// message builds the document: the first line as a title in the colour of the severity, each other line as a text. What
// is too long is replaced by an ellipsis.
func message(t *model.Notification, text string) ([]byte, error) {
	card := adaptivecard.NewCard()
	size := 0
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		block := adaptivecard.NewTextBlock(escaped(line), true)
		if block.Spacing = adaptivecard.SpacingSmall; len(card.Body) == 0 {
			block.Size, block.Weight, block.Color = adaptivecard.SizeMedium, adaptivecard.WeightBolder, colors[texts.OfNotification(t)]
		}
		written, err := json.Marshal(block.Text)
		if err != nil {
			return nil, err
		}
		if size += len(written) + blockSize; size > maxBody {
			card.Body = append(card.Body, adaptivecard.NewTextBlock("…", true))
			break
		}
		card.Body = append(card.Body, block)
	}
	m, err := adaptivecard.NewMessageFromCard(card)
	if err != nil {
		return nil, err
	}
	if err := m.Prepare(); err != nil {
		return nil, err
	}
	return io.ReadAll(m.Payload())
}

// colors are what Teams has for the levels.
var colors = map[texts.Level]string{
	texts.LevelOK: adaptivecard.ColorGood, texts.LevelInfo: adaptivecard.ColorAccent, texts.LevelWarning: adaptivecard.ColorWarning,
	texts.LevelCritical: adaptivecard.ColorAttention,
}

// escaped keeps names and reasons from being parsed as Markdown, as texts of cards are.
func escaped(text string) string { return markdown.Replace(text) }

var markdown = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, "`", "\\`", `~`, `\~`)
