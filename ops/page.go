package ops

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
	"opsbot/oncall"
)

// Pager has people paged. Each change is stored together with its audit entry.
type Pager interface {
	// Page opens an incident by which one target alone is paged.
	Page(ctx context.Context, req model.PageRequest, audit model.AuditEntry) (model.Incident, error)
	// Escalate has the next step of an incident begin now.
	Escalate(ctx context.Context, id model.IncidentID, audit model.AuditEntry) error
	// Refuse has it begin because a person does not take the incident.
	Refuse(ctx context.Context, id model.IncidentID, person string, audit model.AuditEntry) error
}

// maxPageText bounds what a page says.
const maxPageText = 300

// PageLine is whom to page, and why.
type PageLine struct {
	Who  string // a person or a schedule, by name; of several that begin so none
	Text string
	Sure bool // also somebody who is not on call
}

// ParsePage parses "anna the database is slow": whom, and why.
func ParsePage(text string) PageLine {
	who, why, _ := strings.Cut(strings.TrimSpace(text), " ")
	return PageLine{Who: strings.TrimPrefix(who, "@"), Text: strings.TrimSpace(why)}
}

// Page has a person, or whoever is on call in a schedule, paged until somebody acknowledges, and returns the incident that it opened.
// ErrNobody when that is nobody, ErrOffCall when the person is not on call while others are and the requester does not say that they are sure,
// ErrPageText without a text.
func (k *Actions) Page(ctx context.Context, who model.Actor, line PageLine) (model.Incident, error) {
	if err := k.need(ctx, who, RoleFor(ActionPage), ActionPage, line.Who); err != nil {
		return model.Incident{}, err
	}
	roster := k.roster(who)
	target, err := pageTarget(roster, line.Who)
	if err != nil {
		return model.Incident{}, err
	}
	if line.Text == "" {
		return model.Incident{}, &model.Error{Code: model.ErrPageText}
	}
	if target.Kind == model.PagePerson && !line.Sure {
		if err := k.onCallOrSure(roster, target.Name, line.Who); err != nil {
			return model.Incident{}, err
		}
	}
	in, err := k.d.Pager.Page(ctx, model.PageRequest{Who: target, By: who.Name, Text: model.Clip(line.Text, maxPageText)}, k.entry(who, ActionPage, line.Who))
	if in.ID == 0 {
		return in, err
	}
	shown, _, found := k.Incident(ctx, who, in.ID)
	if found != nil || err != nil {
		return in, err
	}
	return shown, nil
}

// pageTarget is the person or the schedule with a name, or the only one that begins so.
func pageTarget(roster *oncall.Roster, word string) (model.PageTarget, error) {
	var names []string
	var found []model.PageTarget
	consider := func(kind model.PageTargetKind, name string) bool {
		names = append(names, name)
		if strings.EqualFold(name, word) {
			found = []model.PageTarget{{Kind: kind, Name: name}}
			return true
		}
		if word != "" && strings.HasPrefix(strings.ToLower(name), strings.ToLower(word)) {
			found = append(found, model.PageTarget{Kind: kind, Name: name})
		}
		return false
	}
	for i := range roster.People {
		if consider(model.PagePerson, roster.People[i].Name) {
			return found[0], nil
		}
	}
	for _, s := range roster.Schedules {
		if consider(model.PageSchedule, s.Name) {
			return found[0], nil
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
	default:
		names = nil
		for _, t := range found {
			names = append(names, t.Name)
		}
	}
	return model.PageTarget{}, &model.Error{Code: model.ErrNobody, Args: map[string]string{"word": shorten(word)}, Choices: firstChoices(names)}
}

// onCallOrSure is ErrOffCall for somebody who is not on call while others are.
func (k *Actions) onCallOrSure(roster *oncall.Roster, person, word string) error {
	now := k.d.Now()
	var others []string
	for _, s := range roster.Schedules {
		for _, name := range s.At(now) {
			if name == person {
				return nil
			}
			if !slices.Contains(others, name) {
				others = append(others, name)
			}
		}
	}
	if len(others) == 0 {
		return nil
	}
	return &model.Error{
		Code: model.ErrOffCall, Args: map[string]string{"word": shorten(word), "person": person, "others": strings.Join(others, ", ")}, Choices: firstChoices(others),
	}
}

// Escalate has the next step of an incident's escalation begin now, without waiting for those who were paged. notMe: because the requester,
// who was paged, does not take it; they are not paged of it again. ErrNotPaging when nobody is being paged of it, ErrNotPaged for somebody
// else's "not me".
func (k *Actions) Escalate(ctx context.Context, who model.Actor, id model.IncidentID, notMe bool) (model.Incident, error) {
	word := "#" + strconv.FormatInt(int64(id), 10)
	if err := k.need(ctx, who, RoleFor(ActionEscalate), ActionEscalate, word); err != nil {
		return model.Incident{}, err
	}
	if _, open := k.seen(who, id); !open {
		return model.Incident{}, k.noIncident(ctx, who, id)
	}
	if who.Scope.Limited { // who is paged is not theirs to know
		return model.Incident{}, k.aboutIncident(ctx, who, id, &model.Error{Code: model.ErrNotPaging, Args: map[string]string{"id": strconv.FormatInt(int64(id), 10)}})
	}
	if err := k.escalate(ctx, who, id, notMe); err != nil {
		return model.Incident{}, k.aboutIncident(ctx, who, id, err)
	}
	in, _, err := k.Incident(ctx, who, id)
	return in, err
}

func (k *Actions) escalate(ctx context.Context, who model.Actor, id model.IncidentID, notMe bool) error {
	entry := k.entry(who, ActionEscalate, "#"+strconv.FormatInt(int64(id), 10))
	if !notMe {
		return k.d.Pager.Escalate(ctx, id, entry)
	}
	me, known := k.roster(who).ByTelegram(who.User)
	if !known {
		return &model.Error{Code: model.ErrNotPaged, Args: map[string]string{"id": strconv.FormatInt(int64(id), 10)}}
	}
	entry.After = "not " + me.Name
	return k.d.Pager.Refuse(ctx, id, me.Name, entry)
}
