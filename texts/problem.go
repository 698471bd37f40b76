package texts

import (
	"errors"
	"strings"

	"opsbot/model"
)

// Sentence is a sentence in words. One without a text reads as its id and arguments, so that nothing is lost.
func (p *Printer) Sentence(s model.Sentence) string {
	args := make(Args, len(s.Args)+len(s.Parts))
	for name, v := range s.Args {
		args[name] = v
	}
	for name, part := range s.Parts {
		args[name] = p.Sentence(part)
	}
	if text := p.T(s.ID, args); text != "["+s.ID+"]" {
		return text
	}
	return s.String()
}

// Problem is a problem in words, its place first: `opsbot.toml:41: checks[2] "main-db": address is missing`.
// It is one line, whatever is quoted in it.
func (p *Printer) Problem(pr model.Problem) string {
	return strings.Map(model.HarmlessRune, pr.Place.Prefix()+p.Sentence(pr.What))
}

// Problems is one problem a line.
func (p *Printer) Problems(ps model.Problems) string {
	lines := make([]string, len(ps))
	for i := range ps {
		lines[i] = p.Problem(ps[i])
	}
	return strings.Join(lines, "\n")
}

// withProblems adds the problems that an error carries as the argument "what".
func (p *Printer) withProblems(args Args, err error) {
	if problems, ok := errors.AsType[model.Problems](err); ok {
		args["what"] = p.Problems(problems)
	}
}

// encoded is the problem that an argument of a Reason holds; any other text stays as it is.
func (p *Printer) encoded(text string) string {
	if pr, err := model.DecodeProblem(text); err == nil {
		return p.Problem(pr)
	}
	return text
}
