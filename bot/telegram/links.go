package telegram

import (
	"html"
	"slices"
)

// hasLinks reports whether a message has buttons that are links.
func (o *Outgoing) hasLinks() bool {
	return slices.ContainsFunc(o.Buttons, func(row []Button) bool { return slices.ContainsFunc(row, Button.isLink) })
}

func (b Button) isLink() bool { return b.URL != "" }

// withoutLinks is a message whose links are lines of its text instead of buttons, as far as there is room.
func (o Outgoing) withoutLinks() Outgoing {
	var rows [][]Button
	for _, row := range o.Buttons {
		kept := slices.DeleteFunc(slices.Clone(row), Button.isLink)
		if len(kept) > 0 {
			rows = append(rows, kept)
		}
		for _, b := range row {
			line := "\n" + b.Text + ": " + b.URL
			if b.isLink() && Units(o.HTML+html.EscapeString(line)) <= MaxText {
				o.HTML += html.EscapeString(line)
			}
		}
	}
	o.Buttons = rows
	return o
}
