package logs

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// The bounds of groups.
const (
	maxGroups = 2000 // that are kept apart while reading
	maxHanded = 50   // that are handed out
	maxFolded = 240  // runes of one's text
)

// badness orders what is worth looking at: the lower the sooner.
type badness int

const (
	worstPage badness = iota // a test page that failed
	worstServer
	worstText // what calls itself an error
	worstClient
	worstWarning
	worstFine // a test page that was served
	worstRest
)

// groups gathers lines that are the same but for what varies.
type groups struct {
	w     *want
	plain bool
	at    map[string]int
	all   []group
}

type group struct {
	model.LogGroup
	shape shape
	bad   badness
}

func newGroups(w *want, plain bool) *groups {
	return &groups{w: w, plain: plain, at: map[string]int{}}
}

// add counts a line in.
func (g *groups) add(e *entry) {
	one := g.of(e)
	key := strconv.Itoa(one.Status) + strconv.FormatBool(one.Page) + "\x00" + one.shape.key()
	i, there := g.at[key]
	if !there && len(g.all) == maxGroups { // the rest is one
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
	if e.at.After(was.Last) {
		was.Last = e.at
	}
}

// of is a group of one line.
func (g *groups) of(e *entry) group {
	line, _, _ := strings.Cut(e.text, "\n")
	if !g.plain {
		if r, ok := parseAccess(line); ok {
			return g.ofRequest(r)
		}
	}
	_, rest, _ := g.w.clock.cut(line)
	if says, r, ok := parseJSON(line); ok {
		if r.path != "" && !g.plain {
			return g.ofRequest(r)
		}
		rest = says
	} else if says, asked, ok := parseError(rest); ok {
		one := g.ofText(says)
		one.Page = g.isPage(asked)
		return one
	}
	return g.ofText(withoutSender(rest))
}

func (g *groups) ofRequest(r request) group {
	text := strings.TrimSpace(r.method + " " + r.path)
	if text == "" {
		text = folded
	}
	one := group{shape: shapeOf(text)}
	one.Status, one.Page = r.status, g.isPage(r.path)
	switch {
	case one.Page && r.status >= 400:
		one.bad = worstPage
	case r.status >= 500:
		one.bad = worstServer
	case r.status >= 400:
		one.bad = worstClient
	case one.Page:
		one.bad = worstFine
	default:
		one.bad = worstRest
	}
	return one
}

// isPage reports whether a path is one of the test pages'.
func (g *groups) isPage(asked string) bool {
	return asked != "" && slices.ContainsFunc(g.w.pages, func(page string) bool { return page == asked || path.Clean(page) == path.Clean(asked) })
}

var (
	loud = regexp.MustCompile(`(?i)\b(?:emerg(?:ency)?|alert|crit(?:ical)?|fatal|panic|err(?:or)?s?|fail(?:ed|ure)?|exception|timed out|timeout|refused|denied|segfault|oom|killed)\b`)
	soft = regexp.MustCompile(`(?i)\bwarn(?:ing)?\b`)
)

func (g *groups) ofText(text string) group {
	text = model.Clip(clean(model.ClipBytes(text, 4*maxFolded)), maxFolded)
	one := group{shape: shapeOf(text), bad: worstRest}
	switch {
	case loud.MatchString(text):
		one.bad, one.Error = worstText, true
	case soft.MatchString(text):
		one.bad = worstWarning
	}
	return one
}

// sender is what syslog and the journal put before what is said: "web1 nginx[123]: ".
var sender = regexp.MustCompile(`^[\w.-]+ ([\w./@-]+)(?:\[\d+\])?: `)

// withoutSender leaves the program's name alone.
func withoutSender(text string) string {
	if m := sender.FindStringSubmatchIndex(text); m != nil {
		return text[m[2]:m[3]] + ": " + text[m[1]:]
	}
	return text
}

// list are the groups, what is worth looking at first.
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
