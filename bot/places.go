package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
)

// A place is a view that a button leads to, in a text that is stored with the button: a command line, or an incident or a mute by the number
// under which it is stored, whoever presses the button ("incident:7").
//
// A view that is opened from another one replaces it and keeps the way back: a trail of places, the last one nearest.
const (
	incidentPlace = "incident:"
	mutePlace     = "mute:"

	longestTrail = 6 // places; the farthest are forgotten
)

func placeOfIncident(in *model.Incident) string { return incidentPlace + reference(in) }

func placeOfMute(m *model.Mute) string { return mutePlace + strconv.FormatInt(int64(m.Ref()), 10) }

// trailOf reads the way back of a button.
func trailOf(args map[string]string) []string {
	if args["back"] == "" {
		return nil
	}
	return strings.Split(args["back"], "\n")
}

// visit opens the place of a button: in its message, or in a new one.
func (r *request) visit(ctx context.Context, button model.Button) error {
	place := button.Args["line"]
	if _, isCommand := telegram.ParseCommand(place); !isCommand && !isPlace(place) {
		return &model.Error{Code: model.ErrButtonExpired}
	}
	r.answer(ctx, "", false)
	if button.Action == actShow {
		r.shown = r.in.Message
	}
	r.open(ctx, place)
	return nil
}

func isPlace(place string) bool {
	return strings.HasPrefix(place, incidentPlace) || strings.HasPrefix(place, mutePlace)
}

// open shows a place.
func (r *request) open(ctx context.Context, place string) {
	kind, number, _ := strings.Cut(place, ":")
	id, _ := strconv.ParseInt(number, 10, 64)
	var err error
	switch r.here = place; kind + ":" {
	case incidentPlace:
		err = r.showIncident(ctx, model.IncidentID(id))
	case mutePlace:
		err = r.showMute(ctx, model.MuteID(id))
	default:
		cmd, _ := telegram.ParseCommand(place)
		r.in.Text = place
		r.run(ctx, cmd)
	}
	if err != nil {
		r.fail(ctx, err)
	}
}

// pageOf is a later page of a place.
func pageOf(place string, page int) string {
	if page == 1 {
		return place
	}
	return "/more " + strconv.Itoa(page) + " " + place
}

// leads gives a button of a view what it needs to lead on, and back.
func (r *request) leads(a action) action {
	if r.here == "" && r.about == "" {
		return a
	}
	args := map[string]string{"about": r.about}
	for name, value := range a.args {
		args[name] = value
	}
	_, known := args["back"]
	switch {
	case known, a.name == actRun, r.here == "":
	case a.name == actShow && samePlace(args["line"], r.here):
		args["back"] = strings.Join(r.trail, "\n")
	case a.name == actShow:
		args["back"] = strings.Join(r.trailOn(), "\n")
	case isPlace(r.here):
		args["view"], args["back"] = r.here, strings.Join(r.trail, "\n")
	}
	a.args = args
	return a
}

// samePlace reports whether a place is a page of another one.
func samePlace(place, of string) bool {
	if rest, found := strings.CutPrefix(place, "/more "); found {
		_, place, _ = strings.Cut(rest, " ")
	}
	return place == of
}

// trailOn is the way back from whatever this view leads to.
func (r *request) trailOn() []string {
	trail := append(slices.Clone(r.trail), pageOf(r.here, max(1, r.page)))
	return trail[max(0, len(trail)-longestTrail):]
}

// backAction is the button that leads back; false where nothing does.
func (r *request) backAction() (back action, there bool) {
	if r.shown == 0 || len(r.trail) == 0 {
		return action{}, false
	}
	last := len(r.trail) - 1
	args := map[string]string{"line": r.trail[last], "back": strings.Join(r.trail[:last], "\n")}
	return action{label: "‹ " + r.p.T("button.back"), name: actShow, args: args}, true
}

// again shows the view anew in which a button was pressed that changed it.
func (r *request) again(ctx context.Context, args map[string]string) {
	if view := args["view"]; view != "" {
		r.shown = r.in.Message
		r.open(ctx, view)
	}
}

// at notes which place a command shows.
func (r *request) at(cmd telegram.Command) {
	if cmd.Name == "more" {
		return
	}
	r.here = strings.TrimSpace("/" + cmd.Name + " " + cmd.Args)
	if len(r.here) > longestLine || strings.Contains(r.here, "\n") || !onlyShows(cmd) {
		r.here = ""
	}
}

// onlyShows reports whether a command changes nothing. What changes something offers choices when it is written alone, but for /unmute,
// which ends the only mute.
func onlyShows(cmd telegram.Command) bool {
	return !commandChanges(cmd) || cmd.Args == "" && cmd.Name != ops.ActionUnmute
}
