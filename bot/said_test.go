package bot_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/bot"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// TestCommandsHaveNamesOfTheirOwn: a word is of one command, in whatever language, and each command can be called in each.
func TestCommandsHaveNamesOfTheirOwn(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]string{}
	for _, lang := range texts.Languages() {
		for _, command := range bot.CommandNames() {
			id := "cmd." + command + ".names"
			if !catalog.For(lang).Has(id) {
				t.Errorf("%s: /%s has no %q", lang, command, id)
				continue
			}
			for word := range strings.FieldsSeq(catalog.For(lang).T(id)) {
				if other := of[word]; other != "" && other != command {
					t.Errorf("%q is /%s and /%s", word, other, command)
				}
				of[word] = command
			}
		}
	}
}

// TestExamplesAreRight: what an error shows as an example is of that command, and is understood.
func TestExamplesAreRight(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 1, 15, 30, 0, 0, time.UTC)
	for _, lang := range texts.Languages() {
		p := catalog.For(lang)
		for _, command := range bot.CommandNames() {
			id := "cmd." + command + ".example"
			if !p.Has(id) {
				continue
			}
			args, ofIt := strings.CutPrefix(p.T(id), "/"+command+" ")
			if err := parsed(command, args, now); !ofIt || err != nil {
				t.Errorf("%s: %q is no example of /%s: %v", lang, p.T(id), command, err)
			}
		}
	}
}

// parsed reads the arguments of a command that takes a time.
func parsed(command, args string, now time.Time) (err error) {
	ws := strings.Fields(args)
	switch command {
	case "mute":
		_, err = ops.ParseMute(args)
	case "maintenance":
		_, err = ops.ParseMaintenance(args, now)
	case "extend":
		_, err = ops.ParseExtend(ws, now)
	case "logs":
		_, err = ops.ParseLogs(args, now)
	case "report":
		_, err = ops.ParseReport(ws, now)
	case "history", "chart", "audit":
		var text string
		if _, text, _, err = model.CutPast(ws, now); text == "" {
			return &model.Error{Code: model.ErrBadPast}
		}
	}
	return err
}
