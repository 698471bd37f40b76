package bot

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// A file of a report is given up after so many tries and so long. Only failures with an unknown outcome count, not rate limits
// and outages.
const (
	partTries    = 5
	partPatience = time.Hour
)

// maxPartialUploads limits how many incomplete reports are remembered. A forgotten one is sent again from the start.
const maxPartialUploads = 1000

// partialUpload is how much of a report was sent.
type partialUpload struct {
	receipt model.Receipt // of its document
	next    int           // index of the next file to send
	tries   int           // of that file, with an unknown outcome
	since   time.Time     // first of these tries
	left    []string      // files that were given up
}

// partialUploads are the incomplete reports by notification. They are lost at a restart: then the document is sent again and
// says that it may be a repeat.
type partialUploads struct {
	mu  sync.Mutex
	all map[int64]*partialUpload
}

// take removes and returns the state of a report.
func (p *partialUploads) take(notification int64) (*partialUpload, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found, there := p.all[notification]
	delete(p.all, notification)
	if !there {
		found = &partialUpload{}
	}
	return found, there
}

func (p *partialUploads) put(notification int64, part *partialUpload) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil || len(p.all) >= maxPartialUploads {
		p.all = map[int64]*partialUpload{}
	}
	p.all[notification] = part
}

// sendReport sends a report as a document with a caption, then its files. If a file fails, the next attempt continues with it.
func (c *Channel) sendReport(ctx context.Context, t model.Notification, o telegram.Outgoing) (model.Receipt, error) {
	parts := t.Snapshot.Report.Parts
	o.HTML = c.Cards.caption(t)
	if parts == nil || len(parts.HTML) == 0 {
		return c.send(ctx, o)
	}
	p, begun := c.partialUploads.take(t.ID)
	if !begun {
		receipt, err := c.sendFile(ctx, o, telegram.File{Name: parts.Name + ".html", Data: parts.Document()})
		if err != nil {
			return receipt, err
		}
		p.receipt = receipt
	}
	o.HTML, o.Silent, o.ReplyTo = "", true, p.receipt.Message
	if begun && t.Repeat {
		o.HTML = strings.TrimSpace(string(c.Cards.renderer(t).stamps(t)))
	}
	for ; p.next < len(parts.Files); p.next++ {
		if err := c.sendPart(ctx, o, p, &parts.Files[p.next]); err != nil {
			c.partialUploads.put(t.ID, p)
			return model.Receipt{}, err
		}
		o.HTML, p.tries = "", 0
	}
	if err := c.sayLeft(ctx, t, o, p); err != nil {
		c.partialUploads.put(t.ID, p)
		return model.Receipt{}, err
	}
	return p.receipt, nil
}

// sendPart sends a file of a report. It returns nil if the file was sent or given up.
func (c *Channel) sendPart(ctx context.Context, o telegram.Outgoing, p *partialUpload, f *model.ReportFile) error {
	if f.Inline {
		return nil
	}
	_, err := c.sendFile(ctx, o, telegram.File{Name: f.Name, Data: f.Data})
	if err == nil {
		return nil
	}
	log := c.Log.WithError(err).WithField("file", f.Name)
	switch failureOf(err) {
	case model.SendBad:
		log.Warn("a file of a report was refused; the report arrived")
	case model.SendAmbiguous:
		if p.tries == 0 {
			p.since = c.Cards.Now()
		}
		p.tries++
		if p.tries < partTries || c.Cards.Now().Before(p.since.Add(partPatience)) {
			return err
		}
		log.Warn("a file of a report was given up; the report arrived")
	default:
		return err
	}
	p.left = append(p.left, f.Name)
	return nil
}

// failureOf is the kind of a failed delivery. Unexpected errors are ambiguous.
func failureOf(err error) model.SendFailure {
	if failure, ok := errors.AsType[*model.SendError](err); ok {
		return failure.Failure
	}
	return model.SendAmbiguous
}

// sayLeft says which files were given up.
func (c *Channel) sayLeft(ctx context.Context, t model.Notification, o telegram.Outgoing, p *partialUpload) error {
	if len(p.left) == 0 {
		return nil
	}
	o.HTML = c.Cards.renderer(t).p.HTML("report.left", texts.Args{"files": model.Clip(strings.Join(p.left, ", "), 400)})
	if _, err := c.send(ctx, o); err != nil && failureOf(err) != model.SendBad {
		return err
	}
	return nil
}

// sendFile sends a document, without its topic if that is closed or deleted. Alerts do not wait for the upload.
func (c *Channel) sendFile(ctx context.Context, o telegram.Outgoing, f telegram.File) (model.Receipt, error) {
	o.Aside = true
	receipt, err := c.sender().SendDocument(ctx, o, f)
	if !c.withoutTopic(&o, telegram.MaxCaption, err) {
		return receipt, err
	}
	return c.sender().SendDocument(ctx, o, f)
}
