package bot

import (
	"maps"
	"net"
	"slices"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// reasonGroup is failures with the same reason.
type reasonGroup struct {
	where string   // the host; "" if all are on one
	words string   // the reason, without what differs between the services of one host
	names []string // in the order of adding
}

// byReason groups failures by place and reason, in the order of their first.
type byReason struct {
	s      *renderer
	groups []reasonGroup
}

func (b *byReason) add(where, name string, r model.Reason) {
	words := b.s.common(r)
	i := slices.IndexFunc(b.groups, func(g reasonGroup) bool { return g.where == where && g.words == words })
	if i < 0 {
		i = len(b.groups)
		b.groups = append(b.groups, reasonGroup{where: where, words: words})
	}
	b.groups[i].names = append(b.groups[i].names, name)
}

// common is a reason without what differs between the services of a host: the port and the duration.
func (s *renderer) common(r model.Reason) string {
	args := maps.Clone(r.Args)
	if host, _, err := net.SplitHostPort(args["addr"]); err == nil {
		args["addr"] = host
	}
	words := s.p.Reason(model.Reason{Code: r.Code, Args: args})
	if args["took"] != "" && args["addr"] != "" {
		words = withoutPlace(words) + " (" + args["addr"] + ")"
	}
	return words
}

// withoutPlace cuts the duration and the address in brackets off the end of a reason.
func withoutPlace(reason string) string {
	if at := strings.LastIndex(reason, " ("); at > 0 && strings.HasSuffix(reason, ")") {
		return reason[:at]
	}
	return reason
}

// mostReasons limits the reasons on the card of a host.
const mostReasons = 3

// hostReasons are the reasons of the services of a host, the most frequent first: "4 of 4 services: connection refused
// (10.0.0.5)".
func (s *renderer) hostReasons(in *model.Incident) blocks {
	total := model.Clip(in.Reason.Args["total"], 12)
	if len(in.Failing) == 0 {
		return blocks{block(s.p.HTML("card.endpoints", texts.Args{"failed": model.Clip(in.Reason.Args["failed"], 12), "total": total}))}
	}
	all := byReason{s: s}
	for i := range in.Failing {
		all.add("", string(in.Failing[i].Check), in.Failing[i].Reason)
	}
	slices.SortStableFunc(all.groups, func(a, b reasonGroup) int { return len(b.names) - len(a.names) })
	rows := make([]row, len(all.groups))
	for i, g := range all.groups {
		args := texts.Args{"failed": len(g.names), "total": total, "reason": model.Clip(g.words, 250)}
		rows[i] = row{block(s.p.HTML("card.reason", args)), len(g.names)}
	}
	return s.first(rows, limit{mostReasons, len(in.Failing), "card.more_services"})
}
