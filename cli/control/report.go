package control

import (
	"context"
	"encoding/json"
	"strings"

	"opsbot/web"
)

// Report is a report on a client's services: text for people, a document and tables for files.
type Report struct {
	Answer
	view web.ReportView
}

// HTML is the document.
func (r *Report) HTML() []byte { return []byte(r.view.HTML) }

// CSV is the table of services and hosts.
func (r *Report) CSV() []byte {
	if len(r.view.Files) == 0 {
		return nil
	}
	return r.view.Files[0].Data
}

// Report asks for a report: the words are a client and a period, "clientA 2026-10". With send it goes to the client.
func (c *Client) Report(ctx context.Context, words []string, send bool) (*Report, error) {
	answer, err := c.ask(ctx, "report", web.ControlRequest{Words: words, Send: send})
	if err != nil {
		return nil, err
	}
	r := &Report{Answer: answer}
	return r, read(answer, &r.view)
}

// Chart is a chart: text for people, the values as JSON, and the image.
type Chart struct {
	Answer
	PNG []byte
}

// Chart asks for a chart: the words are a selector and how far back, "clientA 7d".
func (c *Client) Chart(ctx context.Context, words []string) (*Chart, error) {
	answer, err := c.ask(ctx, "chart", web.ControlRequest{Words: strings.Fields(strings.Join(words, " "))})
	if err != nil {
		return nil, err
	}
	var v web.ChartView
	if err := read(answer, &v); err != nil {
		return nil, err
	}
	chart := &Chart{Answer: answer, PNG: v.PNG}
	v.PNG = nil
	chart.JSON, err = json.Marshal(v)
	return chart, err
}
