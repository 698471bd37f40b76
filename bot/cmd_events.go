package bot

import (
	"context"
	"slices"
	"strings"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// The limits of a row of /events.
const (
	maxEventName  = 60
	maxEventTitle = 120
	mostCloses    = 6 // buttons
)

// cmdEvents lists what sources hold open: "/events icinga"; or closes by hand what a source no longer holds: "/events close 4k7m2x9".
func (r *request) cmdEvents(ctx context.Context, args string) error {
	ws := words(args)
	if len(ws) > 0 && isClose(ws[0]) {
		closed, err := r.b.d.Actions.CloseEvents(ctx, r.actor, ws[1:])
		if len(closed) > 0 { // also of those before an error
			r.reply(ctx, r.renderer().closed(closed).fit(mostRows, r.renderer().more), nil)
		}
		return err
	}
	all, err := r.b.d.Actions.OpenEvents(ctx, r.actor, ws)
	if err != nil {
		return err
	}
	if len(all) == 0 && r.noSources(ctx) {
		return nil
	}
	r.list(ctx, r.renderer().events(all), r.closeButtons(all)...)
	return nil
}

func isClose(word string) bool {
	return slices.Contains([]string{"close", "закрыть"}, strings.ToLower(word))
}

// closeButtons offer to close the first of the listed events.
func (r *request) closeButtons(all []ops.OpenEvent) []action {
	if r.actor.Role < ops.RoleFor(ops.ActionClose) {
		return nil
	}
	var offered []action
	for i := range all[:texts.AtMost(len(all), mostRows)] {
		if e := &all[i]; e.Ref != "" && len(offered) < mostCloses {
			offered = append(offered, action{label: r.p.T("button.close", texts.Args{"name": model.Clip(e.Name(), 30)}), name: actClose, args: closeArgs(e)})
		}
	}
	return offered
}

func closeArgs(e *ops.OpenEvent) map[string]string {
	return map[string]string{"source": e.Source, "id": e.ID}
}

// pressClose shows what closing an event does; confirmed, it closes the event.
func (r *request) pressClose(ctx context.Context, args map[string]string) error {
	refs := []string{model.EventKey{Source: args["source"], ID: args["id"]}.String()}
	if args["sure"] == "" {
		all, err := r.b.d.Actions.EventsNamed(ctx, r.actor, refs)
		if err != nil {
			return err
		}
		r.answer(ctx, "", false)
		r.askClose(ctx, &all[0])
		return nil
	}
	closed, err := r.b.d.Actions.CloseEvents(ctx, r.actor, refs)
	if err != nil {
		return err
	}
	r.answer(ctx, r.p.T("events.close_done"), false)
	r.shown = r.in.Message
	r.reply(ctx, r.renderer().closed(closed).fit(mostRows, r.renderer().more), nil)
	return nil
}

// askClose asks before an event is closed.
func (r *request) askClose(ctx context.Context, e *ops.OpenEvent) {
	s := r.renderer()
	args := closeArgs(e)
	args["sure"] = "1"
	r.reply(ctx, append(blocks{block(r.p.HTML("events.ask")), s.eventRow(e)}, s.closing(e)).join(), r.buttons(ctx, 2,
		action{label: r.p.T("button.close_anyway"), name: actClose, args: args, own: true},
		action{label: r.p.T("button.cancel"), name: actCancel, own: true},
	))
}

// closing says what it means that an event is closed by hand.
func (s *renderer) closing(e *ops.OpenEvent) block {
	args := texts.Args{"source": model.Clip(e.Source, 40)}
	if e.Queried {
		return block(s.p.HTML("events.effect_queried", args))
	}
	return block(s.p.HTML("events.effect", args))
}

// events lists open events.
func (s *renderer) events(all []ops.OpenEvent) (out message) {
	if len(all) == 0 {
		return message{head: blocks{block(s.p.HTML("events.none"))}}
	}
	out.head = blocks{block(s.p.HTMLN("events.head", len(all)))}
	for i := range all {
		out.rows = append(out.rows, s.eventRow(&all[i]))
	}
	if slices.ContainsFunc(all, func(e ops.OpenEvent) bool { return e.Ref != "" }) {
		out.tail = blocks{block(s.p.HTML("events.do"))}
	}
	return out
}

// eventRow is an open event in up to three lines: what and since when; what its source says; where it belongs.
func (s *renderer) eventRow(e *ops.OpenEvent) block {
	row := block(texts.OfSeverity(e.Severity).Mark()+" ") + bold(model.Clip(e.Name(), maxEventName)) + " · " + escaped(model.Clip(e.Source, 40)) +
		" · " + escaped(s.p.T("since", texts.Args{"at": s.moment(e.OpenedAt)}))
	if said := eventSays(e); said != "" {
		row += "\n   " + escaped(model.Clip(said, maxEventTitle))
	}
	row += "\n   " + escaped(strings.Join(s.eventNotes(e), " · "))
	if e.Ref != "" {
		row += " · " + block("<code>"+e.Ref+"</code>")
	}
	return row
}

// eventSays is what the source says, unless that is only a name which is there already.
func eventSays(e *ops.OpenEvent) string {
	said := e.Title
	if e.Service != "" && !strings.Contains(strings.ToLower(said), strings.ToLower(e.Service)) {
		said = strings.TrimSuffix(e.Service+": "+said, ": ")
	}
	if said == e.Name() {
		return ""
	}
	return said
}

// eventNotes are where an event belongs, and how its source has it.
func (s *renderer) eventNotes(e *ops.OpenEvent) []string {
	var notes []string
	switch {
	case e.Host != "" && e.Host != e.Name():
		notes = append(notes, s.p.T("events.host", texts.Args{"host": model.Clip(e.Host, maxEventName)}))
	case e.IsUnmapped():
		notes = append(notes, s.p.T("events.unmapped"))
	case !e.Mapped():
		notes = append(notes, s.p.T("events.no_host"))
	}
	if len(e.On) > 0 {
		notes = append(notes, s.p.FirstNames(e.On, len(e.On), 2))
	}
	if e.Incident != 0 {
		notes = append(notes, s.p.T("events.incident", texts.Args{"id": int64(e.Incident)}))
	}
	switch {
	case e.Acked && e.AckedBy != "":
		notes = append(notes, s.p.T("events.acked_by", texts.Args{"who": model.Clip(e.AckedBy, 40)}))
	case e.Acked:
		notes = append(notes, s.p.T("events.acked"))
	}
	if e.Suppressed {
		notes = append(notes, s.p.T("events.suppressed"))
	}
	if e.Disconnected {
		notes = append(notes, s.p.T("events.disconnected"))
	}
	return append(notes, s.p.T("events.contact", texts.Args{"at": s.moment(e.LastContact)}))
}

// closed says which events were closed by hand, and what that means.
func (s *renderer) closed(all []ops.OpenEvent) (out message) {
	out.head = blocks{marked(texts.LevelOK, s.p.HTMLN("events.closed", len(all)))}
	var named []string
	for i := range all {
		e := &all[i]
		out.rows = append(out.rows, bold(model.Clip(e.Name(), maxEventName))+" · "+escaped(model.Clip(e.Source, 40)))
		if !slices.Contains(named, e.Source) && len(named) < 2 {
			named = append(named, e.Source)
			out.tail = append(out.tail, s.closing(e))
		}
	}
	return out
}
