package checks

import (
	"math"
	"strconv"
	"strings"
)

// measure is one value of a plugin's performance data: 'label'=value[unit];warn;crit;min;max.
type measure struct {
	label, value string // value with its unit, as it was written
	number       float64
	warn, crit   string // the plugin's ranges, "" where it gave none
}

// over reports whether the value is in the plugin's alert range.
func (m measure) over() bool { return alerts(m.crit, m.number) || alerts(m.warn, m.number) }

// splitOutput separates the first line of a plugin's text from the performance data of all its lines. In the guidelines a second bar turns
// all that comes after it into data; other plugins write a bar on each line.
func splitOutput(output string) (said, perf string) {
	first, rest, _ := strings.Cut(output, "\n")
	said, perf, _ = strings.Cut(first, "|")
	data := false
	for line := range strings.Lines(rest) {
		_, after, bar := strings.Cut(line, "|")
		switch {
		case bar:
			data, perf = true, perf+" "+after
		case data:
			perf += " " + line
		}
	}
	return said, strings.Join(strings.Fields(perf), " ")
}

// parsePerfdata parses what is after the bar of a plugin's line. What does not follow the format is skipped.
func parsePerfdata(text string) []measure {
	var all []measure
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		label, rest := perfLabel(text)
		fields, rest, _ := strings.Cut(rest, " ")
		if m, ok := perfMeasure(label, fields); ok {
			all = append(all, m)
		}
		text = rest
	}
	return all
}

// perfLabel splits off the label and its =. A quoted one may contain spaces, =, and a doubled quote.
func perfLabel(text string) (label, rest string) {
	if text[0] != '\'' {
		if end := strings.IndexAny(text, "= "); end >= 0 && text[end] == '=' {
			return text[:end], text[end+1:]
		}
		_, rest, _ = strings.Cut(text, " ")
		return "", " " + rest // not a measure: continue after it
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] != '\'':
			b.WriteByte(text[i])
		case i+1 < len(text) && text[i+1] == '\'':
			b.WriteByte('\'')
			i++
		default:
			return b.String(), strings.TrimPrefix(text[i+1:], "=")
		}
	}
	return "", ""
}

func perfMeasure(label, fields string) (measure, bool) {
	parts := append(strings.Split(fields, ";"), "", "")
	m := measure{label: label, value: parts[0], warn: parts[1], crit: parts[2]}
	end := strings.LastIndexAny(m.value, "0123456789.") + 1
	var err error
	m.number, err = strconv.ParseFloat(m.value[:end], 64)
	return m, err == nil && label != ""
}

// alerts compares a value with a range of the plugin guidelines: "10" alerts outside 0 to 10, "10:" below 10, "~:10"
// above 10, "10:20" outside, "@10:20" inside. An invalid range never alerts.
func alerts(span string, v float64) bool {
	span, inside := strings.CutPrefix(span, "@")
	from, to, two := strings.Cut(span, ":")
	if !two {
		from, to = "0", span
		if span == "" {
			return false
		}
	}
	low, lowErr := bound64(from, math.Inf(-1))
	high, highErr := bound64(to, math.Inf(1))
	if lowErr != nil || highErr != nil {
		return false
	}
	return (low <= v && v <= high) == inside
}

func bound64(text string, open float64) (float64, error) {
	if text == "" || text == "~" {
		return open, nil
	}
	return strconv.ParseFloat(text, 64)
}
