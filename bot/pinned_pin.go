package bot

import (
	"context"
	"slices"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
)

// pin pins a message, after it took the pin off those before.
func (p *PinnedMessages) pin(ctx context.Context, m *pinned) {
	ctx, cancel := context.WithTimeout(ctx, pinnedCall)
	defer cancel()
	for len(m.Former) > 0 {
		if err := p.d.Sender.Unpin(ctx, m.Chat, m.Former[0]); err != nil {
			p.pinFailed(ctx, m, err)
			return
		}
		_ = p.d.Sender.Delete(ctx, m.Chat, m.Former[0]) // what it shows is old; Telegram may refuse after two days
		m.Former = m.Former[1:]
		if !p.store(ctx, m) {
			return
		}
	}
	if err := p.d.Sender.Pin(ctx, m.Chat, m.Message); err != nil {
		p.pinFailed(ctx, m, err)
		return
	}
	m.Pinned, m.Refused, m.seen = true, false, p.d.Now()
	p.worked(m)
	p.wait(func() { m.refused = false })
	p.store(ctx, m)
}

// pinFailed says once to the admins that we may not pin. The message is kept up to date all the same, and says so too.
func (p *PinnedMessages) pinFailed(ctx context.Context, m *pinned, err error) {
	switch {
	case failed(err, model.SendGone):
		p.replace(ctx, m)
	case failed(err, model.SendDenied):
		p.wait(func() { m.refused, m.waits.pin = true, p.d.Now().Add(longestPinned) })
		if m.Refused {
			return
		}
		m.Refused = true
		p.d.Log.WithError(err).WithField("chat", int64(m.Chat)).Warn("the status message cannot be pinned")
		p.store(ctx, m, p.notice(m)...)
	default:
		p.failed(m, "pin the status", err)
	}
}

func (p *PinnedMessages) notice(m *pinned) []model.Notification {
	to, ok := p.d.Notice(m.At())
	if !ok {
		return nil
	}
	reason := p.issue(m.At())
	return []model.Notification{{
		Kind: model.NotifyNotice, To: to, Severity: model.SeverityWarning, Created: p.d.Now(), Snapshot: model.Snapshot{Notice: &reason},
	}}
}

func (p *PinnedMessages) issue(at model.Destination) model.Reason {
	return model.NewReason(model.IssuePin, "to", p.d.Name(at))
}

// look finds out whether the message is pinned still: somebody may have unpinned or deleted it.
func (p *PinnedMessages) look(ctx context.Context, m *pinned) {
	ctx, cancel := context.WithTimeout(ctx, pinnedCall)
	defer cancel()
	last, err := p.d.Sender.Pinned(ctx, m.Chat)
	if err != nil {
		p.failed(m, "look at what is pinned", err)
		return
	}
	m.seen = p.d.Now()
	switch last {
	case 0:
		m.Pinned = false // pinning it anew shows whether it is there
	case m.Message:
		p.wait(func() { m.waits.gone = 0 })
	}
}

// deniedPinned is the time between two tries of ending a message where we may do nothing.
const deniedPinned = 6 * time.Hour

// retire ends the message of a chat that wants none any more: it is unpinned at once, and says that it is not updated when it may be edited.
func (p *PinnedMessages) retire(ctx context.Context, at model.Destination, m *pinned) {
	if p.d.Now().Before(p.waits(m).end) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, pinnedCall)
	defer cancel()
	if !p.unpinAll(ctx, m) || !p.sayEnded(ctx, at, m) {
		return
	}
	if err := p.d.Store.DropPinned(ctx, at); err != nil {
		p.failed(m, "forget the status", err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, at)
}

// unpinAll takes the pins off all that was ours in a chat. It reports false if that did not work.
func (p *PinnedMessages) unpinAll(ctx context.Context, m *pinned) bool {
	for _, message := range append(slices.Clone(m.Former), m.Message) {
		if message == 0 || message == m.Message && m.unpinned {
			continue
		}
		err := p.d.Sender.Unpin(ctx, m.Chat, message)
		if failed(err, model.SendDenied) { // it is pinned still, and would be beside a new one
			p.wait(func() { m.waits.end = p.d.Now().Add(deniedPinned) })
			return false
		}
		if err != nil && !isFinal(err) {
			return p.failed(m, "unpin the status", err)
		}
	}
	if m.unpinned {
		return true
	}
	m.Pinned, m.Former, m.unpinned = false, nil, true
	return p.store(ctx, m)
}

// sayEnded has a message say that it is not updated any more. It reports false while that has to wait.
func (p *PinnedMessages) sayEnded(ctx context.Context, at model.Destination, m *pinned) bool {
	if m.Message == 0 {
		return true
	}
	if !p.mayEdit(m, p.d.Now()) {
		return false
	}
	s := p.renderer(&model.Chat{ID: at.Chat, Topic: at.Topic, Language: p.languageOf(at)})
	err := p.d.Sender.Edit(ctx, m.Message, telegram.Outgoing{Chat: m.Chat, HTML: s.p.HTML("pinned.ended"), Priority: telegram.PriorityProgress})
	if err != nil && !isFinal(err) && !failed(err, model.SendDenied) {
		return p.failed(m, "end the status", err)
	}
	m.Shows, m.ChangedAt = "", p.d.Now() // the chat may want it again before it is forgotten
	return true
}

// languageOf is the language of a chat, by whatever of its entries is left.
func (p *PinnedMessages) languageOf(at model.Destination) string {
	for _, c := range p.d.Chats() {
		if c.ID == at.Chat {
			return c.Language
		}
	}
	return ""
}

// isFinal reports whether trying again would change nothing: the chat or the message is gone, or is not ours any more.
func isFinal(err error) bool {
	for _, final := range []model.SendFailure{model.SendGone, model.SendMigrated, model.SendChatDead, model.SendBad} {
		if failed(err, final) {
			return true
		}
	}
	return false
}
