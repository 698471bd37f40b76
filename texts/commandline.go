package texts

import "maps"

// CommandLine returns the catalog for the command line. A text that names a command of the chat has another form there, with
// "cli." before its id: this catalog takes that one.
func (b *Catalog) CommandLine() *Catalog {
	out := &Catalog{printers: maps.Clone(b.printers)}
	for lang, p := range out.printers {
		q := *p
		q.commandLine = true
		out.printers[lang] = &q
	}
	return out
}

// own is the id of the text that is taken for an id.
func (p *Printer) own(id string) string {
	if form := "cli." + id; p.commandLine && p.Has(form) {
		return form
	}
	return id
}
