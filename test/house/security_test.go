package house_test

import (
	"slices"
	"strings"
	"testing"
)

// attackers are who docs/security.md thinks of.
var attackers = []string{
	"A stranger in Telegram", "A member of a group", "A client", "Somebody who reaches the listener", "A source of events", "A machine that is checked",
	"Somebody on opsbot's machine",
}

// TestEveryAttackHasItsTest: each attack of docs/security.md is one by somebody, says what happens, and names tests that exist.
func TestEveryAttackHasItsTest(t *testing.T) {
	atTop(t)
	tests := testsByFolder(t)
	attacks := map[string]int{}
	var chapters []string
	for _, line := range strings.Split(read(t, "docs/security.md"), "\n") {
		if by, is := strings.CutPrefix(line, "## "); is {
			chapters = append(chapters, by)
		}
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| attack |") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != 3 || len(chapters) == 0 {
			t.Errorf("a row of %d cells: %s", len(cells), line)
			continue
		}
		attacks[chapters[len(chapters)-1]]++
		named := newPromise("", cells[0], cells[2]).tests
		if len(named) == 0 {
			t.Errorf("no test beside: %s", cells[0])
		}
		for _, test := range named {
			if !tests[test] {
				t.Errorf("%s: %s has no test %s", cells[0], test.folder, test.name)
			}
		}
		if written, read := strings.Count(cells[2], "Test")+strings.Count(cells[2], "Fuzz"), len(named); written != read {
			t.Errorf("%s: %d tests are named, %d could be read", cells[0], written, read)
		}
	}
	if !slices.Equal(chapters, attackers) {
		t.Errorf("the chapters are %q, want %q", chapters, attackers)
	}
	for _, by := range attackers {
		if attacks[by] < 3 {
			t.Errorf("%s: %d attacks", by, attacks[by])
		}
	}
}
