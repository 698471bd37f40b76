package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// reports renders the request, and records what was sent.
type reports struct{ posted *[]model.Change }

func (reports) Mails() []ops.ReportTarget { return nil }
func (reports) WebTest(string, *model.WebTest) (model.Report, error) {
	return model.Report{}, errors.New("not asked for")
}

func (reports) Client(_ context.Context, language string, p *model.ClientPast) (model.Report, error) {
	return model.Report{Title: "title", Text: language + " " + p.Client.Name + " " + p.Asked, Parts: &model.ReportParts{
		HTML:  `<img src="cid:c.png">`,
		Files: []model.ReportFile{{Name: "a.csv", Data: []byte{0xff, 0}}, {Name: "c.png", Type: "image/png", Data: []byte("png"), Inline: true}},
	}}, nil
}

func (reports) ClientTarget(c model.Client) (ops.ReportTarget, bool) {
	return ops.ReportTarget{Name: "email:reports/" + c.Name, Language: "en"}, len(c.ReportTo) > 0
}
func (reports) Made(context.Context, string) (time.Time, error) { return time.Time{}, nil }
func (r reports) Post(_ context.Context, c model.Change) error {
	*r.posted = append(*r.posted, c)
	return nil
}

// TestReportByTheSocket: the document is self-contained, the tables come with it, and sending is written to the audit
// log.
func TestReportByTheSocket(t *testing.T) {
	h := newHouse()
	clients := h.inv.Clients()
	clients[0].ReportTo = []string{"it@acme.example"}
	path := serve(t, h)
	var a web.Answer
	if err := web.Call(t.Context(), path, "report", web.ControlRequest{Words: []string{"acme", "7d"}, Language: "ru"}, &a); err != nil {
		t.Fatal(err)
	}
	var view web.ReportView
	if err := json.Unmarshal(a.Data, &view); err != nil {
		t.Fatal(err)
	}
	if a.Text != "ru acme 7d" || view.Title != "title" || !strings.Contains(view.HTML, "data:image/png") || len(view.Files) != 1 || string(view.Files[0].Data) != "\xff\x00" {
		t.Errorf("%q %+v", a.Text, view)
	}
	a = web.Answer{}
	if err := web.Call(t.Context(), path, "report", web.ControlRequest{Words: []string{"acme", "7d"}, Language: "ru", Send: true}, &a); err != nil {
		t.Fatal(err)
	}
	if a.Text != "sent ru email:reports/acme" || len(h.posted) != 1 || len(h.posted[0].Notifications) != 1 || h.posted[0].Audit[0].Actor.Via != "cli" {
		t.Errorf("%q %+v", a.Text, h.posted)
	}
	for _, words := range [][]string{nil, {"7d"}, {"acme", "2999-01"}, {"acme", "other"}} {
		err := web.Call(t.Context(), path, "report", web.ControlRequest{Words: words}, &web.Answer{})
		if code := model.CodeOf(err); code != model.ErrNeedArgument && code != model.ErrBadSpan && code != model.ErrOneClient {
			t.Errorf("%v: %v", words, err)
		}
	}
}
