package ops_test

import (
	"encoding/json"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/ops"
)

// Whatever is asked, in the chat or by a token, a viewer who sees everything gets no phone number; operators and people limited to clients do.
func TestPhonesOfClients(t *testing.T) {
	const number = "495"
	for _, who := range []model.Actor{actor(model.RoleViewer), actor(model.RoleOperator), actor(model.RoleViewer, "acme")} {
		b := newBench(t)
		clients := b.inv.Clients()
		for i := range clients {
			clients[i].Contacts = []string{"+7 495 000-00-00, duty manager", "+7 (495) 000-00-01"}
		}
		key := model.ServiceKey{Client: "acme", Service: "reports"}
		guides := []model.Guide{{Client: "acme", Contacts: clients[0].Contacts}}
		b.open = []model.Incident{
			{ID: 1, Kind: model.IncidentService, ServiceKey: key, Affected: []model.ServiceState{{ServiceKey: key, Verdict: model.VerdictDown}}, Guides: guides},
			{ID: 2, Kind: model.IncidentEventGroup, Affected: []model.ServiceState{{ServiceKey: key, Verdict: model.VerdictDown}}, EventGroup: &model.EventGroup{Guides: guides}},
		}
		shown := 0
		see := func(what string, v any, err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			raw, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(raw), number) {
				if shown++; !who.SeesPhones() {
					t.Errorf("%s shows a number: %s", what, raw)
				}
			}
		}
		all, err := b.actions.Incidents(t.Context(), who)
		see("incidents", all, err)
		in, _, err := b.actions.Incident(t.Context(), who, 1)
		see("an incident", in, err)
		why, err := b.actions.Why(t.Context(), who, []string{"acme"})
		see("why", why.Clients, err)
		st, err := b.actions.Status(t.Context(), who, []string{"acme"})
		see("status", st.Client, err)
		whatif, err := b.actions.WhatIf(t.Context(), who, []string{"web1"})
		see("what if", whatif.Clients, err)
		found, err := b.actions.Impact(t.Context(), who, ops.ImpactRequest{})
		see("impact", found.Guides, err)
		if who.SeesPhones() && shown < 3 {
			t.Errorf("%s sees numbers in %d answers", who.Role, shown)
		}
	}
}
