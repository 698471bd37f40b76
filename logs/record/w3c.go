package record

import (
	"regexp"
	"strings"
)

// A W3C log, as IIS and CloudFront write it, says in "#Fields:" what its columns are. Its times are UTC.

// directive reads a line that begins with #: the columns; others say nothing of use.
func (p *Parser) directive(text string) bool {
	if !strings.HasPrefix(text, "#") {
		return false
	}
	if columns, found := strings.CutPrefix(text, "#Fields:"); found {
		p.columns = strings.Fields(strings.ToLower(columns))
		return true
	}
	for _, name := range []string{"#Software:", "#Version:", "#Date:", "#Start-Date:", "#End-Date:", "#Remark:"} {
		if strings.HasPrefix(text, name) {
			return true
		}
	}
	return false
}

func (p *Parser) learnColumns(lines string) {
	if i := strings.Index(lines, "#Fields:"); i >= 0 && (i == 0 || lines[i-1] == '\n') {
		text, _, _ := strings.Cut(lines[i:], "\n")
		p.directive(strings.TrimRight(text, "\r"))
	}
}

// w3c is a line of such a log whose beginning was not read: date, time, the names of site or server, an address, a method and a path.
var w3c = regexp.MustCompile(`^\d{4}-\d\d-\d\d[ \t]\d\d:\d\d:\d\d[ \t](?:(?:W3SVC\d+|[\w.-]+)[ \t]){0,3}?[\da-fA-F.:]{3,45}[ \t][A-Z]{3,10}[ \t](?:/|\S+\.\w+[ \t]/)`)

func (p *Parser) isW3C(text string) bool {
	if len(text) < len("2026-11-30 07:29:22 ") || text[4] != '-' || text[10] != ' ' && text[10] != '\t' {
		return false
	}
	return p.columns != nil || w3c.MatchString(text)
}

// readColumns reads a request by the names of its columns.
func (l *line) readColumns(p *Parser, text string) bool {
	f := fields{}
	values := strings.Fields(text)
	if strings.Contains(text, "\t") {
		values = strings.Split(text, "\t")
	}
	for i, name := range p.columns {
		if i < len(values) && values[i] != "-" {
			f.set(name, values[i])
		}
	}
	l.request(f)
	return l.Request
}
