package texts_test

import (
	"strings"
	"testing"

	"opsbot/model"
)

// twoProblems are those of a configuration, one of them with a line break and a sentence within another.
func twoProblems() model.Problems {
	return model.Problems{
		{Place: model.Place{File: "opsbot.toml", Line: 41, Path: `checks[2] "main-db"`}, What: model.Say("config.renamed", "key", "rearm", "now", "reset")},
		{Place: model.Place{File: "c.csv", Line: 2}, What: model.Say("config.about", "subject", model.Say("config.client", "name", "a\nb"),
			"what", model.UnknownName(model.Say("config.unknown.host"), "wbe1", []string{"web1"}))},
	}
}

var twoInWords = map[string]string{
	"en": `opsbot.toml:41: checks[2] "main-db": "rearm" is now called "reset": rename it` + "\n" + `c.csv:2: client "a\nb": unknown host "wbe1": did you mean "web1"?`,
	"ru": `opsbot.toml:41: checks[2] "main-db": "rearm" теперь называется "reset": переименуйте` + "\n" + `c.csv:2: клиент "a\nb": неизвестный хост "wbe1": возможно, имелось в виду "web1"`,
}

func TestProblemsInWords(t *testing.T) {
	for lang, want := range twoInWords {
		if got := load(t).For(lang).Problems(twoProblems()); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", lang, got, want)
		}
	}
}

// TestAReloadThatFails is read at the control socket and in the chat, each in its language.
func TestAReloadThatFails(t *testing.T) {
	issue := model.NewReason(model.IssueReload, "what", twoProblems()[0].Encode())
	for lang, want := range twoInWords {
		p := load(t).For(lang)
		for _, err := range []error{twoProblems(), &model.Error{Code: model.ErrConfig, Err: twoProblems()}} {
			if got, _ := p.Error(err); !strings.HasSuffix(got, "\n"+want) {
				t.Errorf("%s: %s", lang, got)
			}
		}
		first, _, _ := strings.Cut(want, "\n")
		if got := p.Reason(issue); !strings.Contains(got, first) {
			t.Errorf("%s: %s", lang, got)
		}
	}
}

func TestASentenceWithoutWordsKeepsWhatItKnows(t *testing.T) {
	s := model.Say("config.from_the_future", "key", "a", "what", model.Say("config.unknown.host"))
	if got, want := load(t).For("ru").Sentence(s), `config.from_the_future key="a" what=(config.unknown.host)`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAProblemIsOneLine(t *testing.T) {
	pr := model.Problem{Place: model.Place{File: "a\nb"}, What: model.Say("config.syntax", "said", "x\ny")}
	if got := load(t).For("en").Problem(pr); strings.Contains(got, "\n") {
		t.Errorf("%q", got)
	}
}
