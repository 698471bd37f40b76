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
	if n := len(f.Open); n > 0 {
		out.head = append(out.head, block(s.p.HTMLN("count.open", n)))
	} else {
		out.head = append(out.head, block(s.p.HTML("digest.nothing")))
	}
	d := f.Daily
	out.tail = append(out.tail, s.dailyMutes(d.Mutes)...)
	out.tail = append(out.tail, s.certificates(d.Certificates)...)
	if len(d.HealthIssues) > 0 {
		out.tail = append(out.tail, block(s.p.HTML("daily.health_issues")))
		for _, t := range d.HealthIssues[:min(len(d.HealthIssues), mostDaily)] {
			out.tail = append(out.tail, "• "+escaped(model.Clip(s.p.Reason(t), 200)))
		}
	}
	out.rows = s.lines(f.Open)
	return out
}

func (s *renderer) dailyMutes(mutes []model.Mute) blocks {
	if len(mutes) == 0 {
		return nil
	}
	lines := blocks{block(s.p.HTMLN("daily.mutes", len(mutes)))}
	for i := range mutes[:min(len(mutes), mostDaily)] {
		m := &mutes[i]
		lines = append(lines, block(s.p.HTML("daily.mute", texts.Args{"what": s.muteTarget(m), "until": s.p.Moment(m.Until, s.now)})))
	}
	return s.andMore(lines, len(mutes))
}

func (s *renderer) certificates(all []model.Expiry) blocks {
	if len(all) == 0 {
		return nil
	}
	lines := blocks{block(s.p.HTMLN("daily.certificates", len(all)))}
	for _, e := range all[:min(len(all), mostDaily)] {
		names := make([]string, len(e.Checks))
		for i, id := range e.Checks {
			names[i] = string(id)
		}
		args := texts.Args{"date": s.p.Date(e.At), "names": s.p.FirstNames(names, len(names), mostNamed)}
		if left := e.At.Sub(s.now); left > 0 {
			lines = append(lines, block(s.p.HTMLN("daily.certificate", int(left/model.Day), args)))
		} else {
			lines = append(lines, block(s.p.HTML("daily.ended", args)))
		}
	}
	return s.andMore(lines, len(all))
}
