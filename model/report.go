package model

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"html"
	"strings"
)

// Report is a document about what was seen. It is written once, in one language, and sent as it was written: what it is about
// is not kept.
type Report struct {
	Title string       `json:"title"` // of a mail, one line
	Text  string       `json:"text"`  // what a message shows: the verdict, what was found; a few lines, the first is the verdict
	Parts *ReportParts `json:"-"`     // nil where only a word of the report is needed; kept in a row of its own
}

// ReportParts are what a report is made of. They may be megabytes.
type ReportParts struct {
	Text  string       `json:"text"`            // all of it, for who reads no HTML
	HTML  string       `json:"html"`            // a whole document; it names inline files as "cid:NAME"
	Name  string       `json:"name"`            // of the document as a file, without its end: "webtest-20261122-2100"
	Files []ReportFile `json:"files,omitempty"` // in the order of their worth
}

// ReportFile is a file of a report.
type ReportFile struct {
	Name   string `json:"name"`
	Type   string `json:"type"` // "text/csv; charset=utf-8", "image/png"
	Data   []byte `json:"data"`
	Inline bool   `json:"inline,omitempty"` // a picture of the HTML
}

// ReportNote stands in the HTML of a report where a line about its delivery goes.
const ReportNote = "<!--opsbot:note-->"

// Noted is the HTML with a line of plain text about its delivery, such as that it may have come before; "" leaves it out.
func (p *ReportParts) Noted(note string) string {
	if note != "" {
		note = `<p style="margin:0 0 12px;font-style:italic">` + html.EscapeString(note) + "</p>"
	}
	return strings.Replace(p.HTML, ReportNote, note, 1)
}

// Document is the HTML with its pictures in it, so that it stands by itself.
func (p *ReportParts) Document() []byte {
	doc := p.Noted("")
	for i := range p.Files {
		if f := &p.Files[i]; f.Inline {
			doc = strings.ReplaceAll(doc, "cid:"+f.Name, "data:"+f.Type+";base64,"+base64.StdEncoding.EncodeToString(f.Data))
		}
	}
	return []byte(doc)
}

// CSV writes a table. Every cell is harmless in a spreadsheet: see CSVCell.
func CSV(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range rows {
		for i := range row {
			row[i] = CSVCell(row[i])
		}
	}
	_ = w.WriteAll(rows) // writing to memory does not err
	return b.Bytes()
}

// CSVCell is a cell of a table as a spreadsheet shows it: what would be taken for a formula is quoted by an apostrophe.
func CSVCell(text string) string {
	if begin := strings.TrimLeft(text, " "); begin != "" && strings.ContainsRune("=+-@\t\r\n", rune(begin[0])) {
		return "'" + text
	}
	return text
}
