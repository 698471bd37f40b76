// Package report renders documents about past results: what a web test found, and the history of a client's services; as HTML
// that reads well in mail programs and on a phone, as text, and as tables.
//
// It must not know where they are sent, nor where the data come from.
package report

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

//go:embed html/*.html
var pages embed.FS

// Writer renders reports. It is immutable and safe for concurrent use.
type Writer struct {
	catalog  *texts.Catalog
	zone     func() *time.Location
	instance func() string
	chart    Chart
	pages    *template.Template
}

// Options configure a Writer.
type Options struct {
	Texts    *texts.Catalog
	Zone     func() *time.Location // of times in reports
	Instance func() string         // the name of this opsbot
	Chart    Chart                 // nil: reports have no images
}

// Chart draws the history of something as PNG, in the reader's language.
type Chart func(ctx context.Context, s model.Series, language string) ([]byte, error)

// New returns a Writer. It only fails if the embedded pages are broken, which a test rules out.
func New(o Options) (*Writer, error) {
	parsed, err := template.New("").Funcs(template.FuncMap{"t": func(string) string { return "" }}).ParseFS(pages, "html/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the pages of reports: %w", err)
	}
	return &Writer{catalog: o.Texts, zone: o.Zone, instance: o.Instance, chart: o.Chart, pages: parsed}, nil
}

// renderer renders one report.
type renderer struct {
	w    *Writer
	p    *texts.Printer
	zone *time.Location
}

func (w *Writer) renderer(language string) *renderer {
	zone := w.zone()
	return &renderer{w: w, p: w.catalog.For(language).In(zone), zone: zone}
}

// page executes a page. Its text functions use the reader's language.
func (p *renderer) page(name string, view any) (string, error) {
	whole, err := p.w.pages.Clone()
	if err != nil {
		return "", fmt.Errorf("copy the pages of reports: %w", err)
	}
	var b strings.Builder
	if err := whole.Funcs(template.FuncMap{"t": func(id string) string { return p.p.T(id) }}).ExecuteTemplate(&b, name, view); err != nil {
		return "", fmt.Errorf("write a report: %w", err)
	}
	return b.String(), nil
}

// frame is the common part of every report.
type frame struct {
	Lang  string
	Title string
	Color template.CSS // of the bar beside the verdict
	Note  template.HTML
	Foot  string
}

func (p *renderer) frame(title string, l texts.Level) frame {
	return frame{Lang: p.p.Language(), Title: title, Color: template.CSS(l.Color()), Note: model.ReportNote} //nolint:gosec // a constant of ours
}

// date is a time with its year and its zone: a report is read later.
func (p *renderer) date(t time.Time) string {
	t = t.In(p.zone)
	return p.p.T("report.moment", texts.Args{"date": p.p.Date(t), "year": t.Year(), "clock": t.Format("15:04"), "zone": t.Format("MST")})
}

// file is a time in a file name.
func (p *renderer) file(t time.Time) string { return t.In(p.zone).Format("20060102-1504") }

// The maximum length of a shown name, and of a reason.
const (
	maxName   = 70
	maxReason = 300
)

func names(all []string) []string {
	out := make([]string, len(all))
	for i, n := range all {
		out[i] = model.Clip(n, maxName)
	}
	return out
}

// more says how many rows are only in the table; "" if none.
func (p *renderer) more(all, shown int) string {
	if all <= shown {
		return ""
	}
	return p.p.N("report.more", all-shown)
}
