package app

import (
	"errors"
	"fmt"
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
	if !isForPeople(err) {
		return []string{"opsbot: " + err.Error()}
	}
	p := catalog.For(lang)
	what, hint := p.Error(err)
	lines := []string{"opsbot: " + what, hint}
	if e, ok := errors.AsType[*model.Error](err); ok && len(e.Choices) > 0 {
		lines = append(lines, p.T("did_you_mean", texts.Args{"names": strings.Join(e.Choices, ", ")}))
	}
	return lines
}

// Check reads a configuration and everything that it names, and sums it up. The error is model.Problems.
func Check(path string) (string, error) {
	l, err := Load(path, nil)
	if err != nil {
		return "", err
	}
	inv := inventory.NewLive(l.source(), inventory.Options{}).Current()
	cfg := l.Config
	lines := []string{
		fmt.Sprintf("%s: no mistakes", strings.Join(cfg.Files, ", ")),
		fmt.Sprintf("before DNS is asked: clients %d, hosts %d, checks %d", len(inv.Clients()), len(inv.Hosts()), len(inv.Checks())),
	}
	if cfg.Telegram.Token.IsZero() {
		lines = append(lines, "note: there is no Telegram token, so alerts go to the console only")
	}
	if len(cfg.Connectivity.Probes) == 0 {
		lines = append(lines, `note: [connectivity] has no probes, so when this machine's own network fails, everything is told as down; probes = ["tcp:ROUTER:53"] prevents that`)
	}
	return strings.Join(lines, "\n"), nil
}
