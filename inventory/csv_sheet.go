package inventory

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"opsbot/charset"
	"opsbot/model"
)

// sheet is an inventory file that is changed row by row: unchanged rows stay as they were written, comments included.
type sheet struct {
	head    string // text before the header line
	header  string
	columns []string
	added   []string // columns that the file did not have
	rows    []*sheetRow
	tail    string
}

// sheetRow is one row.
type sheetRow struct {
	before  string // comments and empty lines
	raw     string // "" for a new row
	values  map[string]string
	changed bool
	dropped bool
}

// sheetColumns are the columns of a new file.
const sheetColumns = "client,host,address,services,tier,group,aliases,labels,source\n"

// readSheet parses a file that ReadCSV accepts. An empty one is a new one.
func readSheet(data []byte) (*sheet, error) {
	text := string(data)
	if encoding := charset.Detect(data); encoding.Name() != charset.UTF8.Name() {
		text = encoding.Decode(data) // it is written in UTF-8
	}
	if strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")) == "" {
		return &sheet{header: sheetColumns, columns: strings.Split(strings.TrimSpace(sheetColumns), ",")}, nil
	}
	rows := csv.NewReader(strings.NewReader(text))
	rows.Comment = '#'
	rows.TrimLeadingSpace = true
	rows.FieldsPerRecord = -1
	s := &sheet{}
	at := int64(0)
	for {
		fields, err := rows.Read()
		before, raw := commentsOf(text[at:rows.InputOffset()])
		at = rows.InputOffset()
		switch {
		case errors.Is(err, io.EOF):
			s.tail = text[len(text)-len(before)-len(raw):]
			return s, nil
		case err != nil:
			return nil, err
		case s.columns == nil:
			s.head, s.header = before, raw
			for _, name := range fields {
				s.columns = append(s.columns, strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))))
			}
		default:
			s.rows = append(s.rows, s.row(before, raw, fields))
		}
	}
}

func (s *sheet) row(before, raw string, fields []string) *sheetRow {
	r := &sheetRow{before: before, raw: raw, values: map[string]string{}}
	for i, text := range fields[:min(len(fields), len(s.columns))] {
		r.values[s.columns[i]] = strings.TrimSpace(text)
	}
	return r
}

// commentsOf separates comments and empty lines from the row after them.
func commentsOf(text string) (before, row string) {
	at := 0
	for at < len(text) {
		end := strings.IndexByte(text[at:], '\n') + 1
		if end == 0 {
			end = len(text) - at
		}
		if line := strings.TrimRight(text[at:at+end], "\r\n"); line != "" && line[0] != '#' {
			break
		}
		at += end
	}
	return text[:at], text[at:]
}

// set sets a value of a row, and adds the column if necessary.
func (s *sheet) set(r *sheetRow, column, value string) {
	if r.values[column] == value {
		return
	}
	if value != "" && !slices.Contains(s.columns, column) {
		s.columns, s.added = append(s.columns, column), append(s.added, column)
	}
	r.values[column], r.changed = value, true
}

// text is the content of the file.
func (s *sheet) text() string {
	var b strings.Builder
	b.WriteString(s.head)
	b.WriteString(ended(s.header, s.added...))
	for _, r := range s.rows {
		b.WriteString(r.before)
		switch {
		case r.dropped:
		case r.changed:
			b.WriteString(s.line(r))
		default:
			b.WriteString(ended(r.raw))
		}
	}
	b.WriteString(s.tail)
	return b.String()
}

// ended is a line with further columns, and a line end if the file's last line has none.
func ended(line string, more ...string) string {
	bare := strings.TrimRight(line, "\r\n")
	end := line[len(bare):]
	if end == "" {
		end = "\n"
	}
	return strings.Join(append([]string{bare}, more...), ",") + end
}

func (s *sheet) line(r *sheetRow) string {
	fields := make([]string, len(s.columns))
	for i, column := range s.columns {
		fields[i] = csvField(r.values[column])
	}
	return strings.Join(fields, ",") + "\n"
}

// csvField quotes what would be misread; a "#" at the beginning of a line begins a comment.
func csvField(text string) string {
	if text == "" || (!strings.ContainsAny(text, ",\"\r\n") && text[0] != '#' && strings.TrimSpace(text) == text) {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

func (r *sheetRow) list(column string) []string { return splitList(r.values[column]) }

// labels are the labels of a row that ReadCSV accepts.
func (r *sheetRow) labels() model.Labels {
	labels := model.Labels{}
	for _, mark := range r.list("labels") {
		key, val, _ := strings.Cut(mark, "=")
		labels[strings.TrimSpace(key)] = strings.TrimSpace(val)
	}
	return labels
}

// host is the word that names the row's host; "" if it is about none.
func (r *sheetRow) host() string { return firstOf(r.values["host"], r.values["address"]) }
