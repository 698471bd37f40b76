package moved

import (
	"strings"

	"opsbot/model"
)

// Labels are labels of another system as opsbot can have them: keys are words, values are not empty and on one line.
func Labels(all map[string]string) map[string]string {
	clean := map[string]string{}
	for _, key := range model.SortedKeys(all) {
		word := strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \t\r\n,;=/@\"'{}", r) {
				return '-'
			}
			return r
		}, strings.TrimSpace(key))
		value := strings.Join(strings.Fields(strings.NewReplacer(",", " ", ";", " ", "=", "-", `"`, "").Replace(all[key])), " ")
		if word = strings.Trim(word, "-"); word != "" && value != "" && clean[word] == "" {
			clean[word] = model.Clip(value, maxLabel)
		}
	}
	return clean
}

// maxLabel bounds the value of a label, in letters.
const maxLabel = 60
