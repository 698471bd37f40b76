package bot

import (
	"context"
	"strconv"
	"strings"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// coverWords are what people write to answer a cover.
var coverWords = map[string]model.CoverAnswer{
	"take": model.CoverTake, "беру": model.CoverTake, "взять": model.CoverTake,
	"refuse": model.CoverRefuse, "отказаться": model.CoverRefuse, "отказ": model.CoverRefuse,
	"withdraw": model.CoverWithdraw, "отозвать": model.CoverWithdraw,
}

// cmdCover asks for somebody in one's place: "/cover boris 18:00 2h - dentist"; "/cover take 3", "/cover refuse 3" and "/cover withdraw 3" answer.
func (r *request) cmdCover(ctx context.Context, args string) error {
	ws := words(args)
	if len(ws) > 1 {
		if answer, known := coverWords[strings.ToLower(ws[0])]; known {
			return r.answerCover(ctx, answer, ws[1:])
		}
	}
	req, err := ops.ParseCover(args, r.b.d.Now().In(r.zone()))
	if err != nil {
		return err
	}
	done, err := r.b.d.Actions.Cover(ctx, r.actor, req)
	if err != nil {
		return err
	}
	withdraw := action{label: r.p.T("button.cover_withdraw"), name: actCoverWithdraw, args: map[string]string{"id": strconv.FormatInt(done.ID, 10)}}
	r.reply(ctx, r.renderer().coverAsked(&done), r.buttons(ctx, 1, withdraw))
	return nil
}

func (r *request) answerCover(ctx context.Context, answer model.CoverAnswer, ws []string) error {
	done, err := r.b.d.Actions.AnswerCover(ctx, r.actor, answer, ws)
	if err != nil {
		return err
	}
	r.reply(ctx, r.renderer().coverAnswered(answer, &done), nil)
	return nil
}

// pressCover answers a cover from a button: what was asked is replaced by what became of it.
func (r *request) pressCover(ctx context.Context, answer model.CoverAnswer, args map[string]string) error {
	done, err := r.b.d.Actions.AnswerCover(ctx, r.actor, answer, []string{args["id"]})
	if err != nil {
		return err
	}
	r.answer(ctx, r.p.T("cover.done."+string(answer)), false)
	if answer == model.CoverRefuse && !r.in.Chat.Private() {
		return nil // others may still take it
	}
	r.shown = r.in.Message
	r.reply(ctx, r.renderer().coverAnswered(answer, &done), nil)
	return nil
}

// coverAsked says who was asked.
func (s *renderer) coverAsked(c *ops.CoverDone) string {
	args := s.coverArgs(&c.Cover)
	args["people"] = s.p.Names(c.Asks, mostNamed)
	id := "cover.asked"
	if len(c.Asks) == 0 {
		id = "cover.asked_chat"
	}
	return blocks{block(s.p.HTML(id, args)), block(s.p.HTML("cover.asked.next", args))}.join()
}

// coverAnswered says what became of a cover.
func (s *renderer) coverAnswered(answer model.CoverAnswer, c *ops.CoverDone) string {
	args := s.coverArgs(&c.Cover)
	lines := blocks{block(s.p.HTML("cover.answered."+string(answer), args))}
	if answer == model.CoverTake {
		lines = append(lines, block(s.p.HTML("takeover.undo", texts.Args{"id": c.Override})))
	}
	return lines.join()
}

// CoverAsked renders a request for a cover.
func (w *Plain) CoverAsked(language string, c *ops.CoverDone) string {
	return plain(w.renderer(language).coverAsked(c))
}

// CoverAnswered renders what became of a cover.
func (w *Plain) CoverAnswered(language string, answer model.CoverAnswer, c *ops.CoverDone) string {
	return plain(w.renderer(language).coverAnswered(answer, c))
}
