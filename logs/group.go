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
	if e.at.After(was.Last) {
		was.Last = e.at
	}
}

// of is the group of one line.
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

// isPage reports whether a path is a test page.
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

// sender matches what syslog and the journal put before the message: "web1 nginx[123]: ".
var sender = regexp.MustCompile(`^[\w.-]+ ([\w./@-]+)(?:\[\d+\])?: `)

// withoutSender keeps only the program's name.
func withoutSender(text string) string {
	if m := sender.FindStringSubmatchIndex(text); m != nil {
		return text[m[2]:m[3]] + ": " + text[m[1]:]
	}
	return text
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
