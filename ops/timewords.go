package ops

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// meantPast is meantTime of words that may say since when.
func meantPast(words []string, err error) error {
	meant := meantTime(words, err)
	if e, known := errors.AsType[*model.Error](meant); known && (e.Code == model.ErrUntilOrFrom || e.Code == model.ErrBadDuration) {
		return &model.Error{Code: model.ErrBadPast, Args: e.Args}
	}
	return meant
}

func isNumber(word string) bool {
	_, err := strconv.Atoi(word)
	return err == nil
}

// meantTime returns why words are not understood: a name that nobody has, and that looks like a time, is a time that is misspelt or lacks
// its "until". Other errors are returned as they are.
func meantTime(words []string, err error) error {
	e, known := errors.AsType[*model.Error](err)
	if !known || e.Code != model.ErrUnknownWord || len(e.Choices) > 0 {
		return err
	}
	at := slices.Index(words, e.Args["word"])
	if at < 0 {
		return err
	}
	if _, n := model.LeadingMoment(words[at:]); n > 1 || n == 1 && !isNumber(words[at]) {
		return &model.Error{Code: model.ErrUntilOrFrom, Args: map[string]string{"word": shorten(strings.Join(words[at:at+n], " "))}}
	}
	if model.IsTimeWord(words[at]) {
		return &model.Error{Code: model.ErrBadDuration, Args: map[string]string{"word": shorten(words[at])}}
	}
	return err
}
