package app

import (
	"fmt"
	"strings"

	"opsbot/inventory"
	"opsbot/texts"
)

// importShown is how many rows of each kind are shown: more are counted.
const importShown = 10

// Text is what the import would do, in words.
func (i *ImportPlan) Text() string {
	var lines []string
	for _, d := range i.drafts {
		lines = append(lines, i.p.T("import.size", texts.Args{
			"hosts": d.Before.Hosts, "to_hosts": d.After.Hosts, "clients": d.Before.Clients, "to_clients": d.After.Clients,
		}))
		lines = append(lines, i.edits("import.added", "+", d.Added)...)
		lines = append(lines, i.edits("import.changed", "~", d.Changed)...)
		lines = append(lines, i.edits("import.removed", "-", d.Removed)...)
		lines = append(lines, i.p.T("import.kept", texts.Args{"kept": d.Kept, "others": d.Others}))
		for _, note := range d.Notes {
			i.notes = append(i.notes, i.p.Sentence(note))
		}
	}
	if len(i.notes) > 0 {
		lines = append(lines, i.p.N("import.notes", len(i.notes)))
		lines = append(lines, i.some(i.notes)...)
		i.notes = nil
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

func (i *ImportPlan) edits(id, mark string, all []inventory.Edit) []string {
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
func (i *ImportPlan) some(all []string) []string {
	shown := make([]string, 0, importShown+1)
	for _, line := range all[:min(importShown, len(all))] {
		shown = append(shown, "  "+line)
	}
	if more := len(all) - len(shown); more > 0 {
		shown = append(shown, "  "+i.p.T("import.more", texts.Args{"n": more}))
	}
	return shown
}

func (i *ImportPlan) edit(e *inventory.Edit) string {
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

func (i *ImportPlan) orNothing(text string) string {
	if text == "" {
		return i.p.T("import.nothing")
	}
	return text
}

// Say is one of the sentences around an import: "same", "ask", "ask_removals", "written", "refused", "not_written".
func (i *ImportPlan) Say(what string) string {
	if what == "written" && i.old == nil {
		what = "written_new"
	}
	return i.p.T("import."+what, texts.Args{"file": i.o.Out})
}
