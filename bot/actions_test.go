package bot_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"opsbot/ops"
)

// TestEachActionIsACommandAndAButton: what can be done about alerts can be done in the chat, both ways, by whom the table says.
func TestEachActionIsACommandAndAButton(t *testing.T) {
	read := func(file string) string {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(source)
	}
	commands, buttons := read("commands.go"), read("buttons.go")
	for _, a := range ops.Table() {
		row := regexp.MustCompile(`\{"` + a.Command.Name + `", model\.Role(\w+), true, `).FindStringSubmatch(commands)
		lists := a.Name == ops.ActionMaintenance || a.Name == ops.ActionClose // without words it lists, for everybody
		if row == nil || strings.ToLower(row[1]) != a.Role.String() && !lists {
			t.Errorf("/%s is for %q, in the table for %s", a.Command.Name, row, a.Role)
		}
		if a.Button.Name == "" {
			continue
		}
		code := regexp.MustCompile(`\t(act\w+) += "` + a.Button.Name + `"`).FindStringSubmatch(buttons)
		if code == nil || !strings.Contains(buttons, "case "+code[1]+":\n\t\treturn r.press") {
			t.Errorf("no button does %s: %q", a.Button.Name, code)
		}
	}
}
