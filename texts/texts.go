// Package texts holds every text a person sees, in English and Russian, and says Reasons, Problems, durations, moments
// and errors in either.
//
// The words are in en/*.toml and ru/*.toml, one file per subject; a test holds the two languages to the same ids and
// arguments. It is a leaf: it knows package model alone.
package texts

import (
	"embed"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"sync"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed en/*.toml ru/*.toml
var files embed.FS

// English and Russian are the languages there are.
const (
	English = "en"
	Russian = "ru"
)

// Languages lists them, the default first.
func Languages() []string { return []string{English, Russian} }

// Known reports whether there are texts in a language.
func Known(lang string) bool { return lang == English || lang == Russian }

// Args are the values a text is filled with. Strings and numbers are unchanged; a time.Duration and a time.Time
// are written as the language writes them; an model.Reason, Verdict, Severity, Role or Status is said in words.
type Args map[string]any

// Catalog holds the texts of all languages. Make one with Load; it is safe for concurrent use.
type Catalog struct{ printers map[string]*Printer }

// Load returns the embedded texts, which are read once. It errs only when the embedded files are broken, which a test rules out.
func Load() (*Catalog, error) { return loaded() }

var loaded = sync.OnceValues(load)

func load() (*Catalog, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	b := &Catalog{printers: map[string]*Printer{}}
	for _, lang := range Languages() {
		names, err := fs.Glob(files, lang+"/*.toml")
		if err != nil {
			return nil, fmt.Errorf("list texts of %q: %w", lang, err)
		}
		for _, name := range names {
			data, err := files.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("read texts: %w", err)
			}
			// go-i18n takes the language from the file name's last part before the format.
			if _, err := bundle.ParseMessageFileBytes(data, name+"."+lang+".toml"); err != nil {
				return nil, fmt.Errorf("parse %s: %w", name, err)
			}
		}
		b.printers[lang] = &Printer{lang: lang, local: i18n.NewLocalizer(bundle, lang), zone: time.UTC}
	}
	return b, nil
}

// For returns the printer of a language; an unknown one gets English. Moments are written in UTC until In says
// otherwise.
func (b *Catalog) For(lang string) *Printer {
	if p, ok := b.printers[lang]; ok {
		return p
	}
	return b.printers[English]
}

// Printer says things in one language and one time zone. It is immutable and safe for concurrent use.
type Printer struct {
	lang  string
	local *i18n.Localizer
	zone  *time.Location
	now   time.Time // zero: moments are written without their day

	commandLine bool // texts that have a form for the command line are taken in it
}

// In returns a printer that writes moments on another zone's clock.
func (p *Printer) In(zone *time.Location) *Printer {
	q := *p
	q.zone = zone
	return &q
}

// Asof returns a printer that writes the day of a moment too where that is not the day of now.
func (p *Printer) Asof(now time.Time) *Printer {
	q := *p
	q.now = now
	return &q
}

// Language is "en" or "ru".
func (p *Printer) Language() string { return p.lang }

// T is the text of an id, filled in. Optional args are merged, later ones win. An id without a text is returned in
// brackets, so that it is seen and nothing is lost.
func (p *Printer) T(id string, args ...Args) string {
	return p.say(id, nil, merged(args), false)
}

// N is T for a text that depends on a count; {{.n}} is the count.
func (p *Printer) N(id string, n int, args ...Args) string {
	a := merged(args)
	a["n"] = n
	return p.say(id, n, a, false)
}

// HTML is T for a message with markup: the text may hold tags of Telegram's HTML, every argument is escaped.
func (p *Printer) HTML(id string, args ...Args) string {
	return p.say(id, nil, merged(args), true)
}

// HTMLN is N for a message with markup.
func (p *Printer) HTMLN(id string, n int, args ...Args) string {
	a := merged(args)
	a["n"] = n
	return p.say(id, n, a, true)
}

// Has reports whether there is a text with this id in the printer's language.
func (p *Printer) Has(id string) bool {
	_, tag, err := p.local.LocalizeWithTag(&i18n.LocalizeConfig{MessageID: id})
	return err == nil && tag.String() == p.lang
}

func (p *Printer) say(id string, count any, args Args, escape bool) string {
	said := make(map[string]any, len(args))
	for k, v := range args {
		v = p.value(v)
		if s, ok := v.(string); ok && escape {
			v = html.EscapeString(s)
		}
		said[k] = v
	}
	text, err := p.local.Localize(&i18n.LocalizeConfig{MessageID: p.own(id), TemplateData: said, PluralCount: count})
	if err != nil && text == "" {
		return "[" + id + "]"
	}
	return text
}

func merged(all []Args) Args {
	out := Args{}
	for _, a := range all {
		maps.Copy(out, a)
	}
	return out
}
