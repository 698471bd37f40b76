package bot

import (
	"context"
	"strconv"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// pageSize is how many clients a page lists: four rows of two fit a phone's screen.
const pageSize = 8

// picker is a list of clients, each a button that runs a command for it.
type picker struct {
	command string // "status", "webtest" or "report"
	page    int    // from 1
	start   string // of the names; "" is any
}

// cmdClients is behind buttons: "/clients [COMMAND] [PAGE] [START]". Clients that are not ok come first.
func (r *request) cmdClients(ctx context.Context, args string) error {
	st, err := r.b.d.Actions.Status(ctx, r.actor, nil)
	if err != nil {
		return err
	}
	p := parsePicker(words(args))
	all := clientsOf(st, p.start)
	pages := pagesOf(len(all), pageSize)
	p.page = min(max(1, p.page), pages)
	where := ""
	if pages > 1 {
		where = r.p.T("clients.page", texts.Args{"page": p.page, "pages": pages})
	}
	html := r.p.HTML("clients.pick", texts.Args{"page": where, "command": p.command})
	switch {
	case len(st.Services) == 0:
		html = r.p.HTML(r.whose("clients.empty"))
	case len(all) == 0:
		html = r.p.HTML("clients.none")
	}
	shown := all[min((p.page-1)*pageSize, len(all)):min(p.page*pageSize, len(all))]
	r.reply(ctx, html, r.clientButtons(ctx, p, shown, pages))
	return nil
}

func parsePicker(ws []string) picker {
	p := picker{command: "status", page: 1}
	if len(ws) > 0 && (ws[0] == "webtest" || ws[0] == "status" || ws[0] == "report") {
		p.command, ws = ws[0], ws[1:]
	}
	if len(ws) > 0 {
		if n, err := strconv.Atoi(ws[0]); err == nil {
			p.page, ws = n, ws[1:]
		}
	}
	if len(ws) > 0 {
		p.start = model.Clip(ws[0], 64)
	}
	return p
}

// clientState is a client with the verdict of its worst service.
type clientState struct {
	name    string
	verdict model.Verdict
}

// clientsOf lists clients, worst first.
func clientsOf(st *ops.Status, start string) []clientState {
	seen := map[string]bool{}
	var all []clientState
	for _, s := range st.Services {
		if !seen[s.Client] && strings.HasPrefix(strings.ToLower(s.Client), strings.ToLower(start)) {
			all = append(all, clientState{s.Client, s.Verdict})
		}
		seen[s.Client] = true
	}
	return all
}

func (r *request) clientButtons(ctx context.Context, p picker, shown []clientState, pages int) [][]telegram.Button {
	var actions []action
	for _, c := range shown {
		actions = append(actions, action{
			label: texts.OfVerdict(c.verdict).Mark() + " " + c.name, name: actRun, args: map[string]string{"line": "/" + p.command + " client:" + c.name},
		})
	}
	arrows := pageArrows(p.page, pages, func(page int) string {
		return strings.TrimSpace("/clients " + p.command + " " + strconv.Itoa(page) + " " + p.start)
	})
	return append(r.buttons(ctx, 2, actions...), r.buttons(ctx, 2, arrows...)...)
}

// pageArrows are buttons for the previous and the next page; line returns the command for a page.
func pageArrows(at, pages int, line func(page int) string) []action {
	var arrows []action
	if at > 1 {
		arrows = append(arrows, action{label: "‹ " + strconv.Itoa(at-1), name: actShow, args: map[string]string{"line": line(at - 1)}})
	}
	if at < pages {
		arrows = append(arrows, action{label: strconv.Itoa(at+1) + " ›", name: actShow, args: map[string]string{"line": line(at + 1)}})
	}
	return arrows
}

// pagesOf is the number of pages for n items, at least one.
func pagesOf(n, size int) int { return max(1, (n+size-1)/size) }

// pagesOfRows is pagesOf for rows of a message, whose last page may have one row more than the others.
func pagesOfRows(n, size int) int { return pagesOf(max(0, n-1), size) }
