package model

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"html"
	"strings"
)

// Report is a document about past results. It is rendered once, in one language, and sent as rendered: its data is not kept.
type Report struct {
	Title string       `json:"title"` // of a mail, one line
	Text  string       `json:"text"`  // what a message shows: the verdict, the findings; a few lines, the first is the verdict
	Parts *ReportParts `json:"-"`     // nil if only the summary is needed; stored in a row of its own
}

// ReportParts are the parts of a report. They may be megabytes.
type ReportParts struct {
	Text  string       `json:"text"`            // all of it, for readers without HTML
	HTML  string       `json:"html"`            // a whole document; it refers to inline files as "cid:NAME"
	Name  string       `json:"name"`            // file name of the document, without extension: "webtest-20261122-2100"
	Files []ReportFile `json:"files,omitempty"` // the most important first
}

// ReportFile is a file of a report.
type ReportFile struct {
	Name   string `json:"name"`
	Type   string `json:"type"` // "text/csv; charset=utf-8", "image/png"
	Data   []byte `json:"data"`
	Inline bool   `json:"inline,omitempty"` // an image of the HTML
}

// ReportNote marks the place in a report's HTML for a line about its delivery.
const ReportNote = "<!--opsbot:note-->"

// Noted returns the HTML with a line of plain text about its delivery, such as that it may have arrived before; "" leaves it
// out.
func (p *ReportParts) Noted(note string) string {
	if note != "" {
		note = `<p style="margin:0 0 12px;font-style:italic">` + html.EscapeString(note) + "</p>"
	}
	return strings.Replace(p.HTML, ReportNote, note, 1)
}

// Document returns the HTML with its images embedded, as a self-contained file.
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

// CSVCell escapes a cell of a table for spreadsheets: what would be taken for a formula gets a leading apostrophe.
func CSVCell(text string) string {
	if begin := strings.TrimLeft(text, " "); begin != "" && strings.ContainsRune("=+-@\t\r\n", rune(begin[0])) {
		return "'" + text
	}
	return text
}
