package app

import (
	"context"
	"encoding/json"
	"fmt"

	"opsbot/web"
)

// ReportAnswer is how a client's services were: words for people, a document and tables for files.
type ReportAnswer struct {
	Answer
	view web.ReportView
}

// HTML is the document.
func (r *ReportAnswer) HTML() []byte { return []byte(r.view.HTML) }

// CSV is the table of services and hosts.
func (r *ReportAnswer) CSV() []byte {
	if len(r.view.Files) == 0 {
		return nil
	}
	return r.view.Files[0].Data
}

// Report asks how a client's services were: the words are a client and a time, "clientA 2026-10". With send it goes to the client.
func (a *ControlClient) Report(ctx context.Context, words []string, send bool) (*ReportAnswer, error) {
	said, err := a.said(ctx, "report", web.ControlRequest{Words: words, Send: send})
	if err != nil {
		return nil, err
	}
	r := &ReportAnswer{Answer: said}
	if err := json.Unmarshal(said.JSON, &r.view); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return r, nil
}
