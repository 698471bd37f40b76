package cli

import (
	"slices"
	"testing"

	"github.com/alecthomas/kong"

	"opsbot/ops"
)

// TestEachActionIsACommand: what can be done about alerts can be done on the command line.
func TestEachActionIsACommand(t *testing.T) {
	var line Commands
	parser, err := kong.New(&line)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range ops.Table() {
		has := slices.ContainsFunc(parser.Model.Children, func(n *kong.Node) bool { return n.Name == a.Line.Name })
		if has != (a.Line.Name != "") {
			t.Errorf("opsbot %s: %v, in the table %+v", a.Name, has, a.Line)
		}
	}
}
