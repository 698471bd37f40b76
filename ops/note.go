package ops

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"opsbot/model"
)

// NoteRequest is a note about an incident, as somebody wrote it.
type NoteRequest struct {
	Incident  model.IncidentID
	Text      string
	ForClient bool // the incident's clients read it, in their reports too
}

// forClient is how a note begins that clients read.
var forClient = regexp.MustCompile(`(?i)^\s*(client|clients|клиент|клиенту|клиентам|заказчику)\s*:\s*`)

// ParseNote reads "cable replaced", and "client: a cable was replaced", which is for the clients.
func ParseNote(text string) NoteRequest {
	at := forClient.FindStringIndex(text)
	if at == nil {
		return NoteRequest{Text: strings.TrimSpace(text)}
	}
	return NoteRequest{Text: strings.TrimSpace(text[at[1]:]), ForClient: true}
}

// NotePreview is what a note for clients will be, before it is written.
type NotePreview struct {
	NoteRequest
	Clients []string // who reads it, of those that the requester sees
}

// PreviewNote returns who would read a note; it writes nothing. ErrNoClientHit when it is for clients and the incident hits none.
func (k *Actions) PreviewNote(ctx context.Context, who model.Actor, req NoteRequest) (NotePreview, error) {
	_, preview, err := k.notable(ctx, who, req)
	return preview, err
}

// notable is the incident that a note is about, as it is stored, and who will read the note.
func (k *Actions) notable(ctx context.Context, who model.Actor, req NoteRequest) (about model.Incident, p NotePreview, err error) {
	p.NoteRequest = req
	if err := k.need(ctx, who, RoleFor(ActionNote), ActionNote, noteTarget(req)); err != nil {
		return about, p, err
	}
	switch {
	case req.Text == "":
		return about, p, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": ActionNote}}
	case len(model.Clip(req.Text, model.MaxNote)) < len(req.Text):
		return about, p, &model.Error{Code: model.ErrTooLong, Args: map[string]string{"limit": strconv.Itoa(model.MaxNote)}}
	}
	about, found, err := k.stored(ctx, who, req.Incident)
	switch {
	case err != nil:
		return about, p, err
	case !found:
		return about, p, k.noIncident(ctx, who, req.Incident)
	}
	if p.Clients = about.ClientsHit(who.Scope); req.ForClient && len(p.Clients) == 0 {
		number := strconv.FormatInt(int64(k.IncidentNumber(ctx, who, req.Incident)), 10)
		return about, p, &model.Error{Code: model.ErrNoClientHit, Args: map[string]string{"id": number}}
	}
	return about, p, nil
}

func noteTarget(req NoteRequest) string { return "#" + strconv.FormatInt(int64(req.Incident), 10) }

// Note writes a note about an incident, open or over. Colleagues who see as much as its writer read it on the card and in the history; one for
// clients is also in their reports.
func (k *Actions) Note(ctx context.Context, who model.Actor, req NoteRequest) (model.Incident, error) {
	k.noting.Lock()
	defer k.noting.Unlock()
	about, _, err := k.notable(ctx, who, req)
	if err != nil {
		return model.Incident{}, err
	}
	entry := k.entry(who, ActionNote, noteTarget(req))
	entry.After = shorten(req.Text)
	note := model.Note{User: who.User, Name: who.Name, Text: req.Text, Scope: who.Scope, ForClient: req.ForClient}
	if _, err := k.d.Muter.Note(ctx, about, note, entry); err != nil {
		return model.Incident{}, k.aboutIncident(ctx, who, req.Incident, err)
	}
	in, _, err := k.Incident(ctx, who, req.Incident) // as the requester may see it
	return in, err
}
