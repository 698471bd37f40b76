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

// When a file of a report that arrived is given up: it was tried so often, for so long, and each try found a server that said nothing
// of use. A chat that asks for patience and a Telegram that is away do not count.
const (
	partTries    = 5
	partPatience = time.Hour
)

// maxPartialUploads is how many reports are remembered that came in part. One that is forgotten is sent from its beginning.
const maxPartialUploads = 1000

// parcel is how far a report came.
type partialUpload struct {
	receipt model.Receipt // of its document
	next    int           // of its files, the first that was not sent yet
	tries   int           // of that one, which found nobody
	since   time.Time     // of the first of these
	left    []string      // files that are not sent any more
}

// parcels are the reports that came in part, by telling. They are not kept over a restart: then a document comes twice, and says that
// it may.
type partialUploads struct {
	mu  sync.Mutex
	all map[int64]*partialUpload
}

// take hands out how far a report came, and forgets it.
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

// sendReport sends a report as a document under which stands what was found, and then its files. What arrived is not sent again when
// a file behind it fails: the next try goes on with that one.
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

// sendPart sends a file of a report; without an error it is done with.
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

// failureOf is the kind of a failed delivery; one that nobody foresaw leaves a doubt.
func failureOf(err error) model.SendFailure {
	if failure, ok := errors.AsType[*model.SendError](err); ok {
		return failure.Failure
	}
	return model.SendAmbiguous
}

// sayLeft says which files of a report do not come.
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

// sendFile sends a document, without its topic when that is gone. No alert waits for the upload.
func (c *Channel) sendFile(ctx context.Context, o telegram.Outgoing, f telegram.File) (model.Receipt, error) {
	o.Aside = true
	receipt, err := c.Sender.SendDocument(ctx, o, f)
	dead, ok := errors.AsType[*model.SendError](err)
	if !ok || dead.Failure != model.SendChatDead || o.Topic == 0 {
		return receipt, err
	}
	o.Topic = 0
	return c.Sender.SendDocument(ctx, o, f)
}
