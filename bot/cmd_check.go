package bot

import (
	"context"

	"opsbot/model"
	"opsbot/texts"
)

// cmdCheck runs one check now and shows its result.
func (r *request) cmdCheck(ctx context.Context, args string) error {
	ws := words(args)
	if len(ws) == 0 {
		about, _, err := r.subject(ctx)
		if err != nil {
			return err
		}
		if len(about.Checks) != 1 {
			return r.pick(ctx, "check", about.Checks...)
		}
		ws = about.Checks
	}
	r.in.Yield()
	answer, err := r.b.d.Actions.CheckNow(ctx, r.actor, ws)
	if err != nil {
		return err
	}
	res := answer.Result
	lines := blocks{block(r.p.HTML("check.head", texts.Args{
		"mark": texts.OfStatus(res.Status).Mark(), "id": model.Clip(string(res.Check), 200), "status": res.Status,
	}))}
	if !res.Reason.IsZero() {
		lines = append(lines, escaped(model.Clip(r.p.Reason(res.Reason), 400)))
	}
	s := r.renderer()
	lines = append(lines, s.measuredLine(model.Measured{Values: res.Values}, res.Expires)...)
	lines = append(lines, block(r.p.HTML("check.took", texts.Args{"took": res.Took, "tries": r.p.N("count.tries", res.Tries)})))
	lines = append(lines, block(r.p.HTML("check.judged", texts.Args{"phase": answer.Before.Phase, "since": r.sinceOf(answer.Before)})))
	lines = append(lines, s.scheduleLine(answer.Check, answer.Next)...)
	if res.Status != model.StatusOK {
		lines = append(lines, comment(answer.Check.Comment)...)
	}
	r.about = exactly(answer.Check)
	r.reply(ctx, lines.join(), r.buttons(ctx, 2, action{
		label: r.p.T("button.again"), name: actShow, args: map[string]string{"line": "/check " + exactly(answer.Check)},
	}))
	return nil
}

func (r *request) sinceOf(s model.CheckState) string {
	if s.Since.IsZero() {
		return ""
	}
	return r.p.T("since", texts.Args{"at": r.renderer().moment(s.Since)})
}
