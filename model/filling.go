package model

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// GatewayFields are what a request of a gateway may contain, as {{.To}}. All are plain text; one that does not apply is "".
type GatewayFields struct {
	To       string // where this gateway reaches the person: their value for it, else their phone number
	Phone    string // the person's phone number
	Person   string // the person's name
	Title    string // what happened, in one line
	Text     string // what happened, in a few lines
	Say      string // what happened, to be read aloud
	Press    string // "Press 1 to acknowledge.", to be read aloud
	AckURL   string // a link that acknowledges, once
	Locale   string // of all these texts: "en-US", "ru-RU"
	Severity string // "critical", "warning", "info"
	Incident string // its number
	ID       string // of this message: a repeat has the same, no other message has it
	Secret   string // secret of the gateway
}

// GatewayFieldNames lists the fields that a request may contain.
func GatewayFieldNames() []string {
	var names []string
	for f := range reflect.TypeFor[GatewayFields]().Fields() {
		names = append(names, f.Name)
	}
	return names
}

// filling is a text with fields in it: pieces[0], the first field, pieces[1], and so on.
type filling struct {
	pieces []string
	fields []string // names, one less than pieces
}

// exampleField is how a field is written.
const exampleField = "{{.To}}"

var fieldForm = regexp.MustCompile(`\{\{\s*(.*?)\s*\}\}`)

// The runes that stand for a field while the text around it is parsed: no text that people write has them.
const (
	markOpen  = '\ue000'
	markClose = '\ue001'
)

// newFilling finds the fields of a text.
func newFilling(text string) (filling, error) {
	if strings.ContainsAny(text, string(markOpen)+string(markClose)) {
		return filling{}, &ValueError{What: Say("config.gateway.rune")}
	}
	var f filling
	at := 0
	for _, found := range fieldForm.FindAllStringSubmatchIndex(text, -1) {
		name, err := gatewayField(text[found[2]:found[3]])
		if err != nil {
			return filling{}, err
		}
		f.pieces, f.fields = append(f.pieces, text[at:found[0]]), append(f.fields, name)
		at = found[1]
	}
	f.pieces = append(f.pieces, text[at:])
	return f, nil
}

// gatewayField is the name of a field as it is written in a request: ".To".
func gatewayField(written string) (string, error) {
	known := GatewayFieldNames()
	name, dotted := strings.CutPrefix(written, ".")
	for _, k := range known {
		if dotted && k == name {
			return name, nil
		}
	}
	if near := Closest(name, known, 1); len(near) > 0 {
		return "", &ValueError{What: Say("config.gateway.field.near", "got", Clip(written, maxName), "near", near[0])}
	}
	return "", &ValueError{What: Say("config.gateway.field", "got", Clip(written, maxName), "example", exampleField, "known", "."+strings.Join(known, ", ."))}
}

// has reports whether a field stands in the text.
func (f *filling) has(name string) bool {
	for _, field := range f.fields {
		if field == name {
			return true
		}
	}
	return false
}

// fill joins the text with the values of its fields, each escaped.
func (f *filling) fill(values *GatewayFields, escape func(string) string) string {
	var b strings.Builder
	b.WriteString(f.pieces[0])
	for i, name := range f.fields {
		b.WriteString(escape(values.value(name)))
		b.WriteString(f.pieces[i+1])
	}
	return b.String()
}

// value is a field by its name, as valid UTF-8.
func (g *GatewayFields) value(name string) string {
	return strings.ToValidUTF8(reflect.ValueOf(g).Elem().FieldByName(name).String(), "\ufffd")
}

// marked is the text with each field as its number between marks, written so that only a parser of the format reads them.
func (f *filling) marked(open, closing string) string {
	var b strings.Builder
	b.WriteString(f.pieces[0])
	for i := range f.fields {
		b.WriteString(open + strconv.Itoa(i) + closing)
		b.WriteString(f.pieces[i+1])
	}
	return b.String()
}

// slot is a text whose values are escaped for where they stand: as they are, or for XML.
type slot struct {
	filling
	xml bool
}

// newSlot reads a text. One that begins with "<" is XML.
func newSlot(text string) (slot, error) {
	f, err := newFilling(text)
	if err != nil || !strings.HasPrefix(strings.TrimSpace(text), "<") {
		return slot{filling: f}, err
	}
	return newXML(&f)
}

