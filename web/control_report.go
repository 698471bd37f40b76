package web

import (
	"html"
	"net/http"

	"opsbot/model"
	"opsbot/ops"
)

// ReportRenderer renders messages about reports.
type ReportRenderer interface {
	Report(report *model.Report) string
	Sent(language string, to ops.ReportTarget) string
	DutyReport(language string, d *ops.DutyReport) string
}

// ReportView is a report for the command line.
type ReportView struct {
	Title string             `json:"title"`
	HTML  string             `json:"html,omitempty"`  // a self-contained document
	Files []model.ReportFile `json:"files,omitempty"` // attachments; data in base64
	To    string             `json:"to,omitempty"`    // recipient
}

func reportRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/report", func(r *http.Request, req ControlRequest) (string, any, error) {
		if ops.IsDutyReport(req.Words) && !req.Send {
			duty, err := d.Actions.DutyReport(r.Context(), actor(r), req.Words, d.Now())
			if err != nil {
				return "", nil, err
			}
			text := d.Renderer.DutyReport(req.Language, duty)
			page := "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body><pre>" + html.EscapeString(text) + "</pre></body></html>\n"
			return text, ReportView{Title: "oncall " + duty.Asked, HTML: page, Files: []model.ReportFile{duty.Table()}}, nil
		}
		ask, err := ops.ParseReport(req.Words, d.Now())
		if err != nil {
			return "", nil, err
		}
		if req.Send {
			to, err := d.Actions.MailClient(r.Context(), actor(r), ask)
			if err != nil {
				return "", nil, err
			}
			return d.Renderer.Sent(req.Language, to), ReportView{To: to.Name}, nil
		}
		past, err := d.Actions.ClientPast(r.Context(), actor(r), ask)
		if err != nil {
			return "", nil, err
		}
		report, err := d.Actions.ClientReport(r.Context(), req.Language, past)
		if err != nil {
			return "", nil, err
		}
		view := ReportView{Title: report.Title, HTML: string(report.Parts.Document())}
		for i := range report.Parts.Files {
			if !report.Parts.Files[i].Inline {
				view.Files = append(view.Files, report.Parts.Files[i])
			}
		}
		return d.Renderer.Report(&report), view, nil
	})
}
