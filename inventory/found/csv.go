package found

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"opsbot/model"
)

// fields are the possible meanings of a column, and the usual names of each.
func fields() map[string][]string {
	return map[string][]string{
		"name":     {"name", "host", "hostname", "host_name", "server", "fqdn", "vm"},
		"address":  {"address", "ip", "ip_address", "ipaddress", "ipv4", "primary_ip", "primary_ip4"},
		"aliases":  {"aliases", "alias", "display_name", "dns_name"},
		"client":   {"client", "customer", "tenant", "company", "owner"},
		"services": {"services", "service"},
		"tier":     {"tier", "sla"},
		"labels":   {"labels"},
	}
}

// FieldNames lists the fields that can be mapped to columns.
func FieldNames() []string { return slices.Sorted(maps.Keys(fields())) }

// CSVFile reads a file whose first line names its columns, separated by a comma, a semicolon or a tab. named maps a field to its
// column, {"client": "Customer"}; the others are found by their usual names. All other columns are labels, except for those
// whose title suggests a secret. notes lists what was left out.
func CSVFile(path string, named map[string]string) (hosts []model.FoundHost, notes []string, err error) {
	data, err := readFile(path)
	if err != nil {
		return nil, nil, err
	}
	if hosts, notes, err = CSV(data, named); err != nil {
		return nil, nil, fmt.Errorf("read %q: %w", path, err)
	}
	return hosts, notes, nil
}

// CSV is CSVFile for the content of a file.
func CSV(data []byte, named map[string]string) (hosts []model.FoundHost, said []string, err error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	rows := csv.NewReader(bytes.NewReader(data))
	rows.FieldsPerRecord, rows.LazyQuotes, rows.TrimLeadingSpace, rows.Comment = -1, true, true, '#'
	first, _, _ := bytes.Cut(data, []byte("\n"))
	for _, comma := range ";\t" {
		if bytes.Count(first, []byte(string(comma))) > bytes.Count(first, []byte(string(rows.Comma))) {
			rows.Comma = comma
		}
	}
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, errors.New("it is empty: its first line names the columns")
	}
	if err != nil {
		return nil, nil, err
	}
	columns, err := columnsOf(header, named)
	if err != nil {
		return nil, nil, err
	}
	var n notes
	for {
		row, err := rows.Read()
		switch {
		case errors.Is(err, io.EOF):
			return hosts, n.list, nil
		case err != nil:
			return nil, nil, err
		}
		h := columns.host(row)
		if strings.Join(row, "") == "" {
			continue
		}
		if h.Name == "" && h.Address == "" {
			line, _ := rows.FieldPos(0)
			n.say("line %d names no host", line)
			continue
		}
		hosts = append(hosts, h)
	}
}

// table is the meaning of each column: a field, "label:KEY", or "" for one that is left out.
type table []string

// secretTitle is the title of a column that must not become a label.
var secretTitle = regexp.MustCompile(`(?i)pass|secret|token|credential|private|api.?key|community`)

func columnsOf(header []string, named map[string]string) (table, error) {
	columns := make(table, len(header))
	at := func(title string) int {
		return slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), strings.TrimSpace(title)) })
	}
	for _, field := range slices.Sorted(maps.Keys(named)) {
		i := at(named[field])
		if _, known := fields()[field]; !known {
			return nil, fmt.Errorf("there is no field %q: there are %s", field, strings.Join(FieldNames(), ", "))
		}
		if i < 0 {
			return nil, fmt.Errorf("there is no column %q: there are %s", named[field], strings.Join(header, ", "))
		}
		columns[i] = field
	}
	for field, titles := range fields() {
		if slices.Contains(columns, field) {
			continue
		}
		for _, title := range titles {
			if i := at(title); i >= 0 && columns[i] == "" {
				columns[i] = field
				break
			}
		}
	}
	if !slices.Contains(columns, "name") && !slices.Contains(columns, "address") {
		return nil, fmt.Errorf(`no column names the host: say which with --map name=COLUMN; there are %s`, strings.Join(header, ", "))
	}
	for i, title := range header {
		if columns[i] == "" && !secretTitle.MatchString(title) {
			columns[i] = "label:" + strings.ToLower(strings.TrimSpace(title))
		}
	}
	return columns, nil
}

func (t table) host(row []string) model.FoundHost {
	h := model.FoundHost{Labels: model.Labels{}}
	for i, text := range row[:min(len(row), len(t))] {
		text = strings.TrimSpace(text)
		switch field := t[i]; field {
		case "":
		case "name":
			h.Name = text
		case "address":
			h.Address, _, _ = strings.Cut(text, "/") // 10.0.0.5/24, as network tools write it
		case "aliases":
			h.Aliases = listOf(text)
		case "client":
			h.Client = text
		case "services":
			h.Services = listOf(text)
		case "tier":
			h.Tier = text
		case "labels":
			for _, mark := range listOf(text) {
				key, val, _ := strings.Cut(mark, "=")
				h.Labels[strings.TrimSpace(key)] = strings.TrimSpace(val)
			}
		default:
			h.Labels[strings.TrimPrefix(field, "label:")] = text
		}
	}
	maps.DeleteFunc(h.Labels, func(key, val string) bool { return key == "" || val == "" })
	return h
}

// listOf splits a list at commas, semicolons and spaces.
func listOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' || r == '\n' })
}
