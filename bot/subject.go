package bot

import (
	"context"
	"strconv"
	"strings"

	"opsbot/model"
	"opsbot/ops"
)

// A command in reply to a message is about what the message is about: the incident of a card, or what a list or a view shows. This is the one
// place that finds it, for all commands.

// subject is what the message is about that a command replies to; false when it replies to none, or to one that is about nothing.
func (r *request) subject(ctx context.Context) (about ops.Subject, there bool, err error) {
	if r.in.ReplyTo == 0 {
		return about, false, nil
	}
	id, err := r.cardMeant(ctx)
	if err != nil {
		return about, false, err
	}
	if id != 0 {
		about, err = r.b.d.Actions.SubjectOf(ctx, r.actor, id)
		return about, err == nil, err
	}
	meant, err := r.meantByButtons(ctx)
	if err != nil || meant == "" || isPlace(meant) {
		return about, false, err
	}
	about, err = r.b.d.Actions.SubjectOfWords(r.actor, words(meant))
	return about, err == nil && len(about.Words) > 0, err
}

// cardMeant is the incident of the message that a command replies to; 0 if that shows none.
func (r *request) cardMeant(ctx context.Context) (model.IncidentID, error) {
	if r.in.ReplyTo == 0 {
		return 0, nil
	}
	id, shows, err := r.b.d.Buttons.CardAt(ctx, r.in.Chat.ID, r.in.ReplyTo)
	if err != nil || shows {
		return id, err
	}
	meant, err := r.meantByButtons(ctx)
	number, found := strings.CutPrefix(meant, incidentPlace)
	if err != nil || !found {
		return 0, err
	}
	n, _ := strconv.ParseInt(number, 10, 64)
	return model.IncidentID(n), nil
}

// meantByButtons is what the message that a text replies to is about, a place or words: its buttons know. "" if they do not.
func (r *request) meantByButtons(ctx context.Context) (string, error) {
	button, _, err := r.buttonMeant(ctx, func(b *model.Button) bool { return b.Args["about"] != "" })
	return button.Args["about"], err
}

// buttonMeant is the first button under the message that a text replies to for which wanted holds: buttons know what their message is about.
func (r *request) buttonMeant(ctx context.Context, wanted func(*model.Button) bool) (model.Button, bool, error) {
	for _, data := range r.in.ReplyData {
		button, found, err := r.b.d.Buttons.Button(ctx, data)
		if err != nil {
			return button, false, err
		}
		if found && button.Chat == r.in.Chat.ID && wanted(&button) {
			return button, true, nil
		}
	}
	return model.Button{}, false, nil
}

// orSubject are the words of a command, or what it replies to when there are none.
func (r *request) orSubject(ctx context.Context, ws []string, take func(*ops.Subject) []string) ([]string, error) {
	if len(ws) > 0 {
		return ws, nil
	}
	about, there, err := r.subject(ctx)
	if err != nil || !there {
		return nil, err
	}
	return take(&about), nil
}

// The parts of a subject that commands take.
func wholeOf(s *ops.Subject) []string      { return s.Words }
func hostsMeant(s *ops.Subject) []string   { return s.Hosts }
func clientsMeant(s *ops.Subject) []string { return s.Clients }
