package web

import (
	"net/http"

	"opsbot/model"
)

// SetAsideRenderer renders rows of the database that could not be read, and changes of them, as text.
type SetAsideRenderer interface {
	SetAside(language string, rows []model.SetAsideRow) string
	DroppedAside(language string, n int) string
}

// SetAsideView are the rows as data.
type SetAsideView struct {
	Rows []model.SetAsideRow `json:"rows"`
}

// RowCount is the number of rows that a change affected.
type RowCount struct {
	Rows int `json:"rows"`
}

func setAsideRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/set-aside", ask(func(r *http.Request, _ ControlRequest) ([]model.SetAsideRow, error) {
		return d.Actions.SetAside(r.Context(), actor(r))
	}, d.Renderer.SetAside, func(rows []model.SetAsideRow) any { return SetAsideView{rows} }))
	handle(mux, "POST /v1/set-aside/drop", ask(func(r *http.Request, req ControlRequest) (int, error) {
		return d.Actions.DropSetAside(r.Context(), actor(r), req.Words)
	}, d.Renderer.DroppedAside, func(n int) any { return RowCount{n} }))
}
