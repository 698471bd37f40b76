package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/model"
	"opsbot/schedule"
	"opsbot/test/golden"
)

// schemaFile is the schema in the tree, which the examples name. `go test ./cli -run Schema -update` writes it.
const schemaFile = "../deploy/opsbot.schema.json"

// TestSchemaInTheTreeIsThatOfTheProgram: editors read the file, and the program prints the same.
func TestSchemaInTheTreeIsThatOfTheProgram(t *testing.T) {
	code, out, errOut := opsbotRun(t, "config", "schema")
	if code != ExitOK {
		t.Fatalf("%d: %s", code, errOut)
	}
	golden.Compare(t, schemaFile, out)
}

// schemaOfProgram is the compiled schema.
func schemaOfProgram(t *testing.T) *jsonschema.Schema {
	t.Helper()
	raw, err := configSchema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("opsbot.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("opsbot.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// document reads a TOML file as an editor does, into what JSON has. ok is false for what is no TOML.
func document(text string) (doc any, ok bool) {
	raw := map[string]any{}
	if _, err := toml.Decode(text, &raw); err != nil {
		return nil, false
	}
	return plainJSON(raw), true
}

func plainJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = plainJSON(item)
		}
		return out
	case []map[string]any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = plainJSON(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = plainJSON(item)
		}
		return out
	case int64:
		return json.Number(strconv.FormatInt(v, 10))
	case time.Time:
		return v.Format(time.RFC3339)
	default:
		return v
	}
}

// placesOf are the places of what a schema refuses in a document, each as config names them: `checks[2] "main-db" kind`.
func placesOf(schema *jsonschema.Schema, doc any) map[string]string {
	places := map[string]string{}
	err := schema.Validate(doc)
	if e, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		addPlaces(places, e, doc)
	} else if err != nil {
		places[""] = err.Error()
	}
	return places
}

func addPlaces(places map[string]string, e *jsonschema.ValidationError, doc any) {
	for _, cause := range e.Causes {
		addPlaces(places, cause, doc)
	}
	if len(e.Causes) > 0 {
		return
	}
	at := label(doc, e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, key := range k.Properties {
			places[joined(at, key)] = "unknown key"
		}
	case *kind.Required:
		for _, key := range k.Missing {
			places[joined(at, key)] = "missing key"
		}
	default:
		places[at] = fmt.Sprintf("%T", k)
	}
}

// label is a place in a document as config writes it.
func label(doc any, location []string) string {
	at := ""
	for _, step := range location {
		switch v := doc.(type) {
		case map[string]any:
			at, doc = joined(at, step), v[step]
		case []any:
			i, _ := strconv.Atoi(step)
			at, doc = fmt.Sprintf("%s[%d]", at, i+1), v[i]
			if table, ok := doc.(map[string]any); ok {
				if name, ok := table["name"].(string); ok {
					at += fmt.Sprintf(" %q", name)
				}
			}
		}
	}
	return at
}

func joined(owner, key string) string {
	switch {
	case owner == "":
		return key
	case strings.HasSuffix(owner, "]"), strings.HasSuffix(owner, `"`):
		return owner + " " + key
	default:
		return owner + "." + key
	}
}

// shapes are the mistakes that can be seen in one value alone, by the text that names them. With "?" a schema sees some of them: a range may be one
// of lengths of time, and "4 of 3" is of the right form.
var shapes = map[string]string{
	"config.type": "", "config.unknown.near": "?", "config.unknown.allowed": "?", "config.later": "", "config.renamed": "", "config.value.one_of": "",
	"config.range": "?", "config.value.duration": "?", "config.value.min_up": "", "config.value.failures": "?", "config.value.status": "?", "config.value.target": "",
}

// problemPlaces are the places of the mistakes that the program finds, and those of shape among them.
func problemPlaces(problems model.Problems) (all, shape map[string]model.Problem) {
	all, shape = map[string]model.Problem{}, map[string]model.Problem{}
	for _, p := range problems {
		key := p.What.Key()
		if key == "" && strings.HasPrefix(p.What.ID, "config.unknown.") {
			key = p.What.Args["got"]
		}
		at := joined(p.Place.Path, key)
		all[at] = p
		sure, isShape := shapes[p.What.ID]
		isDate := p.What.Parts["got"].ID == "config.type.date" // of which editors make a text
		if isShape && sure == "" && !isDate || isUnknownKey(p) {
			shape[at] = p
		}
	}
	return all, shape
}

func isUnknownKey(p model.Problem) bool {
	what := p.What.Parts["what"].ID
	return what == "config.unknown.key" || what == "config.unknown.section" || what == "config.unknown.kind"
}

// problemsOf are what the program says about one file.
func problemsOf(path string) model.Problems {
	_, problems := config.LoadAll(path, config.Options{
		Kinds: setup.Kinds(checks.Deps{}), CheckSchedule: schedule.Validate, LocalIP: func() string { return "192.0.2.7" }, Getenv: func(string) string { return "" },
	})
	return problems
}

// compareWithProgram: what the schema refuses, the program does at the same place; and what the program refuses for its shape, the schema does.
func compareWithProgram(t *testing.T, schema *jsonschema.Schema, path, text string) (refused int) {
	t.Helper()
	doc, ok := document(text)
	if !ok {
		return 0
	}
	places := placesOf(schema, doc)
	all, shape := problemPlaces(problemsOf(path))
	for _, at := range slices.Sorted(maps.Keys(places)) {
		if _, known := all[at]; !known && (places[at] != "missing key" || !inSameTable(all, at)) {
			t.Errorf("%s: the schema refuses %q (%s), the program does not: %v", path, at, places[at], slices.Sorted(maps.Keys(all)))
		}
	}
	for _, at := range slices.Sorted(maps.Keys(shape)) {
		if _, known := places[at]; !known && !withoutKind(all, at) {
			t.Errorf("%s: the program refuses %q (%v), the schema does not", path, at, shape[at].What)
		}
	}
	return len(places)
}

