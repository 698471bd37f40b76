package cli

import (
	"errors"
	"regexp"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// kongErrors are the errors of kong that a person can cause, by their English text, with the text of the command line for each. The
// names of groups are arguments of the text.
var kongErrors = []struct {
	pattern *regexp.Regexp
	id      string
}{
	{regexp.MustCompile(`^unexpected argument (?P<got>.+?)(?:, did you mean (?:one of )?(?P<near>.+)\?)?$`), "cli.wrong.argument"},
	{regexp.MustCompile(`^unknown flag (?P<got>\S+?)(?:, did you mean (?:one of )?(?P<near>.+)\?)?$`), "cli.wrong.flag"},
	{regexp.MustCompile(`^expected one of (?P<known>.+)$`), "cli.wrong.no_command"},
	{regexp.MustCompile(`^expected "(?P<what>.+)"$`), "cli.wrong.missing"},
	{regexp.MustCompile(`^missing positional arguments (?P<what>.+)$`), "cli.wrong.missing"},
	{regexp.MustCompile(`^(?P<what>\S+) must be one of (?:"",)?(?P<known>.+) but got (?P<got>".*")$`), "cli.wrong.one_of"},
	{regexp.MustCompile(`^(?P<what>\S+): expected (?:an int|a valid \d+ bit int) but got (?P<got>".*?")`), "cli.wrong.number"},
	{regexp.MustCompile(`^(?P<what>\S+): bool value must be .* but got (?P<got>".*")$`), "cli.wrong.bool"},
	{regexp.MustCompile(`^(?P<what>\S+): expected "<key>=<value>" but got (?P<got>".*")$`), "cli.wrong.pair"},
	{regexp.MustCompile(`^(?P<what>\S+): (?:missing value|expected \S+ value but got "EOL")`), "cli.wrong.no_value"},
}

// usageError is what is wrong with a command line, in the language of the console. What kong says otherwise is printed as it
// is.
func usageError(p *texts.Printer, err error) string {
	if e, ok := errors.AsType[*textError](err); ok {
		return p.T(e.id, e.args)
	}
	said := err.Error()
	if e, ok := errors.AsType[*model.ValueError](err); ok {
		if flag, _, found := strings.Cut(said, ": "); found && strings.HasPrefix(flag, "--") {
			return flag + ": " + p.Sentence(e.What)
		}
		return p.Sentence(e.What)
	}
	for _, k := range kongErrors {
		m := k.pattern.FindStringSubmatch(said)
		if m == nil {
			continue
		}
		args := texts.Args{"near": ""}
		for i, name := range k.pattern.SubexpNames() {
			if name != "" {
				args[name] = m[i]
			}
		}
		return p.T(k.id, args)
	}
	return said
}
