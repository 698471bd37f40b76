package bot

import (
	"opsbot/model"
	"opsbot/texts"
)

// offline says what it means that opsbot's own network is down.
func (s *renderer) offline(in *model.Incident) blocks {
	return blocks{
		block(s.p.HTML("card.connectivity.why", texts.Args{"probes": model.Clip(in.Reason.Args["probes"], 200)})),
		block(s.p.HTML("card.connectivity.do")),
	}
}

func (s *renderer) offlineTitle(down bool) string {
	if down {
		return "🙈 " + s.p.HTML("card.connectivity")
	}
	return "👀 " + s.p.HTML("card.connectivity.up")
}