// inSameTable reports whether the program refuses anything else of the table: it does not say then what is missing there.
func inSameTable(all map[string]model.Problem, at string) bool {
	element, _, _ := strings.Cut(at, "]")
	return slices.ContainsFunc(slices.Collect(maps.Keys(all)), func(known string) bool { return strings.HasPrefix(known, element+"]") })
}

// withoutKind reports whether a table has no known kind: the schema does not guess then which keys are misspelt.
func withoutKind(all map[string]model.Problem, at string) bool {
	element, _, _ := strings.Cut(at, "]")
	for known, p := range all {
		if strings.HasPrefix(known, element+"]") && (p.What.Key() == "kind" || p.What.Parts["what"].ID == "config.unknown.kind") {
			return true
		}
	}
	return false
}

// TestSchemaRefusesWhatTheProgramRefuses goes through the files with mistakes that config keeps.
func TestSchemaRefusesWhatTheProgramRefuses(t *testing.T) {
	schema := schemaOfProgram(t)
	files, err := filepath.Glob("../config/testdata/*.bad.toml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	refused := 0
	for _, file := range files {
		refused += compareWithProgram(t, schema, file, readFile(t, file))
	}
	if refused < 50 {
		t.Errorf("only %d mistakes are refused: what is compared?", refused)
	}
}

// TestSchemaRefusesEachMistake makes one mistake after another in a configuration without any: a key that is written wrongly, a value of another
// type.
func TestSchemaRefusesEachMistake(t *testing.T) {
	schema := schemaOfProgram(t)
	doc := map[string]any{}
	if _, err := toml.Decode(readFile(t, "../deploy/examples/hosting/opsbot.toml"), &doc); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "opsbot.toml")
	tried := 0
	mistaken(doc, false, func(what string) {
		if tried++; underRace && tried%4 != 0 {
			return
		}
		var b bytes.Buffer
		if err := toml.NewEncoder(&b).Encode(doc); err != nil {
			return // TOML has no such document either
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if compareWithProgram(t, schema, path, b.String()) == 0 {
			t.Errorf("%s is taken", what)
		}
	})
	if tried < 100 {
		t.Errorf("only %d mistakes were made", tried)
	}
}

// named are the tables whose keys are names that people choose.
var named = []string{"labels", "service"}

// mistaken makes one mistake at a time in a table and in all that is in it, and calls try while it is there.
func mistaken(table map[string]any, free bool, try func(what string)) {
	for _, key := range slices.Sorted(maps.Keys(table)) {
		was := table[key]
		if !free {
			delete(table, key)
			table[key+"_x"] = was
			try("the key " + key + "_x")
			delete(table, key+"_x")
		}
		table[key] = map[string]any{"no": map[string]any{"such": []any{true}}}
		try("a table for " + key)
		table[key] = was
		switch v := was.(type) {
		case map[string]any:
			mistaken(v, slices.Contains(named, key), try)
		case []map[string]any:
			mistaken(v[0], false, try)
		}
	}
}

// TestSchemaTakesAllExamples: every example, every file that init or a package writes, and every snippet of the documents about the
// configuration.
func TestSchemaTakesAllExamples(t *testing.T) {
	schema := schemaOfProgram(t)
	files := []string{"../config/starter.toml", "../deploy/packages/opsbot.toml"}
	for _, pattern := range []string{"../deploy/examples/*/*.toml", "../deploy/examples/*/conf.d/*.toml"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		text := readFile(t, file)
		takes(t, schema, file, text)
		if !strings.HasPrefix(text, "#:schema ") {
			t.Errorf("%s: its first line does not name the schema", file)
		}
		if name, _, _ := strings.Cut(strings.TrimPrefix(text, "#:schema "), "\n"); strings.HasPrefix(name, ".") {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), name)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	takes(t, schema, "the starter with all of its examples", uncommented(config.Starter()))
}

// TestTheCompleteExampleIsWhole: the one of docs/configuration.md loads in each language without a mistake or a note about what nobody means, and
// the schema takes it.
func TestTheCompleteExampleIsWhole(t *testing.T) {
	schema := schemaOfProgram(t)
	for path, heading := range map[string]string{"../docs/configuration.md": "A complete example", "../docs/ru/configuration.md": "Полный пример"} {
		_, rest, found := strings.Cut(readFile(t, path), "\n## "+heading+"\n")
		_, rest, fenced := strings.Cut(rest, "\n```toml\n")
		text, _, closed := strings.Cut(rest, "\n```\n")
		if !found || !fenced || !closed {
			t.Fatalf("%s: there is no example", path)
		}
		takes(t, schema, path, text)
		dir := t.TempDir()
		for name, data := range map[string]string{"opsbot.toml": text, "token": "100000:abc", "smtp-password": "s", "db-password": "s"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		loaded, err := setup.Load(filepath.Join(dir, "opsbot.toml"), func(string) string { return "" })
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if notes := loaded.Notes(nil, time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)); len(notes) > 0 {
			t.Errorf("%s: it is noted: %v", path, notes)
		}
	}
}

func takes(t *testing.T, schema *jsonschema.Schema, name, text string) {
	t.Helper()
	doc, ok := document(text)
	if !ok {
		t.Errorf("%s is no TOML", name)
		return
	}
	for at, what := range placesOf(schema, doc) {
		t.Errorf("%s: the schema refuses %q: %s", name, at, what)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// uncommented is a file with every example in it that is commented out.
func uncommented(text string) string {
	return regexp.MustCompile(`(?m)^#([^\s:#])`).ReplaceAllString(text, "$1")
}
