package bot

import (
	"opsbot/model"
	"opsbot/texts"
)

// mostDaily limits each part of the daily digest.
const mostDaily = 5

// daily renders the daily digest: open incidents, mutes, expiring certificates, health issues.
func (s *renderer) daily(f model.Snapshot) (out message) {
	out.head = blocks{block(s.p.HTML("daily.title"))}
	if len(f.Open) > 0 {
		out.head = append(out.head, s.counted(f.Open)+":")
	} else {
		out.head = append(out.head, block(s.p.HTML("digest.nothing")))
	}
	d := f.Daily
	out.tail = append(out.tail, s.dailyMutes(d.Mutes)...)
	out.tail = append(out.tail, s.certificates(d.Certificates)...)
	out.tail = append(out.tail, s.dailyIssues(d.HealthIssues)...)
	if !d.Leader.IsZero() {
		out.tail = append(out.tail, escaped(s.p.Reason(d.Leader)))
	}
	out.rows = s.details(f.Open)
	return out
}

func (s *renderer) dailyMutes(mutes []model.Mute) blocks {
	rows := rowsOf(mutes, func(m *model.Mute) block {
		return block(s.p.HTML("daily.mute", texts.Args{"what": s.muteTarget(m), "until": s.p.Moment(m.Until, s.now)}))
	})
	return headed(block(s.p.HTMLN("daily.mutes", len(mutes))), s.first(rows, limit{mostDaily, len(mutes), "more"}))
}

func (s *renderer) dailyIssues(all []model.Reason) blocks {
	rows := rowsOf(all, func(r *model.Reason) block { return "• " + escaped(model.Clip(s.p.Reason(*r), 200)) })
	return headed(block(s.p.HTML("daily.health_issues")), s.first(rows, limit{mostDaily, len(all), "more"}))
}

func (s *renderer) certificates(all []model.Expiry) blocks {
	return headed(block(s.p.HTMLN("daily.certificates", len(all))), s.first(rowsOf(all, s.certificate), limit{mostDaily, len(all), "more"}))
}

func (s *renderer) certificate(e *model.Expiry) block {
	args := texts.Args{"date": s.p.DateAsOf(e.At, s.now), "names": s.p.Names(checkNames(e.Checks), mostNamed)}
	if left := e.At.Sub(s.now); left > 0 {
		return block(s.p.HTMLN("daily.certificate", int(left/model.Day), args))
	}
	return block(s.p.HTML("daily.ended", args))
}
