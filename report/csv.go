package report

import "opsbot/model"

// The types of a report's attachments.
const (
	csvType  = "text/csv; charset=utf-8"
	textType = "text/plain; charset=utf-8"
)

// byteOrder begins a table: without it spreadsheets do not detect UTF-8.
const byteOrder = "\ufeff"

// table writes rows; every cell is escaped for spreadsheets.
func table(rows [][]string) []byte { return append([]byte(byteOrder), model.CSV(rows)...) }
