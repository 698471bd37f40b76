package inventory

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"opsbot/charset"
	"opsbot/inventory/found"
	"opsbot/model"
)

// sourceColumn marks the rows of an import. Rows without it, or with another value, belong to others.
const sourceColumn = "source"

// Import is the data of another system to merge into an inventory file.
type Import struct {
	As    string // value of the source column
	Hosts []model.FoundHost
	Group string   // for clients without services; may be ""
	Else  Declared // declared elsewhere: its names and addresses are taken

	// Lenient: the source has services of its own, of which those that are not declared are left out and said.
	Lenient bool
}

// Edit is a change of one row.
type Edit struct {
	Host, Client string
	Changes      []Change // of a changed row
}

// Change is one value of a row.
type Change struct{ Column, From, To string }

// Draft is an inventory file after an import, before it is written.
type Draft struct {
	Text                    []byte
	Added, Removed, Changed []Edit
	Kept                    int              // unchanged rows of the import
	Others                  int              // rows of others
	Notes                   []model.Sentence // what was left out or decided; no errors
	Before, After           Size
	Gone                    Size // hosts and clients that would disappear from the file
}

// Size counts what a file has.
type Size struct{ Hosts, Clients int }

// Same reports whether there is nothing to write.
func (d *Draft) Same() bool { return len(d.Added)+len(d.Removed)+len(d.Changed) == 0 }

// manyGone is the share, in percent, above which a removal needs confirmation: a source that lost its database answers too.
const manyGone = 10

// Drastic reports whether more than a tenth of the hosts or of the clients would disappear.
func (d *Draft) Drastic() bool {
	return d.Gone.Hosts*100 > d.Before.Hosts*manyGone || d.Gone.Clients*100 > d.Before.Clients*manyGone
}

// Draw merges an import into a file; path is its name in problems, old is its content. Rows of the import are added, updated and
// removed; values that the source does not provide (a tier, a group, further labels) stay. Rows of others stay, and only empty
// values are filled. It is a pure function; the error is model.Problems.
func (im Import) Draw(path string, old []byte) (*Draft, error) {
	s, err := readSheet(old)
	if err == nil && len(s.rows) > 0 {
		_, err = ReadCSV(path, strings.NewReader(string(old)))
	}
	if err != nil {
		if problems, ok := err.(model.Problems); ok { //nolint:errorlint // ReadCSV wraps nothing
			return nil, problems
		}
		return nil, model.Problems{csvProblem(path, err)}
	}
	w := &importer{Import: im, path: path, sheet: s, draft: &Draft{Before: sizeOf(s)}, registry: newRegistry()}
	if encoding := charset.Detect(old); encoding.Name() != charset.UTF8.Name() {
		w.note(model.Say("config.import.rewritten", "encoding", encoding.Name()))
	}
	before := membersOf(s)
	w.register()
	w.apply(w.wanted())
	w.draft.Text, w.draft.After = []byte(s.text()), sizeOf(s)
	after := membersOf(s)
	w.draft.Gone = Size{Hosts: missing(before.hosts, after.hosts), Clients: missing(before.clients, after.clients)}
	return w.draft, nil
}

// importer merges one import.
type importer struct {
	Import
	path     string
	sheet    *sheet
	draft    *Draft
	registry *registry
	strange  map[string][]string // services that are not declared, to the hosts that name them
}

func (w *importer) owns(r *sheetRow) bool { return r.host() != "" && r.values[sourceColumn] == w.As }

func (w *importer) note(what model.Sentence) { w.draft.Notes = append(w.draft.Notes, what) }

// register records what is not the import's: such names and addresses keep their meaning.
func (w *importer) register() {
	for i := range w.Else.Hosts {
		h := &w.Else.Hosts[i]
		w.registry.host(h.Name, h.Address, h.Aliases)
		w.registry.labels(h.Name, h.Labels)
	}
	for i := range w.Else.Clients {
		c := &w.Else.Clients[i]
		w.registry.client(c.Name, registered{tier: c.Tier, group: c.Group, served: len(c.Services) > 0 || c.Group != ""})
	}
	for _, r := range w.sheet.rows {
		if w.owns(r) {
			continue
		}
		w.draft.Others++
		w.registry.client(r.values["client"], registered{
			tier: r.values["tier"], group: r.values["group"], served: r.values["services"] != "" || r.values["group"] != "",
		})
		if host := r.host(); host != "" {
			w.registry.host(host, r.values["address"], r.list("aliases"))
			w.registry.labels(host, r.labels())
		}
	}
	for _, r := range w.sheet.rows {
		if w.owns(r) {
			w.registry.client(r.values["client"], registered{group: r.values["group"]})
			w.registry.spelt[fold(r.host())] = r.host()
		}
	}
}

