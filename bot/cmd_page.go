package bot

import (
	"context"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdPage has somebody paged: "/page anna the database is slow".
func (r *request) cmdPage(ctx context.Context, args string) error {
	line := ops.ParsePage(args)
	if line.Who == "" {
		return &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": ops.ActionPage}}
	}
	in, err := r.b.d.Actions.Page(ctx, r.actor, line)
	if model.CodeOf(err) == model.ErrOffCall {
		r.askOffCall(ctx, &line, err)
		return nil
	}
	if err != nil {
		return err
	}
	r.paged(ctx, &in)
	return nil
}

// askOffCall asks whether somebody who is not on call is meant.
func (r *request) askOffCall(ctx context.Context, line *ops.PageLine, err error) {
	what, hint := r.p.Error(err)
	ask := func(who, label string) action {
		return action{label: label, name: actPage, args: map[string]string{"who": who, "text": line.Text}, own: true}
	}
	var all []action
	if e, ok := err.(*model.Error); ok { //nolint:errorlint // it is the use case's own
		for _, other := range e.Choices {
			all = append(all, ask(other, r.p.T("button.page", texts.Args{"who": other})))
		}
	}
	all = append(all, ask(line.Who, r.p.T("button.page_anyway", texts.Args{"who": line.Who})), action{label: r.p.T("button.cancel"), name: actCancel, own: true})
	r.reply(ctx, blocks{escaped(what), escaped(hint)}.join(), r.buttons(ctx, 1, all...))
}

// pressPage pages whom the question was about.
func (r *request) pressPage(ctx context.Context, args map[string]string) error {
	in, err := r.b.d.Actions.Page(ctx, r.actor, ops.PageLine{Who: args["who"], Text: args["text"], Sure: true})
	if err != nil {
		return err
	}
	r.answer(ctx, "", false)
	r.shown = r.in.Message
	r.paged(ctx, &in)
	return nil
}

func (r *request) paged(ctx context.Context, in *model.Incident) {
	r.reply(ctx, r.renderer().pageBegun(in), nil)
}

// pageBegun says who is being paged, and how that ends.
func (s *renderer) pageBegun(in *model.Incident) string {
	lines := blocks{block(s.p.HTML("page.begun", texts.Args{"who": model.Clip(in.Reason.Args["who"], 70), "id": int64(in.ID)}))}
	return append(append(lines, s.pagedLines(in)...), block(s.p.HTML("page.ends", texts.Args{"id": int64(in.ID)}))).join()
}

// Paged renders the beginning of a page.
func (w *Plain) Paged(language string, in *model.Incident) string {
	return plain(w.renderer(language).pageBegun(in))
}
