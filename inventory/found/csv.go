package found

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strings"

	"opsbot/model"
)

// CSVFile reads a table whose first line names its columns, separated by a comma, a semicolon, a tab or a bar. named maps a field to its
// column, {"client": "Customer"}; the others are found by their usual titles. All other columns are labels, except for those
// whose title suggests a secret. said lists what was left out, by line and column.
func CSVFile(path string, named map[string]string) (hosts []model.FoundHost, said []model.Sentence, err error) {
	data, err := readFile(path)
	if err != nil {
		return nil, nil, err
	}
	if isWorkbook(data) {
		return nil, nil, model.Problems{model.Place{File: path}.Problem(model.Say("config.import.workbook"))}
	}
	if hosts, said, err = CSV(data, named); err != nil {
		if open, ok := errors.AsType[openQuote](err); ok {
			return nil, nil, model.Problems{model.Place{File: path, Line: open.line}.Problem(model.Say("config.import.quote"))}
		}
		return nil, nil, fmt.Errorf("read %q: %w", path, err)
	}
	return hosts, said, nil
}

// isWorkbook reports whether a file is one of a spreadsheet: a ZIP archive, or the older form of Excel.
func isWorkbook(data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0"))
}

// CSV is CSVFile for the content of a file.
func CSV(data []byte, named map[string]string) (hosts []model.FoundHost, said []model.Sentence, err error) {
	var n notes
	t, rows, err := separated(textOf(data, &n), named, &n)
	if err != nil {
		return nil, nil, err
	}
	t.leftOut(&n)
	for _, row := range rows {
		if strings.TrimSpace(strings.Join(row.fields, "")) == "" {
			continue
		}
		h := t.host(row, &n)
		if h.Name == "" && h.Address == "" {
			n.say(model.Say("config.import.no_host", "line", row.line))
			continue
		}
		hosts = append(hosts, h)
	}
	return hosts, n.said(), nil
}

// host reads one row.
func (t *table) host(row record, n *notes) model.FoundHost {
	h := model.FoundHost{Labels: model.Labels{}}
	address := t.address(row, &h, n)
	for i, text := range row.fields {
		if text = plainValue(text); text == "" || i == address {
			continue
		}
		if i >= len(t.columns) || t.titles[i] == "" && t.columns[i] == "label:" {
			n.say(model.Say("config.import.no_title", "line", row.line, "column", i+1))
			continue
		}
		t.put(&h, t.columns[i], i, text)
	}
	maps.DeleteFunc(h.Labels, func(key, val string) bool { return key == "" || val == "" })
	return h
}

// put sets what a column says.
func (t *table) put(h *model.FoundHost, field string, column int, text string) {
	switch field {
	case "":
	case "name":
		h.Name = text
	case "address": // another one has the address
		h.Labels[strings.ToLower(strings.TrimSpace(t.titles[column]))] = text
	case "aliases":
		h.Aliases = append(h.Aliases, namesOf(text)...)
	case single:
		h.Aliases = append(h.Aliases, text)
	case "client":
		h.Client = text
	case "services":
		h.Services = listOf(text)
	case "tier":
		h.Tier = text
	case "labels":
		for _, mark := range namesOf(text) {
			key, val, _ := strings.Cut(mark, "=")
			h.Labels[strings.TrimSpace(key)] = strings.TrimSpace(val)
		}
	default:
		h.Labels[labelKey(field)] = text
	}
}

// address sets the address, of the first of its columns that has an IP address, else a name, and returns that column; -1 is none. What
// is no address is said if no column has one, and so is a second one in the same cell.
func (t *table) address(row record, h *model.FoundHost, n *notes) int {
	best, isIP := -1, false
	for _, i := range t.addresses {
		if i >= len(row.fields) {
			continue
		}
		address, rest := Address(plainValue(row.fields[i]))
		_, ip := hostOf(address)
		if address == "" || best >= 0 && (isIP || !ip) {
			continue
		}
		best, isIP, h.Address = i, ip, address
		if len(rest) > 0 {
			n.say(model.Say("config.import.more_addresses", "line", row.line, "column", t.titles[i], "address", address, "rest", rest))
		}
	}
	if best >= 0 {
		return best
	}
	for _, i := range t.addresses {
		if i < len(row.fields) {
			if _, rest := Address(plainValue(row.fields[i])); len(rest) > 0 {
				n.say(model.Say("config.import.no_address", "line", row.line, "column", t.titles[i], "got", strings.Join(rest, " ")))
			}
		}
	}
	return -1
}

// listOf splits a list at commas, semicolons and line ends: a name may contain spaces.
func listOf(text string) []string {
	var list []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// namesOf is listOf, and splits at spaces as well if each word is like the name of a machine: "web1 web1.example.com", not "Main Web Server".
func namesOf(text string) []string {
	words := strings.Fields(text)
	for _, word := range words {
		if !strings.ContainsAny(word, "0123456789.-_=") {
			return listOf(text)
		}
	}
	return wordsOf(text)
}

// wordsOf is listOf, and splits at spaces as well: where names cannot contain any.
func wordsOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",; \t\n", r) })
}
