package cli

import (
	"fmt"
	"strings"

	"opsbot/inventory"
	"opsbot/texts"
)

// importShown is how many rows of each kind are shown: more are counted.
const importShown = 10

// preview describes what the import would change.
func (i *importPlan) preview() string {
	var lines []string
	var notes []string
	for _, note := range i.notes {
		notes = append(notes, i.p.Sentence(note))
	}
	for _, d := range i.drafts {
		lines = append(lines, i.p.T("import.size", texts.Args{
			"hosts": d.Before.Hosts, "to_hosts": d.After.Hosts, "clients": d.Before.Clients, "to_clients": d.After.Clients,
		}))
		lines = append(lines, i.edits("import.added", "+", d.Added)...)
		lines = append(lines, i.edits("import.changed", "~", d.Changed)...)
		lines = append(lines, i.edits("import.removed", "-", d.Removed)...)
		lines = append(lines, i.p.T("import.kept", texts.Args{"kept": d.Kept, "others": d.Others}))
		for _, note := range d.Notes {
			notes = append(notes, i.p.Sentence(note))
		}
	}
	if len(notes) > 0 {
		lines = append(lines, i.p.N("import.notes", len(notes)))
		lines = append(lines, i.some(notes)...)
	}
	for _, d := range i.drafts {
		if d.Drastic() {
			lines = append(lines, i.p.T("import.drastic", texts.Args{
				"hosts": d.Gone.Hosts, "of_hosts": d.Before.Hosts, "clients": d.Gone.Clients, "of_clients": d.Before.Clients,
			}))
		}
	}
	return strings.Join(lines, "\n")
}

func (i *importPlan) edits(id, mark string, all []inventory.Edit) []string {
	if len(all) == 0 {
		return nil
	}
	rows := make([]string, len(all))
	for k := range all {
		rows[k] = mark + " " + i.edit(&all[k])
	}
	return append([]string{i.p.N(id, len(all))}, i.some(rows)...)
}

// some are the first of many lines, and how many more there are.
func (i *importPlan) some(all []string) []string {
	shown := make([]string, 0, importShown+1)
	for _, line := range all[:min(importShown, len(all))] {
		shown = append(shown, "  "+line)
	}
	if more := len(all) - len(shown); more > 0 {
		shown = append(shown, "  "+i.p.T("import.more", texts.Args{"n": more}))
	}
	return shown
}

func (i *importPlan) edit(e *inventory.Edit) string {
	text := e.Host
	if e.Client != "" {
		text += " (" + e.Client + ")"
	}
	changes := make([]string, len(e.Changes))
	for k, c := range e.Changes {
		changes[k] = fmt.Sprintf("%s %s → %s", c.Column, i.orNothing(c.From), i.orNothing(c.To))
	}
	if len(changes) > 0 {
		text += ": " + strings.Join(changes, ", ")
	}
	return text
}

func (i *importPlan) orNothing(text string) string {
	if text == "" {
		return i.p.T("import.nothing")
	}
	return text
}

// message is one of the sentences around an import: "same", "ask", "ask_removals", "written", "refused", "not_written".
func (i *importPlan) message(what string) string {
	if what == "written" && i.old == nil {
		what = "written_new"
	}
	return i.p.T("import."+what, texts.Args{"file": i.o.out})
}
