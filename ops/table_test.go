package ops_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// ways are the places of an action, by the words of the documents.
func ways(a *ops.Action) map[string]ops.Way {
	return map[string]ops.Way{"command": a.Command, "button": a.Button, "command line": a.Line, "API": a.Request}
}

// TestTableOfActions: each action is possible everywhere, or the table says why not; so is its inverse, for the same role.
func TestTableOfActions(t *testing.T) {
	table := ops.Table()
	named := func(name string) *ops.Action {
		i := slices.IndexFunc(table, func(a ops.Action) bool { return a.Name == name })
		if i < 0 {
			return nil
		}
		return &table[i]
	}
	for i := range table {
		a := &table[i]
		if ops.RoleFor(a.Name) != a.Role {
			t.Errorf("%s is for %s, and requires %s", a.Name, a.Role, ops.RoleFor(a.Name))
		}
		for where, way := range ways(a) {
			if (way.Name == "") == (way.Not == "") || strings.Contains(way.Not, " ") {
				t.Errorf("%s as a %s: %+v must be a name, or one word why there is none", a.Name, where, way)
			}
		}
		if (a.Inverse.Name == "") == (a.Inverse.Not == "") {
			t.Errorf("%s must have an inverse, or say why it has none: %+v", a.Name, a.Inverse)
		}
		if a.Inverse.Name == "" {
			continue
		}
		inverse := named(a.Inverse.Name)
		if inverse == nil {
			t.Errorf("%s is undone by %s, which there is not", a.Name, a.Inverse.Name)
			continue
		}
		if inverse.Role != a.Role {
			t.Errorf("%s is for %s, and its inverse for %s", a.Name, a.Role, inverse.Role)
		}
		for where, way := range ways(a) {
			if way.Name != "" && ways(inverse)[where].Name == "" {
				t.Errorf("%s is a %s, and its inverse %s is none", a.Name, where, inverse.Name)
			}
		}
	}
	if ops.RoleFor("nothing of the kind") <= model.RoleAdmin {
		t.Error("an action that is not in the table is allowed to somebody")
	}
}

// TestWhatChangesAlertsIsInTheTable: whoever adds a change of alerts adds its row.
func TestWhatChangesAlertsIsInTheTable(t *testing.T) {
	actions := map[string][]string{
		"Ack": {ops.ActionAck}, "Unack": {ops.ActionUnack}, "Reset": {ops.ActionReset}, "Mute": {ops.ActionMute, ops.ActionMaintenance},
		"EndMutes": {ops.ActionUnmute}, "ExtendMute": {ops.ActionExtend}, "CloseEvent": {ops.ActionClose}, "Note": {ops.ActionNote}, "Preview": nil, "Mutes": nil, // these two only read
	}
	var names []string
	for _, changes := range []reflect.Type{reflect.TypeFor[ops.Muter](), reflect.TypeFor[ops.Closer]()} {
		for i := range changes.NumMethod() {
			names = append(names, changes.Method(i).Name)
		}
	}
	for _, name := range names {
		of, known := actions[name]
		if !known {
			t.Errorf("%s is of no action of the table", name)
		}
		for _, action := range of {
			if ops.RoleFor(action) > model.RoleAdmin {
				t.Errorf("%s is not in the table", action)
			}
		}
	}
}

// TestEachActionIsOneOfTheUseCases: TestRolesAndAudit holds it to the role of the table, by each of its names in the audit log.
func TestEachActionIsOneOfTheUseCases(t *testing.T) {
	for _, a := range ops.Table() {
		if a.Name == ops.ActionMaintenance {
			continue // planning is a mute that begins later; without words it only lists
		}
		found := false
		for _, u := range useCases {
			if action, _, _ := strings.Cut(u.audit, " "); action == a.Name {
				found = true
				if u.need != a.Role {
					t.Errorf("%s requires %s, in the table %s", u.name, u.need, a.Role)
				}
			}
		}
		if !found {
			t.Errorf("%s is no use case", a.Name)
		}
	}
}

// section is what a document has under a heading.
func section(t *testing.T, path, heading string) string {
	t.Helper()
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(doc), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s: no heading %q", path, heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// TestActionsAreDocumented: each name of each action is in docs/commands.md of each language with its role, and has texts in both languages.
func TestActionsAreDocumented(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range ops.Table() {
		for _, lang := range texts.Languages() {
			for _, id := range []string{"cmd." + a.Command.Name, "cmd." + a.Command.Name + ".help", "cli.help." + a.Line.Name} {
				if !catalog.For(lang).Has(id) {
					t.Errorf("%s has no text %s", lang, id)
				}
			}
		}
	}
	for _, doc := range []struct{ path, chat, line, api string }{
		{"../docs/commands.md", "In the chat", "On the command line", "HTTP API"},
		{"../docs/ru/commands.md", "В чате", "В командной строке", "HTTP API"},
	} {
		chat, line, api := section(t, doc.path, doc.chat), section(t, doc.path, doc.line), section(t, doc.path, doc.api)
		for _, a := range ops.Table() {
			row := regexp.MustCompile("(?m)^\\| `/" + a.Command.Name + "\\b[^`]*` \\| ([^|]+) \\|").FindStringSubmatch(chat)
			if row == nil || !strings.Contains(row[1], a.Role.String()) {
				t.Errorf("%s, %s: no row of /%s for %s: %q", doc.path, doc.chat, a.Command.Name, a.Role, row)
			}
			if !regexp.MustCompile("(?m)^    opsbot " + a.Line.Name + " ").MatchString(line) {
				t.Errorf("%s, %s: no example of opsbot %s", doc.path, doc.line, a.Line.Name)
			}
			if !regexp.MustCompile("(?m)^\\| `" + a.Request.Name + "` \\| " + a.Role.String() + "\\b").MatchString(api) {
				t.Errorf("%s, %s: no row of %s for %s", doc.path, doc.api, a.Request.Name, a.Role)
			}
		}
	}
}
