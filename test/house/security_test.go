package house_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// attackers are who the page about attacks thinks of, and how its tables begin, by page.
var attackers = map[string]struct {
	chapters []string
	column   string
}{
	"docs/security.md": {[]string{
		"A stranger in Telegram", "A member of a group", "A client", "Somebody who reaches the listener", "A source of events", "A machine that is checked",
		"Somebody on opsbot's machine",
	}, "attack"},
	"docs/ru/security.md": {[]string{
		"Посторонний в Telegram", "Участник группы", "Клиент", "Тот, кому доступен веб-сервер", "Источник событий", "Машина, которую проверяют",
		"Тот, кто работает на машине opsbot",
	}, "атака"},
}

// TestEveryAttackHasItsTest: each attack is one by somebody, says what happens, and names tests that exist, the same ones in each language.
func TestEveryAttackHasItsTest(t *testing.T) {
	atTop(t)
	tried := map[string][]string{}
	for page, of := range attackers {
		tried[page] = attacksOf(t, page, of.chapters, of.column)
	}
	if diff := cmp.Diff(tried["docs/security.md"], tried["docs/ru/security.md"]); diff != "" {
		t.Errorf("the pages name different tests (-English +Russian):\n%s", diff)
	}
}

// attacksOf reads a page of attacks, and returns what tries each.
func attacksOf(t *testing.T, page string, attackers []string, column string) (tried []string) {
	t.Helper()
	tests := testsByFolder(t)
	attacks := map[string]int{}
	var chapters []string
	for _, line := range strings.Split(read(t, page), "\n") {
		if by, is := strings.CutPrefix(line, "## "); is {
			chapters = append(chapters, by)
		}
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| "+column+" |") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != 3 || len(chapters) == 0 {
			t.Errorf("a row of %d cells: %s", len(cells), line)
			continue
		}
		attacks[chapters[len(chapters)-1]]++
		tried = append(tried, cells[2])
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
	return tried
}
