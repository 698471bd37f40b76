package bot

import (
	"context"
	"strings"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdWhatIf predicts which clients would be affected if hosts failed.
func (r *request) cmdWhatIf(ctx context.Context, args string) error {
	ws, err := r.orSubject(ctx, words(args), hostsMeant)
	if err != nil {
		return err
	}
	if len(ws) == 0 {
		return r.pick(ctx, "whatif")
	}
	w, err := r.b.d.Actions.WhatIf(ctx, r.actor, ws)
	if err != nil {
		return err
	}
	r.about = strings.Join(ws, " ")
	m := r.renderer().whatIf(w)
	var actions []action
	if line := "/inform " + w.Words; len(w.Clients) > 0 && len(line) <= longestLine {
		actions = append(actions, action{label: r.p.T("button.inform"), name: actRun, args: map[string]string{"line": line}})
	}
	r.list(ctx, m, actions...)
	return nil
}

func (s *renderer) whatIf(w *ops.WhatIf) (out message) {
	hosts := s.hostsOf(w)
	if len(w.Clients) == 0 {
		out.head = blocks{marked(texts.LevelOK, s.p.HTMLN("whatif.nobody", len(w.Hosts), texts.Args{"hosts": hosts}))}
	} else {
		out.head = blocks{block("🔮 " + s.p.HTMLN("whatif.head", len(w.Hosts), texts.Args{"hosts": hosts, "clients": s.p.N("count.clients", len(w.Clients))}))}
	}
	if len(w.Down) > 0 {
		out.head = append(out.head, block(s.p.HTML("whatif.down", texts.Args{"hosts": s.p.FirstNames(w.Down, len(w.Down), mostNamed)})))
	}
	after := make([]model.ServiceState, len(w.Affects))
	for i := range w.Affects {
		after[i] = w.Affects[i].After
	}
	for _, g := range groupEqual(after) {
		out.rows = append(out.rows, g.line(s.p))
	}
	if w.Spared > 0 {
		out.tail = append(out.tail, block(s.p.HTMLN("whatif.spared", w.Spared)))
	}
	if w.Others > 0 && len(w.Clients) > 0 {
		out.tail = append(out.tail, block(s.p.HTMLN("whatif.others", w.Others)))
	}
	return out
}

func (s *renderer) hostsOf(w *ops.WhatIf) string {
	return s.p.FirstNames(w.Hosts, len(w.Hosts), mostNamed)
}
