package found

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"opsbot/charset"
	"opsbot/model"
)

// maxPreface is how many lines may stand before the titles: the name of a table, a date.
const maxPreface = 10

// record is one line of a table.
type record struct {
	line   int
	fields []string
}

// textOf is the text of a table, with \n at the end of lines. The encoding is said if it is not UTF-8, and letters that cannot be read.
func textOf(data []byte, n *notes) string {
	text, encoding := charset.Text(data)
	if encoding.Name() != charset.UTF8.Name() {
		n.say(model.Say("config.import.encoding", "encoding", encoding.Name()))
	}
	if at := strings.IndexRune(text, '\ufffd'); at >= 0 {
		n.say(model.Say("config.import.letters", "line", 1+strings.Count(text[:at], "\n")))
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n") // as old versions of Excel for Mac write it
	}
	return text
}

// separated splits a text into the records after its titles, by the separator that it names or that fits its titles best. The line with the
// titles may begin with # or stand below others.
func separated(text string, named map[string]string, n *notes) (t *table, rows []record, err error) {
	comma, rest := separatorLine(text)
	if comma != 0 {
		return withTitles(rest, comma, named, n)
	}
	best, titles := rune(0), 0
	for _, c := range ",;\t|" {
		if found, _, _ := titlesOf(text, c, named); found != nil && len(found.titles) > titles {
			best, titles = c, len(found.titles)
		}
	}
	if best == 0 {
		best = mostFrequent(text)
	}
	return withTitles(text, best, named, n)
}

// separatorLine is the separator of a first line like "sep=;", as Excel writes it. In the rest that line is a comment.
func separatorLine(text string) (rune, string) {
	first, rest, _ := strings.Cut(text, "\n")
	first = strings.Trim(strings.TrimSpace(first), `"`)
	if len(first) < 4 || !strings.EqualFold(first[:4], "sep=") {
		return 0, text
	}
	for _, c := range first[4:] {
		return c, "#\n" + rest
	}
	return '\t', "#\n" + rest // the tab was trimmed
}

// mostFrequent is the separator that the first line has most of.
func mostFrequent(text string) rune {
	first, _, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	best := ','
	for _, c := range ";\t|" {
		if strings.Count(first, string(c)) > strings.Count(first, string(best)) {
			best = c
		}
	}
	return best
}

// titlesOf finds the titles among the first lines; line is theirs.
func titlesOf(text string, comma rune, named map[string]string) (t *table, line int, err error) {
	for raw := range strings.Lines(text) {
		if line++; line > maxPreface {
			break
		}
		fields, readErr := reader(strings.TrimLeft(raw, "# \t"), comma, true).Read()
		if readErr != nil || comma != '\t' && !strings.ContainsRune(raw, comma) && strings.HasPrefix(raw, "#") {
			continue
		}
		for i := range fields {
			fields[i] = plainValue(fields[i])
		}
		found, tableErr := tableOf(fields, named)
		if tableErr == nil {
			return found, line, nil
		}
		if err == nil {
			err = tableErr
		}
	}
	if err == nil {
		err = errors.New("it is empty: its first line names the columns")
	}
	return nil, 0, err
}

func reader(text string, comma rune, lazy bool) *csv.Reader {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = comma, -1, lazy, comma != '\t'
	return r
}

func withTitles(text string, comma rune, named map[string]string, n *notes) (*table, []record, error) {
	t, line, err := titlesOf(text, comma, named)
	if err != nil {
		return nil, nil, err
	}
	lines := strings.SplitAfterN(text, "\n", line+1)
	if before := strings.TrimSpace(strings.Join(lines[:line-1], "")); strings.Trim(before, "#\n") != "" {
		n.say(model.Say("config.import.preface", "lines", line-1))
	}
	if len(lines) <= line {
		return t, nil, nil
	}
	rows, err := recordsOf(lines[line], comma, line, n)
	return t, rows, err
}

// recordsOf reads the records after the titles; before is how many lines precede them. Quotes that stand within values are read as they
// are; one that is never closed is an error, since all that comes after it would be one value.
func recordsOf(text string, comma rune, before int, n *notes) ([]record, error) {
	for _, lazy := range []bool{false, true} {
		r := reader(text, comma, lazy)
		r.Comment = '#'
		rows, err := readAll(r, text, before)
		if _, broken := errors.AsType[*csv.ParseError](err); broken && !lazy {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if swallowed(row, comma) {
				n.say(model.Say("config.import.lines", "line", row.line))
			}
		}
		return rows, nil
	}
	return nil, nil
}

// openQuote is a quote without an end.
type openQuote struct{ line int }

func (e openQuote) Error() string { return "a quote is never closed" }

func readAll(r *csv.Reader, text string, before int) ([]record, error) {
	var rows []record
	for {
		from := r.InputOffset()
		fields, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return nil, err
		}
		line, _ := r.FieldPos(0)
		raw := text[from:r.InputOffset()]
		if r.LazyQuotes && strings.Count(raw, `"`)%2 == 1 && strings.Contains(strings.TrimSpace(strings.Join(fields, "")), "\n") {
			return nil, openQuote{before + line}
		}
		rows = append(rows, record{before + line, fields})
	}
}

// swallowed reports whether a value looks as if it were several lines of the table.
func swallowed(row record, comma rune) bool {
	for _, value := range row.fields {
		if _, further, several := strings.Cut(value, "\n"); several && strings.ContainsRune(further, comma) {
			return true
		}
	}
	return false
}

// plainValue is a value without what spreadsheets put around it: ="10.0.0.1", a leading apostrophe, no-break spaces.
func plainValue(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\u00a0", " "))
	if inner, ok := strings.CutPrefix(text, `="`); ok && strings.HasSuffix(inner, `"`) {
		text = strings.TrimSuffix(inner, `"`)
	}
	return strings.TrimSpace(strings.TrimPrefix(text, "'"))
}
