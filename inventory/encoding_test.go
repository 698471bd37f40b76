package inventory_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"opsbot/inventory"
	"opsbot/model"
)

// TestInventoryInAnotherEncoding is read whole and said, and an import writes it in UTF-8.
func TestInventoryInAnotherEncoding(t *testing.T) {
	const text = "client,host,address,labels\nРомашка,веб1,10.0.0.1,город=Тверь;отдел=продажи\n"
	data, err := charmap.Windows1251.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	d, err := inventory.ReadCSV("a.csv", strings.NewReader(data))
	if err != nil || len(d.Hosts) != 1 || d.Hosts[0].Name != "веб1" || d.Hosts[0].Labels["город"] != "Тверь" || d.Clients[0].Name != "Ромашка" {
		t.Errorf("%+v %v", d, err)
	}
	if len(d.Notes) != 1 || d.Notes[0].What.Args["encoding"] != "windows-1251" {
		t.Errorf("notes: %v", d.Notes)
	}
	draft := draw(t, inventory.Import{As: "csv", Hosts: []model.FoundHost{{Name: "web2", Address: "10.0.0.2", Client: "Ромашка"}}}, data)
	if want := strings.Replace(text, "labels\n", "labels,source\n", 1) + "Ромашка,web2,10.0.0.2,,csv\n"; string(draft.Text) != want {
		t.Errorf("got %q\nwant %q", draft.Text, want)
	}
	if len(draft.Notes) != 1 || draft.Notes[0].ID != "config.import.rewritten" {
		t.Errorf("notes: %v", draft.Notes)
	}
}

// TestImportSaysWhatOfAnAddressIsNotUsed, whoever lists the host.
func TestImportSaysWhatOfAnAddressIsNotUsed(t *testing.T) {
	draft := draw(t, inventory.Import{As: "ansible", Hosts: []model.FoundHost{
		{Name: "a", Address: "[2001:db8::9]"}, {Name: "b", Address: "10.0.0.1, 10.0.0.2"}, {Name: "c", Address: "10.0.0.3:22"}, {Name: "d", Address: "300.1.1.1"}, {Name: "10.0.0.9:22"}, {Name: "[2001:db8::5]:2222"},
	}}, "")
	want := "client,host,address,services,tier,group,aliases,labels,source\n,10.0.0.9,10.0.0.9,,,,,,ansible\n,2001:db8::5,2001:db8::5,,,,,,ansible\n,a,2001:db8::9,,,,,,ansible\n,b,10.0.0.1,,,,,,ansible\n,c,10.0.0.3,,,,,,ansible\n,d,,,,,,,ansible\n"
	if got := string(draft.Text); sortedLines(got) != sortedLines(want) {
		t.Errorf("got:\n%s", got)
	}
	if len(draft.Notes) != 2 || draft.Notes[0].Args["rest"] != "10.0.0.2" || draft.Notes[1].Args["rest"] != "300.1.1.1" {
		t.Errorf("notes: %v", draft.Notes)
	}
}

func sortedLines(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
