package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math/big"
	"reflect"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"opsbot/model"
)

// JSONOptions are the options of kind "json": one request as of kind "web", and a condition on the JSON of the answer.
type JSONOptions struct {
	WebOptions
	// Condition is an expression over the document: `expiration_time.is_available == true`, `len(queue) < 100`. Its value
	// must be true, or truthy: not false, 0, "", null, an empty list or an empty object. An empty condition is the
	// document itself.
	Condition string `toml:"condition"`
}

// Validate returns what is wrong.
func (o *JSONOptions) Validate() []model.Sentence {
	wrong := o.WebOptions.Validate()
	if o.Contains != "" {
		wrong = append(wrong, model.Say("config.json.condition", "key", "contains"))
	}
	if o.Matches != "" {
		wrong = append(wrong, model.Say("config.json.condition", "key", "matches"))
	}
	if _, err := compileCondition(o.Condition); err != nil {
		wrong = append(wrong, model.Say("config.json.syntax", "key", "condition", "got", o.Condition, "said", firstLine(err.Error())))
	}
	return wrong
}

// Checker returns the check.
func (o *JSONOptions) Checker() model.Checker {
	program, _ := compileCondition(o.Condition) // valid: Validate has checked it
	j := &jsonJudge{condition: o.Condition, program: program}
	return o.judged(j.judge)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// jsonJudge evaluates a condition on a document. It is immutable: programs can run concurrently.
type jsonJudge struct {
	condition string
	program   *vm.Program
}

func (j *jsonJudge) judge(p *probe, body []byte) *finding {
	doc, err := parseDocument(body)
	if err != nil {
		return fail(model.ReasonJSONBad, "said", shortened(err.Error()), "got", glimpse(body), "took", p.took(), "addr", p.address)
	}
	env := map[string]any{document: doc}
	if object, ok := doc.(map[string]any); ok {
		maps.Copy(env, object) // a key of that name wins
	}
	value, err := expr.Run(j.program, env)
	if err != nil {
		return fail(model.ReasonJSONBad, "said", shortened(firstLine(err.Error())), "got", glimpse(body), "took", p.took(), "addr", p.address)
	}
	if truthy(value) {
		return nil
	}
	want := j.condition
	if want == "" {
		want = document
	}
	return fail(model.ReasonJSONFalse, "want", shortened(want), "got", glimpse(body), "took", p.took(), "addr", p.address)
}

// parseDocument parses one document, a mark of its byte order before it or not.
func parseDocument(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.New("unexpected end of JSON input")
	} else if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	return numbered(doc)
}

// truthy is what most languages consider true.
func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case float64:
		return v != 0
	case int:
		return v != 0
	case *big.Int:
		return v.Sign() != 0
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String, reflect.Slice, reflect.Map:
		return r.Len() > 0
	default:
		return true
	}
}

// maxGlimpse bounds the part of a document in a reason: enough to show the value of a small one.
const maxGlimpse = 80

// glimpse is the beginning of a body on one line; clipped cuts it to what is shown.
func glimpse(body []byte) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(string(body[:min(len(body), maxTaken)]), "")), " ")
}
