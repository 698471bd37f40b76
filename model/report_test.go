package model_test

import (
	"strings"
	"testing"

	"opsbot/model"
)

func TestCSVCell(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "web1": "web1", "10.0.0.1:80": "10.0.0.1:80", "=HYPERLINK(1)": "'=HYPERLINK(1)", "+7": "'+7", "-1": "'-1",
		"@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\r=1": "'\r=1", "\n=1": "'\n=1", "  =1": "'  =1", " web1": " web1",
	} {
		if got := model.CSVCell(cell); got != want {
			t.Errorf("%q is %q, want %q", cell, got, want)
		}
	}
}

func TestDocumentIsOpenByItself(t *testing.T) {
	p := &model.ReportParts{
		HTML:  "<body>" + model.ReportNote + `<img src="cid:chart.png"></body>`,
		Files: []model.ReportFile{{Name: "rows.csv", Data: []byte("a")}, {Name: "chart.png", Type: "image/png", Data: []byte("png"), Inline: true}},
	}
	if got := string(p.Document()); got != `<body><img src="data:image/png;base64,cG5n"></body>` {
		t.Error(got)
	}
	if got := p.Noted("<again>"); !strings.Contains(got, "&lt;again&gt;</p><img") {
		t.Error(got)
	}
}
