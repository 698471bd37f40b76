package model_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/model"
)

const seedTemplate = `{{.What}}
{{.Instance}} · {{.LocalIP}}{{with .ExternalIP}} · {{.}}{{end}}
{{- with .Comment}}
💬 {{.}}{{end}}`

func message(t testing.TB, text string) *model.MessageTemplate {
	t.Helper()
	m := &model.MessageTemplate{}
	if err := m.UnmarshalText([]byte(text)); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return m
}

func TestMessageTemplate(t *testing.T) {
	facts := model.MessageFields{What: "disk / 93% used", Instance: "shop-17", LocalIP: "10.0.0.1", ExternalIP: "192.0.2.1", Comment: "clear it", Incident: 7, Down: true}
	bare := facts
	bare.ExternalIP, bare.Comment = "", ""
	cases := []struct {
		template string
		fields   model.MessageFields
		want     string
	}{
		{seedTemplate, facts, "disk / 93% used\nshop-17 · 10.0.0.1 · 192.0.2.1\n💬 clear it"},
		{seedTemplate, bare, "disk / 93% used\nshop-17 · 10.0.0.1"},
		{`{{if .Down}}{{.What}}{{else}}over{{end}} #{{.Incident}}`, facts, "disk / 93% used #7"},
		{`{{printf "%-12s|" .Instance}}`, facts, "shop-17     |"},
		{`no fields at all`, facts, "no fields at all"},
		{`{{$n := .Instance}}x{{with .Comment}}{{$n}}: {{$.What}}{{end}}`, facts, "xshop-17: disk / 93% used"},
	}
	for _, c := range cases {
		if got, err := message(t, c.template).Message(c.fields); got != c.want || err != nil {
			t.Errorf("%q gives %q (%v), want %q", c.template, got, err, c.want)
		}
	}
}

// TestBadMessageTemplates tries templates that are wrong, do not end, or exhaust memory.
func TestBadMessageTemplates(t *testing.T) {
	double := `{{with print .What .What .What}}` + strings.Repeat(`{{with print . . . .}}`, 60) + "{{.}}" + strings.Repeat("{{end}}", 61)
	cases := []struct{ name, template, want string }{
		{"an unknown field", "{{.What}}\n{{.Comments}}", `field.near got="Comments" key="template" near="Comment"`},
		{"one unlike any other", "{{.Zzzzzzzz}}", `known=".What, .Name`},
		{"one in a branch that no sample executes", `{{if eq .Name "x"}}{{.Nope}}{{end}}ok`, `config.template.field got="Nope"`},
		{"a field of a field", "{{.What.Len}}", `template.field got="What.Len"`},
		{"behind the root", "{{with .What}}{{$.Wat}}{{end}}", `got="Wat"`},
		{"a field of a non-struct", "{{with .What}}{{.Name}}{{end}}", "can't evaluate field Name"},
		{"syntax", "{{.What}}\n{{if}}", `line="2" said="missing value for if"`},
		{"an unknown function", "{{env .What}}", `line="1" said="function \"env\" not defined"`},
		{"not closed", "{{.What", `line="1" said="unclosed action"`},
		{"endless", "{{range 1000000000000}}{{end}}x", "config.template.refused"},
		{"recursive", `{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`, "config.template.refused"},
		{"a block", `{{block "a" .}}x{{end}}`, "config.template.refused"},
		{"a loop in a branch", "{{if .Down}}{{range .What}}{{end}}{{end}}x", "config.template.refused"},
		{"empty", " \n", "config.template.empty"},
		{"empty in some case", "{{.Client}}", "config.template.empty"},
		{"too long to read", strings.Repeat("x", 5000), `config.template.source key="template" limit="4096"`},
		{"too long to send", strings.Repeat("x", 3500), `config.template.long key="template" limit="3000"`},
		{"a width of a gigabyte", `{{printf "%999999d" 1}}`, "config.template.width"},
		{"a width from outside", `{{printf "%*d" 999999 1}}`, "config.template.width"},
		{"doubled over and over", double, "config.template.function"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			begun := time.Now()
			err := (&model.MessageTemplate{}).UnmarshalText([]byte(c.template))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if took := time.Since(begun); took > 30*time.Second { // else it takes longer than the world stands
				t.Errorf("took %v", took)
			}
		})
	}
}

func FuzzMessageTemplate(f *testing.F) {
	f.Add(seedTemplate)
	f.Add(`{{if and .Down (eq .Severity "critical")}}{{html .What | printf "%.9s"}}{{end}}x`)
	f.Add(`{{slice .What 1 2}}{{index .What 3}}{{len .What}}{{js .What}}`)
	f.Fuzz(func(t *testing.T, text string) {
		m := &model.MessageTemplate{}
		if m.UnmarshalText([]byte(text)) != nil {
			return
		}
		got, err := m.Message(model.MessageFields{What: strings.Repeat("я<&>", 200), Comment: text})
		if err == nil && (got == "" || len([]rune(got)) > 3000) {
			t.Errorf("%q made %d characters", text, len([]rune(got)))
		}
	})
}

// A mistake that occurs in every branch is reported once: it becomes one problem of the configuration.
func TestMessageTemplateSaysOneThing(t *testing.T) {
	err := (&model.MessageTemplate{}).UnmarshalText([]byte("{{if .Nope}}{{.Nor}}{{else}}{{range .This}}{{end}}{{end}}"))
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}
