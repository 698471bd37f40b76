package bot

import (
	"strings"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// renderer renders messages for one reader.
type renderer struct {
	p       *texts.Printer
	now     time.Time
	chat    model.ChatID                  // of the reader; 0 is a terminal
	zone    *time.Location                // of the reader's times; nil is not known
	usual   *time.Location                // of those who have no zone of their own
	hasLogs func(in *model.Incident) bool // nil: there are none
	links   bool                          // links of runbooks are buttons
}

// renderer returns a renderer for the user of the request.
func (r *request) renderer() *renderer {
	return &renderer{
		p: r.p, now: r.b.d.Now(), chat: r.in.Chat.ID, zone: r.zone(), usual: r.b.d.Zone(), links: true,
		hasLogs: func(in *model.Incident) bool { return r.b.d.Actions.HasLogs(in.Hosts()) },
	}
}

func (c *Cards) renderer(t model.Notification) *renderer {
	zone := c.zoneAt(t.To)
	language := c.Language(t.To)
	if page := t.Snapshot.Page; page != nil && page.Language != "" && page.Way == model.WayDM {
		language = page.Language
	}
	return &renderer{
		p: c.Texts.For(language).In(zone), now: c.Now(), chat: t.To.Chat, zone: zone, usual: c.Zone(), hasLogs: c.Logs, links: c.links(t.To),
	}
}

// links reports whether a message has its links as buttons: in a chat.
func (c *Cards) links(to model.Destination) bool { return to.Channel == "telegram" }

// mostRows is how many rows a message shows before "+37 more": one screen of a phone.
const mostRows = 10

// more says how many rows were left out.
func (s *renderer) more(n int) block { return block(s.p.HTMLN("more", n)) }

// rest says that there is more, where the rows that were left out are not of one kind.
func (s *renderer) rest(int) block { return "…" }

// moment renders a time of day, with the date if it is not today.
func (s *renderer) moment(t time.Time) string { return s.p.Moment(t, s.now) }

func joined(names []string) string { return strings.Join(names, ", ") }

// cause says what failures have in common; "" if there is nothing to say.
func (s *renderer) cause(c *model.Cause) block { return escaped(s.p.Cause(c)) }
