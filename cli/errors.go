package cli

import (
	"errors"
	"io/fs"
	"maps"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// explain is what a person at a terminal reads of an error, a line each: what is wrong, what to do. An error without words
// for people is printed as it is: at the terminal nobody else has the log.
func (con *Console) explain(err error) []string {
	p := con.printer()
	e, ok := errors.AsType[*model.Error](err)
	if !ok {
		return []string{"opsbot: " + usageError(p, err)}
	}
	if inner, ok := errors.AsType[*textError](e.Err); ok {
		e = &model.Error{Code: e.Code, Args: maps.Clone(e.Args), Choices: e.Choices}
		e.Args["what"] = p.T(inner.id, inner.args)
	}
	what, hint := p.Error(e)
	lines := []string{"opsbot: " + what, hint}
	if len(e.Choices) > 0 {
		lines = append(lines, p.T("did_you_mean", texts.Args{"names": strings.Join(e.Choices, ", ")}))
	}
	return lines
}

// fileError is an error of a file, with the path and the reason as arguments.
func fileError(code model.ErrorCode, path string, err error) error {
	what := err.Error()
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		path, what = e.Path, e.Err.Error()
	}
	return &model.Error{Code: code, Args: map[string]string{"path": path, "what": what}, Err: err}
}

// maxChoices is how many names are offered in place of an unknown one.
const maxChoices = 5

func unknownName(word string, known []string) error {
	return &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": word}, Choices: model.Closest(word, known, maxChoices)}
}
