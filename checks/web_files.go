package checks

import (
	"errors"
	"maps"
	"os"
	"strings"

	"opsbot/model"
)

// errHeaderLine says that a line of a file with headers is none. It does not show the line.
var errHeaderLine = errors.New(`a line is not of the form "Name: value"`)

// sent is the body of the request, from either option. The options are valid.
func (o *WebOptions) sent() string {
	text, _ := o.bodyOf()
	return text
}

// bodyOf is the body, or the content of its file without the line end at its end. The error does not show what was read.
func (o *WebOptions) bodyOf() (string, error) {
	if o.BodyFile == "" {
		return o.Body.Reveal(), nil
	}
	if !o.Body.IsZero() {
		return "", errBothSecrets
	}
	data, err := os.ReadFile(o.around.Path(o.BodyFile)) //nolint:gosec // what the config names is what is read
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), err
}

// wrongSent validates the body and its file.
func (o *WebOptions) wrongSent() []model.Sentence {
	body, err := o.bodyOf()
	switch {
	case errors.Is(err, errBothSecrets):
		return []model.Sentence{model.Say("config.both", "key", "body", "other", "body_file")}
	case err != nil:
		return []model.Sentence{wrongSecretFile("body_file", o.BodyFile, err)}
	case len(body) > maxSent:
		key := "body"
		if o.BodyFile != "" {
			key = "body_file"
		}
		return []model.Sentence{model.Say("config.web.body_size", "key", key, "most", maxSent>>10)}
	default:
		return nil
	}
}

// allHeaders are the headers of both options; what the configuration says of one comes first. The error does not show what was read.
func (o *WebOptions) allHeaders() (map[string]model.Secret, error) {
	if o.HeadersFile == "" {
		return o.Headers, nil
	}
	text, err := secretOf(o.around, model.Secret{}, o.HeadersFile)
	if err != nil {
		return nil, err
	}
	all := map[string]model.Secret{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, errHeaderLine
		}
		all[strings.TrimSpace(name)] = model.NewSecret(strings.TrimSpace(value))
	}
	maps.Copy(all, o.Headers)
	return all, nil
}
