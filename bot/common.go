package bot

import (
	"strings"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// mostRows is how many rows a message shows before "+37 more": a phone's screen.
const mostRows = 10

// sheet is the writer of an answer: the asker's language, now.
func (r *request) renderer() *renderer {
	return &renderer{p: r.p, now: r.b.d.Now(), chat: r.in.Chat.ID, hasLogs: func(in *model.Incident) bool { return r.b.d.Actions.HasLogs(in.Hosts()) }}
}

// more says how many rows were left out.
func (s *renderer) more(n int) block { return block(s.p.HTMLN("more", n)) }

// moment writes a time of day, with the day when it is not today.
func (s *renderer) moment(t time.Time) string { return s.p.Moment(t, s.now) }

func joined(names []string) string { return strings.Join(names, ", ") }

// named lists names and says how many more there are: "web1, web2, web3 and 4 more".
func named(p *texts.Printer, names []string, most int) string {
	if len(names) <= most {
		return joined(names)
	}
	return joined(names[:most]) + p.N("and_more", len(names)-most)
}
