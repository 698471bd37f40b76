package payload

import (
	"maps"
	"slices"
	"strings"

	"opsbot/model"
)

// Severities are a source's own words for severities; see NewSeverities. The zero value has none.
type Severities map[string]model.Severity

// usual are the words of the field: of Prometheus and its users, PagerDuty, syslog, Zabbix, Nagios and Grafana.
var usual = severityWords()

func severityWords() Severities {
	all := Severities{}
	for severity, words := range map[model.Severity]string{
		model.SeverityCritical: "critical crit fatal disaster emergency emerg page pager error err alert high highest major severe urgent blocker panic down " +
			"p0 p1 p2 sev0 sev1 sev2 s0 s1 s2 0 1 2",
		model.SeverityWarning: "warning warn minor average medium moderate degraded unknown p3 sev3 s3 3 4",
		model.SeverityInfo: "info information informational notice none ok okay normal debug trace low lowest trivial cleared resolved notclassified " +
			"p4 p5 sev4 sev5 s4 s5 5 6 7",
	} {
		for word := range strings.FieldsSeq(words) {
			all[word] = severity
		}
	}
	return all
}

// ownWord removes case, spaces and dashes: "Sev-1" is "sev1", "Not classified" is "notclassified".
var ownWord = strings.NewReplacer(" ", "", "-", "", "_", "", "\t", "", "\n", "", "\r", "")

func wordOf(text string) string { return ownWord.Replace(strings.ToLower(text)) }

// NewSeverities returns the words of a source, in any spelling.
func NewSeverities(words map[string]model.Severity) Severities {
	own := make(Severities, len(words))
	for _, word := range slices.Sorted(maps.Keys(words)) {
		own[wordOf(word)] = words[word]
	}
	return own
}

// Own is the severity that the source's own words give a word; ok is false if it is none of them.
func (s Severities) Own(word string) (severity model.Severity, ok bool) {
	severity, ok = s[wordOf(word)]
	return severity, ok
}

// Of is the severity that a word means: the source's own words first; ok is false if it means none.
func (s Severities) Of(word string) (severity model.Severity, ok bool) {
	if severity, ok = s.Own(word); !ok {
		severity, ok = usual[wordOf(word)]
	}
	return severity, ok
}

// Or is the severity that a word means, else another one. A word that means none is noted.
func (s Severities) Or(n *Notes, field, word string, otherwise model.Severity) model.Severity {
	if strings.TrimSpace(word) == "" {
		return otherwise
	}
	severity, ok := s.Of(word)
	if !ok {
		n.Add(field, Unreadable)
		return otherwise
	}
	return severity
}
