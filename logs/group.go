package logs

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"opsbot/logs/record"
	"opsbot/model"
)

// The limits of groups.
const (
	maxGroups = 2000 // kept separate while reading
	maxHanded = 50   // returned
	maxFolded = 240  // runes of one group's text
)

// badness orders groups by relevance: the lower the earlier.
type badness int

const (
	worstPage badness = iota // a test page that failed
	worstServer
	worstText // lines marked as errors
	worstClient
	worstWarning
	worstFine // a test page that was served
	worstRest
)

// groups collects lines that are equal except for their variable parts.
type groups struct {
	w   *want
	at  map[string]int
	all []group
}

type group struct {
	model.LogGroup
	shape shape
	bad   badness
}

func newGroups(w *want) *groups {
	return &groups{w: w, at: map[string]int{}}
}

// add counts a line.
func (g *groups) add(e *entry) {
	one := g.of(e)
	key := strconv.Itoa(one.Status) + strconv.FormatBool(one.Page) + "\x00" + one.shape.key()
	i, there := g.at[key]
	if !there && len(g.all) == maxGroups { // the rest is one group
		one = group{shape: shapeOf(folded), bad: worstRest}
		key = ""
		i, there = g.at[key]
	}
	if !there {
		i = len(g.all)
		g.at[key] = i
		g.all = append(g.all, one)
	}
	was := &g.all[i]
	if there && key != "" {
		was.shape.merge(&one.shape)
	}
	was.Count++
	was.bad, was.Error = min(was.bad, one.bad), was.Error || one.Error
	if e.At.After(was.Last) {
		was.Last = e.At
	}
}

// of is the group of one line.
func (g *groups) of(e *entry) group {
	if e.Request {
		return g.ofRequest(&e.Record)
	}
	one := g.ofText(e.Text, e.Level)
	one.Status, one.Page = e.Status, g.isPage(e.Asked)
	if e.Status >= 500 {
		one.bad = min(one.bad, worstServer)
	}
	return one
}

func (g *groups) ofRequest(r *record.Record) group {
	text := strings.TrimSpace(r.Method + " " + r.Path)
	if text == "" {
		text = folded
	}
	one := group{shape: shapeOf(text)}
	one.Status, one.Page, one.Error = r.Status, g.isPage(r.Path), r.Level == record.Error
	switch {
	case one.Page && r.Status >= 400:
		one.bad = worstPage
	case r.Status >= 500:
		one.bad = worstServer
	case one.Error:
		one.bad = worstText
	case r.Status >= 400:
		one.bad = worstClient
	case one.Page:
		one.bad = worstFine
	default:
		one.bad = worstRest
	}
	return one
}

// isPage reports whether a path is a test page.
func (g *groups) isPage(asked string) bool {
	return asked != "" && slices.ContainsFunc(g.w.pages, func(page string) bool { return page == asked || path.Clean(page) == path.Clean(asked) })
}

func (g *groups) ofText(text string, level record.Level) group {
	text = model.Clip(clean(model.ClipBytes(text, 4*maxFolded)), maxFolded)
	one := group{shape: shapeOf(text), bad: worstRest}
	switch level {
	case record.Error:
		one.bad, one.Error = worstText, true
	case record.Warning:
		one.bad = worstWarning
	}
	return one
}

// list returns the groups, the most relevant first.
func (g *groups) list() []model.LogGroup {
	slices.SortStableFunc(g.all, func(a, b group) int {
		return cmp.Or(cmp.Compare(a.bad, b.bad), cmp.Compare(b.Count, a.Count), b.Last.Compare(a.Last))
	})
	out := make([]model.LogGroup, 0, min(len(g.all), maxHanded))
	for i := range g.all[:min(len(g.all), maxHanded)] {
		one := g.all[i].LogGroup
		one.Text = model.Clip(g.all[i].shape.String(), maxFolded)
		out = append(out, one)
	}
	return out
}