// newXML reads a text as XML. Fields may stand in it where a parser reads a value: between tags, and in attributes.
func newXML(f *filling) (slot, error) {
	values, err := xmlValues(f.marked("&#xE000;", "&#xE001;"))
	if err != nil {
		return slot{}, &ValueError{What: Say("config.gateway.xml", "said", xmlSaid(err))}
	}
	if strings.Count(values, string(markOpen)) != len(f.fields) {
		return slot{}, &ValueError{What: Say("config.gateway.xml_place")}
	}
	return slot{*f, true}, nil
}

// xmlSaid is what is wrong with a document: "line 1: unexpected EOF".
func xmlSaid(err error) string { return strings.TrimPrefix(err.Error(), "XML syntax error on ") }

// xmlValues are all values in a document, one after the other.
func xmlValues(document string) (string, error) {
	var values strings.Builder
	elements := 0
	for d := xml.NewDecoder(strings.NewReader(document)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && elements > 0 {
			return values.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			elements++
			for _, a := range t.Attr {
				values.WriteString(a.Value)
			}
		case xml.CharData:
			values.Write(t)
		}
	}
}

// text is the text with its values.
func (p *slot) text(values *GatewayFields) string {
	if p.xml {
		return p.fill(values, escapeXML)
	}
	return p.fill(values, func(s string) string { return s })
}

// escapeXML escapes a value for text and attributes. Runes that XML cannot hold become U+FFFD.
func escapeXML(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil { // a Buffer takes all
		return ""
	}
	return b.String()
}

// document is JSON with fields in its strings.
type document struct{ root any } // maps, lists, slots for strings, and other values as they are

// newDocument reads JSON. Fields may stand in strings, but not in names.
func newDocument(text string) (document, error) {
	f, err := newFilling(text)
	if err != nil {
		return document{}, err
	}
	d := json.NewDecoder(strings.NewReader(f.marked(`\ue000`, `\ue001`)))
	d.UseNumber()
	var root any
	if err := d.Decode(&root); err != nil {
		return document{}, &ValueError{What: Say("config.gateway.json", "said", err, "example", exampleField)}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return document{}, &ValueError{What: Say("config.gateway.json_end")}
	}
	root, err = f.leaves(root)
	return document{root}, err
}

// leaves puts slots in place of the strings of a value.
func (f *filling) leaves(value any) (any, error) {
	switch v := value.(type) {
	case string:
		return newSlot(f.unmarked(v))
	case []any:
		for i := range v {
			leaf, err := f.leaves(v[i])
			if err != nil {
				return nil, err
			}
			v[i] = leaf
		}
	case map[string]any:
		for name := range v {
			if strings.ContainsRune(name, markOpen) {
				return nil, &ValueError{What: Say("config.gateway.json_name")}
			}
			leaf, err := f.leaves(v[name])
			if err != nil {
				return nil, err
			}
			v[name] = leaf
		}
	}
	return value, nil
}

var fieldMark = regexp.MustCompile("\ue000[0-9]+\ue001")

// unmarked has the fields in place of their marks.
func (f *filling) unmarked(s string) string {
	return fieldMark.ReplaceAllStringFunc(s, func(mark string) string {
		i, err := strconv.Atoi(strings.Trim(mark, string(markOpen)+string(markClose)))
		if err != nil || i >= len(f.fields) { // newFilling refuses texts with marks of their own
			return ""
		}
		return "{{." + f.fields[i] + "}}"
	})
}

// text is the document with its values.
func (d *document) text(values *GatewayFields) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(filled(d.root, values)); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// filled is a value with texts in place of its slots.
func filled(value any, with *GatewayFields) any {
	switch v := value.(type) {
	case slot:
		return v.text(with)
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = filled(v[i], with)
		}
		return all
	case map[string]any:
		all := make(map[string]any, len(v))
		for name := range v {
			all[name] = filled(v[name], with)
		}
		return all
	default:
		return value
	}
}

// has reports whether a field stands in the document.
func (d *document) has(name string) bool { return hasField(d.root, name) }

func hasField(value any, name string) bool {
	switch v := value.(type) {
	case slot:
		return v.has(name)
	case []any:
		for i := range v {
			if hasField(v[i], name) {
				return true
			}
		}
	case map[string]any:
		for key := range v {
			if hasField(v[key], name) {
				return true
			}
		}
	}
	return false
}
