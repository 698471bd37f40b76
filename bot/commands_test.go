package bot_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestOneCommandOneFile holds the files to the table of commands: each has cmd_<command>.go with its method, and there is no
// such file for anything else.
func TestOneCommandOneFile(t *testing.T) {
	table, err := os.ReadFile("commands.go")
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, m := range regexp.MustCompile(`\{"(\w+)", model\.Role\w+, \w+, \(\*request\)\.(cmd\w+)\}`).FindAllStringSubmatch(string(table), -1) {
		commands = append(commands, m[1])
		source, err := os.ReadFile("cmd_" + m[1] + ".go")
		if err != nil {
			t.Errorf("/%s: %v", m[1], err)
		}
		if !strings.Contains(string(source), ") "+m[2]+"(") {
			t.Errorf("cmd_%s.go has no %s", m[1], m[2])
		}
	}
	if len(commands) < 20 {
		t.Fatalf("the table reads as %v", commands)
	}
	files, err := filepath.Glob("cmd_*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(strings.TrimPrefix(file, "cmd_"), ".go"); !slices.Contains(commands, name) {
			t.Errorf("%s is the file of no command", file)
		}
	}
}
