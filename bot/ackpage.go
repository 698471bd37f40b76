package bot

import (
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// AckPage renders the page of a link that acknowledges.
func (w *Plain) AckPage(language string, page *ops.AckPage, err error) ops.AckText {
	s := w.renderer(language)
	out := ops.AckText{Language: s.p.Language(), Title: s.p.T("ack.page.title", texts.Args{"id": int64(page.Incident.ID)})}
	switch {
	case model.CodeOf(err) == model.ErrForbidden: // they may not even see it
		return ops.AckText{Language: out.Language, Title: s.p.T("ack.page.button"), Lines: []string{s.p.T("ack.page.forbidden", texts.Args{"person": page.Who.Name})}}
	case page.Over:
		return ops.AckText{Language: out.Language, Title: s.p.T("ack.page.none"), Lines: []string{s.p.T("ack.page.over")}}
	case page.Incident.ID == 0: // the database did not answer
		return ops.AckText{Language: out.Language, Title: s.p.T("ack.page.button"), Lines: []string{s.p.T("ack.page.failed")}, Button: s.p.T("ack.page.button")}
	}
	for _, in := range append([]model.Incident{page.Incident}, page.More...) {
		out.Lines = append(out.Lines, plain(s.title(&in, true)))
	}
	if n := len(page.More); n > 0 {
		out.Title = s.p.N("ack.page.title_all", n+1)
	}
	switch {
	case page.By != "":
		out.Lines = append(out.Lines, s.p.T("ack.page.done", texts.Args{"who": page.By, "at": s.moment(page.At)}))
		return out
	case err != nil:
		out.Lines = append(out.Lines, s.p.T("ack.page.failed"))
	default:
		out.Lines = append(out.Lines, s.p.T("ack.page.asks", texts.Args{"person": page.Who.Name}))
	}
	out.Button = s.p.T("ack.page.button")
	return out
}

// AckUnknown renders the page of a link that is none. It says nothing of any incident.
func (w *Plain) AckUnknown(language string) ops.AckText {
	p := w.renderer(language).p
	return ops.AckText{Language: p.Language(), Title: p.T("ack.page.unknown"), Lines: []string{p.T("ack.page.unknown_more")}}
}

// AckNone renders the page of the link of a message that is about no open incident.
func (w *Plain) AckNone(language string) ops.AckText {
	p := w.renderer(language).p
	return ops.AckText{Language: p.Language(), Title: p.T("ack.page.none"), Lines: []string{p.T("ack.page.none_more")}}
}

// AckSaid is what a call says once a key was pressed.
func (w *Plain) AckSaid(language string, acked bool) string {
	id := "phone.not_acked"
	if acked {
		id = "phone.acked"
	}
	return w.renderer(language).p.T(id)
}

// GatewayTested says that a service accepted a test message.
func (w *Plain) GatewayTested(language string, t *ops.GatewayTest) string {
	return w.renderer(language).p.T("gateway.tested", texts.Args{"gateway": t.Gateway, "person": t.Person})
}
