package web

import (
	"net/http"

	"opsbot/ops"
)

// GatewayRenderer confirms a test of a gateway in words.
type GatewayRenderer interface {
	GatewayTested(language string, t *ops.GatewayTest) string
}

// GatewayView is the answer to a test of a gateway.
type GatewayView struct {
	Gateway string `json:"gateway"`
	Person  string `json:"person"`
}

func gatewayRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/gateway/test", ask(func(r *http.Request, req ControlRequest) (*ops.GatewayTest, error) {
		t, err := d.Actions.TestGateway(r.Context(), actor(r), req.Words)
		return &t, err
	}, d.Renderer.GatewayTested, func(t *ops.GatewayTest) any { return GatewayView{t.Gateway, t.Person} }))
}
