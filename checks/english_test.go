package checks_test

import (
	"sync"

	"opsbot/model"
	"opsbot/texts"
)

var catalog = sync.OnceValues(texts.Load)

// inEnglish is what a person reads of options that are wrong; nil when nothing is.
func inEnglish(wrong []model.Sentence) []string {
	if len(wrong) == 0 {
		return nil
	}
	words, err := catalog()
	if err != nil {
		panic(err)
	}
	var all []string
	for _, s := range wrong {
		all = append(all, words.For(texts.English).Sentence(s))
	}
	return all
}
