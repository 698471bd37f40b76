package bot

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// The limits of lists in a pinned message: all of it is one screen of a phone.
const (
	pinnedIncidents = 5
	pinnedMutes     = 3
	pinnedSources   = 3
	pinnedHolders   = 3 // names of those who have an incident
	pinnedColumns   = 2 // of buttons, whose words are long in Russian
)

func (p *PinnedMessages) renderer(c *model.Chat) *renderer {
	zone := p.d.Zone()
	s := &renderer{now: p.d.Now(), chat: c.ID, zone: zone, usual: zone}
	if c.Zone != nil {
		s.zone = c.Zone
	}
	s.p = p.d.Texts.For(c.Language).In(s.zone)
	return s
}

// overview is what a pinned message says, but for when it changed: what is down, who has it, what is muted, which sources are away, who is on call.
func (s *renderer) overview(o *ops.Overview, refused bool) string {
	lines := blocks{s.headline(o.Status), s.otherClients(o.Status)}
	lines = append(lines, s.issueLines(o.Status)...)
	rows := rowsOf(o.Incidents, func(in *model.Incident) block { return s.incidentLine(in) + s.holders(in) })
	lines = append(lines, s.first(rows, limit{pinnedIncidents, len(rows), "status.more_incidents"})...)
	rows = rowsOf(o.Mutes, func(m *model.Mute) block { return "🔇 " + block(s.muteLine(m)) })
	lines = append(lines, s.first(rows, limit{pinnedMutes, len(rows), "more"})...)
	lines = append(lines, s.sourceLines(o)...)
	if len(o.OnCall) > 0 {
		lines = append(lines, block(s.p.HTML("pinned.on_call", texts.Args{"who": model.Clip(joined(o.OnCall), 120)})))
	}
	tail := blocks{s.zoneLine()}
	if refused {
		tail = append(tail, "⚠️ "+block(s.p.HTML("pinned.refused")))
	}
	return message{rows: lines, tail: tail}.fit(len(lines), s.more)
}

// holders are those who acknowledged an incident.
func (s *renderer) holders(in *model.Incident) block {
	var who []string
	for i := range in.Acks {
		who = append(who, model.Clip(in.Acks[i].Name, 32))
	}
	if len(who) == 0 {
		return ""
	}
	return "\n   " + block(s.p.HTML("pinned.has", texts.Args{"who": s.p.Names(who, pinnedHolders)}))
}

// sourceLines name the sources that are disconnected, unless an incident does, and count them if all are connected.
func (s *renderer) sourceLines(o *ops.Overview) blocks {
	said := map[string]bool{}
	for i := range o.Incidents {
		said[o.Incidents[i].Source] = true
	}
	var away []row
	connected := 0
	for i := range o.Sources {
		one := &o.Sources[i]
		if !one.Disconnected {
			connected++
		} else if !said[one.Name] {
			away = append(away, row{block(s.p.HTML("pinned.source_away", texts.Args{"name": model.Clip(one.Name, 70), "since": s.moment(one.Since)})), 1})
		}
	}
	if connected > 0 && connected == len(o.Sources) {
		return blocks{block(s.p.HTMLN("pinned.sources", connected))}
	}
	return s.first(away, limit{pinnedSources, len(away), "more"})
}

// changedAt is when the message changed, with its day: it may be read on another one.
func (s *renderer) changedAt() block {
	return "<i>" + block(s.p.HTML("pinned.changed", texts.Args{"at": s.p.DateAsOf(s.now, s.now) + " " + s.p.Clock(s.now)})) + "</i>"
}

// overviewActions are the buttons that lead from a pinned message to what it is about.
func overviewActions(s *renderer, o *ops.Overview) []action {
	run := func(label, line string) action {
		return action{label: s.p.T(label), name: actRun, args: map[string]string{"line": line}}
	}
	all := []action{run("button.status", "/status")}
	if len(o.Incidents) > 0 {
		all = append(all, run("button.incidents", "/incidents"))
	}
	if len(o.Mutes) > 0 {
		all = append(all, run("button.mutes", "/mutes"))
	}
	if len(o.Sources) > 0 {
		all = append(all, run("button.sources", "/status sources"))
	}
	return append(all, run("button.clients", "/clients status 1"))
}

// buttons creates the buttons of a pinned message.
func (p *PinnedMessages) buttons(ctx context.Context, m *pinned, s *renderer, actions []action) [][]telegram.Button {
	kept := make(map[string]model.Button, len(actions))
	var rows [][]telegram.Button
	for i, a := range actions {
		id := p.buttonID(m.At(), a)
		kept[id] = model.Button{Action: a.name, Args: a.args, Chat: m.Chat, Expires: s.now.Add(cardButtonLife)}
		if i%pinnedColumns == 0 {
			rows = append(rows, nil)
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], telegram.Button{Text: a.label, Data: id})
	}
	if err := p.d.Buttons.PutButtons(ctx, kept); err != nil {
		p.d.Log.WithError(err).Error("keep buttons")
		return nil // a status without buttons is better than none
	}
	m.renewed = s.now
	return rows
}

// buttonID is the same at every edit, and unguessable without the key.
func (p *PinnedMessages) buttonID(at model.Destination, a action) string {
	mac := hmac.New(sha256.New, p.d.Key)
	fmt.Fprintf(mac, "pinned|%s|%s", at, a.args["line"])
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// renewAfter is far below the life of buttons: they must work however long nothing changes.
const renewAfter = model.Day

// renew keeps the buttons of a message that nothing has changed.
func (p *PinnedMessages) renew(ctx context.Context, m *pinned, c *model.Chat) {
	now := p.d.Now()
	if m.Message == 0 || now.Sub(m.renewed) < renewAfter {
		return
	}
	o, err := p.d.Overview(ctx, ops.Reader(c))
	if err != nil {
		p.failed(m, "read the status", err)
		return
	}
	s := p.renderer(c)
	p.buttons(ctx, m, s, overviewActions(s, o))
}
