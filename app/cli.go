package app

import (
	"errors"
	"strconv"
	"strings"

	"opsbot/config"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/texts"
)

// Language is that of the machine's locale, or what OPSBOT_LANGUAGE says.
func Language(getenv func(string) string) string { return consoleLanguage(getenv) }

// Starter is a commented configuration to begin with.
func Starter() string { return config.Starter() }

// Explain is what a person at a terminal reads of an error, a line each: what is wrong, what to do. An error that is for the
// log only reads as it is: at the terminal nobody else has the log.
func Explain(lang string, err error) []string {
	catalog, loadErr := texts.Load()
	if loadErr != nil {
		return []string{err.Error()}
	}
	p := catalog.For(lang)
	if problems, ok := errors.AsType[model.Problems](err); ok && !isForPeople(err) {
		return []string{p.Problems(problems)}
	}
	if wrong, ok := errors.AsType[*model.ValueError](err); ok && !isForPeople(err) {
		return []string{"opsbot: " + p.Sentence(wrong.What)}
	}
	if !isForPeople(err) {
		return []string{"opsbot: " + err.Error()}
	}
	what, hint := p.Error(err)
	lines := []string{"opsbot: " + what, hint}
	if e, ok := errors.AsType[*model.Error](err); ok && len(e.Choices) > 0 {
		lines = append(lines, p.T("did_you_mean", texts.Args{"names": strings.Join(e.Choices, ", ")}))
	}
	return lines
}

// CountProblems says how many problems there are.
func CountProblems(lang string, problems model.Problems) string {
	catalog, err := texts.Load()
	if err != nil {
		return strconv.Itoa(len(problems))
	}
	return catalog.For(lang).T("config.check.problems", texts.Args{"n": len(problems)})
}

// Check reads a configuration and everything that it names, and sums it up in a language. The error is model.Problems,
// which Explain puts into words.
func Check(lang, path string) (string, error) {
	catalog, err := texts.Load()
	if err != nil {
		return "", err
	}
	p := catalog.For(lang)
	l, err := Load(path, nil)
	if err != nil {
		return "", err
	}
	inv := inventory.NewLive(l.source(), inventory.Options{}).Current()
	cfg := l.Config
	lines := []string{
		p.T("config.check.ok", texts.Args{"files": strings.Join(cfg.Files, ", ")}),
		p.T("config.check.size", texts.Args{"clients": len(inv.Clients()), "hosts": len(inv.Hosts()), "checks": len(inv.Checks())}),
	}
	if cfg.Telegram.Token.IsZero() {
		lines = append(lines, p.T("config.check.no_token"))
	}
	if len(cfg.Connectivity.Probes) == 0 {
		lines = append(lines, p.T("config.check.no_probes"))
	}
	return strings.Join(lines, "\n"), nil
}
