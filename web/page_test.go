package web_test

import (
	"context"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/oncall"
	"opsbot/ops"
	"opsbot/web"
)

// Page implements ops.Pager.
func (h *house) Page(_ context.Context, req model.PageRequest, _ model.AuditEntry) (model.Incident, error) {
	h.paged = append(h.paged, req.Who.String()+" "+req.Text)
	in := model.Incident{ID: 77, Kind: model.IncidentPage}
	h.open = append(h.open, in)
	return in, nil
}

// Escalate implements ops.Pager.
func (h *house) Escalate(_ context.Context, id model.IncidentID, _ model.AuditEntry) error {
	return nil
}

// Refuse implements ops.Pager.
func (h *house) Refuse(context.Context, model.IncidentID, string, model.AuditEntry) error { return nil }

// TestAPageThroughTheAPI: for scripts and telephone systems, whoever is on call or not.
func TestAPageThroughTheAPI(t *testing.T) {
	h := newHouse()
	deps := h.deps()
	roster := &oncall.Roster{People: []oncall.Person{{Name: "anna"}}}
	deps.Actions = ops.New(ops.Deps{
		Inventory: h, Alerts: h, Audit: h, Archive: h, Pager: h, Now: clock, Rota: ops.NewRota(nil, func() *oncall.Roster { return roster }, ops.DutyMemory{}),
	})
	api := web.API(deps, admitted)
	for _, c := range []struct{ body, part string }{
		{`{"words":["anna"],"reason":"the shop is slow"}`, `{"text":"paged","data":{"id":77`},
		{`{"words":["anna","the","shop","is","slow"]}`, `{"text":"paged","data":{"id":77`},
		{`{"words":["nobody","x"]}`, `"nobody"`},
		{`{"words":["anna"]}`, `"page_text"`},
		{`{}`, `"need_argument"`},
	} {
		if _, answer := ask(t, api, "/api/v1/page", "Bearer token-of-operator", c.body); !strings.Contains(answer, c.part) {
			t.Errorf("page %s: %s", c.body, answer)
		}
	}
	if got := strings.Join(h.paged, "; "); got != "person:anna the shop is slow; person:anna the shop is slow" {
		t.Errorf("paged: %s", got)
	}
}