// wanted returns the rows of the source, by client and host, without duplicates.
func (w *importer) wanted() []model.FoundHost {
	var wanted []model.FoundHost
	seen := map[string]int{}
	hosts := slices.Clone(w.Hosts)
	slices.SortStableFunc(hosts, func(a, b model.FoundHost) int {
		return cmp.Or(model.CompareNatural(a.Name, b.Name), model.CompareNatural(a.Client, b.Client), cmp.Compare(b.Address, a.Address))
	})
	for _, h := range hosts {
		name := h.Name
		w.noteAddress(&h)
		h, ok := tamed(h)
		if !ok {
			w.note(model.Say("config.import.name", "name", name))
			continue
		}
		w.knownServices(&h)
		address := h.Address
		if w.registry.settle(&h); h.Address != address {
			w.note(model.Say("config.import.address", "name", h.Name, "address", address))
		}
		if !w.registry.reachable(&h) {
			w.note(model.Say("config.import.unreachable", "name", name))
			continue
		}
		w.registry.tier(h.Client, h.Tier)
		key := rowKey(h.Client, h.Name)
		if i, twice := seen[key]; twice {
			wanted[i] = joined(wanted[i], h)
			continue
		}
		seen[key] = len(wanted)
		wanted = append(wanted, h)
	}
	w.noteServices()
	for i := range wanted { // after all names: a name goes before an alias of another host
		wanted[i].Aliases = w.registry.aliases(wanted[i].Name, wanted[i].Aliases)
	}
	return wanted
}

// knownServices leaves out the services of a source that are not declared.
func (w *importer) knownServices(h *model.FoundHost) {
	if !w.Lenient {
		return
	}
	h.Services = slices.DeleteFunc(slices.Clone(h.Services), func(name string) bool {
		if slices.ContainsFunc(w.Else.Services, func(s model.ServiceSpec) bool { return s.Name == name }) {
			return false
		}
		if w.strange == nil {
			w.strange = map[string][]string{}
		}
		w.strange[name] = union(w.strange[name], h.Name)
		return true
	})
	if len(h.Services) == 0 {
		h.Services = nil
	}
}

// mostNamed is how many hosts a note names.
const mostNamed = 3

// noteServices says which services were left out, each once.
func (w *importer) noteServices() {
	for _, service := range slices.Sorted(maps.Keys(w.strange)) {
		hosts := w.strange[service]
		w.note(model.Say("config.import.service", "service", service, "hosts", hosts[:min(mostNamed, len(hosts))], "more", max(0, len(hosts)-mostNamed)))
	}
}

// noteAddress says what of an address is not used.
func (w *importer) noteAddress(h *model.FoundHost) {
	switch address, rest := found.Address(h.Address); {
	case len(rest) > 0 && address == "":
		w.note(model.Say("config.import.address_none", "name", h.Name, "rest", strings.Join(rest, " ")))
	case len(rest) > 0:
		w.note(model.Say("config.import.address_rest", "name", h.Name, "address", address, "rest", rest))
	}
}

// joined merges two entries of one host.
func joined(a, b model.FoundHost) model.FoundHost {
	a.Address, a.Tier = firstOf(a.Address, b.Address), firstOf(a.Tier, b.Tier)
	a.Aliases, a.Services = union(a.Aliases, b.Aliases...), union(a.Services, b.Services...)
	a.Labels = b.Labels.Merged(a.Labels)
	return a
}

func rowKey(client, host string) string { return strings.ToLower(client) + "\x00" + fold(host) }

// apply changes the rows to those wanted.
func (w *importer) apply(wanted []model.FoundHost) {
	rows := map[string]*sheetRow{}
	mine := map[string][]*sheetRow{} // of each host: one that changes its client keeps its row
	for _, r := range w.sheet.rows {
		if r.host() == "" {
			continue
		}
		key := rowKey(r.values["client"], r.host())
		if first := rows[key]; first == nil || !w.owns(first) && w.owns(r) {
			rows[key] = r
		}
		if w.owns(r) {
			mine[fold(r.host())] = append(mine[fold(r.host())], r)
		}
	}
	kept := map[*sheetRow]bool{}
	for i := range wanted {
		kept[rows[rowKey(wanted[i].Client, wanted[i].Name)]] = true
	}
	for i := range wanted {
		h := &wanted[i]
		r := rows[rowKey(h.Client, h.Name)]
		moved := slices.IndexFunc(mine[fold(h.Name)], func(m *sheetRow) bool { return !kept[m] })
		switch {
		case r != nil && !w.owns(r):
			w.edit(r, w.fillIn(r, h))
		case r != nil:
			w.edit(r, w.update(r, h))
		case moved >= 0:
			r = mine[fold(h.Name)][moved]
			w.move(r, h)
		default:
			r = w.add(h)
		}
		kept[r] = true
	}
	w.drop(kept)
}

