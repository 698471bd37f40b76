package texts

import "opsbot/model"

// Label is a label in words: "rack r1" where its key is a place of which the language has a word, else "role=web".
func (p *Printer) Label(key, value string) string {
	if id := "place." + key; key != "all" && key != "most" && p.Has(id) {
		return p.T(id, Args{"value": model.Clip(value, maxLabel)})
	}
	return model.Clip(key+"="+value, maxLabel)
}

// maxLabel is the room for a label in a sentence, in UTF-16 units.
const maxLabel = 24

// SharedPlace says how many of several failing hosts are in one place: "🔎 10 of 11 hosts are in rack r1".
func (p *Printer) SharedPlace(s *model.SharedPlace) string {
	id := "place.line.most"
	if s.Whole() {
		id = "place.line.all"
	}
	return p.T(id, Args{"n": s.Hosts, "of": s.Of, "place": p.Label(s.Key, s.Value)})
}
