package store

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/texts"
)

// TestWhatADatabaseSaysHasWordsInBothLanguages reads the sentences of this room from its source: each is known to the texts.
func TestWhatADatabaseSaysHasWordsInBothLanguages(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	returned := regexp.MustCompile(`(?:return|errors\.New\()\s*"((?:the|another) [a-z -]+(?:: )?)"( \+ do)?`)
	found := 0
	for _, file := range []string{"sqlite.go", "postgres_words.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range returned.FindAllStringSubmatch(string(source), -1) {
			all := []string{m[1]}
			switch {
			case m[2] != "":
				all = []string{m[1] + "read", m[1] + "written"}
			case strings.HasSuffix(m[1], ": "): // what the database says follows
				all = []string{m[1] + `page 7: "x" is damaged`}
			}
			for _, said := range all {
				found++
				for _, lang := range texts.Languages() {
					what, _ := catalog.For(lang).Error(&model.Error{Code: model.ErrStore, Args: map[string]string{"what": said}})
					if (lang == "en") != strings.Contains(what, said) || strings.Contains(what, "[") {
						t.Errorf("%s: %q is said as %q", lang, said, what)
					}
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d sentences were found", found)
	}
}