// drop removes rows of the import that are no longer wanted.
func (w *importer) drop(kept map[*sheetRow]bool) {
	for _, r := range w.sheet.rows {
		if w.owns(r) && !kept[r] {
			r.dropped = true
			w.draft.Removed = append(w.draft.Removed, Edit{Host: r.host(), Client: r.values["client"]})
		}
	}
}

func (w *importer) add(h *model.FoundHost) *sheetRow {
	r := &sheetRow{values: map[string]string{}}
	w.sheet.rows = append(w.sheet.rows, r)
	w.sheet.set(r, "host", h.Name)
	w.sheet.set(r, "client", h.Client)
	w.write(r, w.update(r, h))
	w.draft.Added = append(w.draft.Added, Edit{Host: h.Name, Client: h.Client})
	return r
}

// move gives a host's row to another client: the old client's settings are removed.
func (w *importer) move(r *sheetRow, h *model.FoundHost) {
	from := r.values["client"]
	for _, column := range []string{"domain", "services", "tier", "group"} {
		w.sheet.set(r, column, "")
	}
	w.sheet.set(r, "client", h.Client)
	w.edit(r, append([]Change{{Column: "client", From: from, To: h.Client}}, w.update(r, h)...))
}

// update returns what differs in the source from the import's own row.
func (w *importer) update(r *sheetRow, h *model.FoundHost) []Change {
	to := map[string]string{
		"address":  firstOf(h.Address, w.registry.address(h.Name, r.values["address"])),
		"services": r.values["services"],
		"tier":     r.values["tier"],
		"group":    w.registry.group(h.Client, r.values["group"]),
		"aliases":  strings.Join(w.registry.aliases(h.Name, union(h.Aliases, r.list("aliases")...)), ";"),
		"labels":   labelText(w.registry.labels(h.Name, r.labels().Merged(h.Labels))),
		"source":   w.As,
	}
	if tier := w.registry.tier(h.Client, ""); tier != "" && (h.Tier != "" || to["tier"] != "") {
		to["tier"] = tier
	}
	if len(h.Services) > 0 {
		to["services"] = strings.Join(h.Services, ";")
	}
	if h.Client != "" && to["services"] == "" && to["group"] == "" && !w.registry.served(h.Client) {
		to["group"] = w.registry.group(h.Client, w.Group)
	}
	return changes(r, to)
}

// fillIn returns what the source adds to somebody else's row.
func (w *importer) fillIn(r *sheetRow, h *model.FoundHost) []Change {
	to := map[string]string{
		"address": firstOf(r.values["address"], h.Address),
		"aliases": firstOf(r.values["aliases"], strings.Join(h.Aliases, ";")),
		"labels":  labelText(w.registry.labels(h.Name, h.Labels.Merged(r.labels()))),
	}
	if labelText(r.labels()) == to["labels"] {
		to["labels"] = r.values["labels"]
	}
	return changes(r, to)
}

func changes(r *sheetRow, to map[string]string) []Change {
	var out []Change
	for _, column := range columns() {
		if text, said := to[column]; said && text != r.values[column] && !sameList(column, text, r.values[column]) {
			out = append(out, Change{Column: column, From: r.values[column], To: text})
		}
	}
	return out
}

// sameList reports whether two lists have the same elements, however they are written.
func sameList(column, a, b string) bool {
	if !slices.Contains([]string{"services", "aliases", "labels"}, column) {
		return false
	}
	return slices.Equal(slices.Sorted(slices.Values(splitList(a))), slices.Sorted(slices.Values(splitList(b))))
}

func (w *importer) edit(r *sheetRow, changes []Change) {
	if len(changes) == 0 {
		w.draft.Kept++
		return
	}
	w.write(r, changes)
	w.draft.Changed = append(w.draft.Changed, Edit{Host: r.host(), Client: r.values["client"], Changes: changes})
}

func (w *importer) write(r *sheetRow, changes []Change) {
	for _, c := range changes {
		w.sheet.set(r, c.Column, c.To)
	}
}
