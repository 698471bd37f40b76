package checks

import (
	"errors"
	"os"
	"strings"

	"opsbot/model"
)

// The ways in which the file of a secret is wrong.
var (
	errBothSecrets = errors.New("the secret and its file are both set")
	errNoSecret    = errors.New("the file is empty or over 64 KiB")
)

// wrongSecret validates the secret KEY and its file KEY_file. It does not show what it read.
func wrongSecret(around model.Environment, value model.Secret, key, file string) []model.Sentence {
	_, err := secretOf(around, value, file)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errBothSecrets):
		return []model.Sentence{model.Say("config.both", "key", key, "other", key+"_file")}
	default:
		return []model.Sentence{wrongSecretFile(key+"_file", file, err)}
	}
}

// wrongSecretFile is an error of secretOf, for people. key is the option with the file.
func wrongSecretFile(key, file string, err error) model.Sentence {
	if errors.Is(err, errNoSecret) {
		return model.Say("config.file.no_secret", "key", key, "file", file)
	}
	return model.Say("config.file", "key", key, "file", file, "said", plain(err))
}

// secretOf is a secret, or the content of its file. The error does not show what was read.
func secretOf(around model.Environment, value model.Secret, file string) (string, error) {
	switch {
	case file == "":
		return value.Reveal(), nil
	case !value.IsZero():
		return "", errBothSecrets
	}
	data, err := os.ReadFile(around.Path(file)) //nolint:gosec // what the config names is what is read
	switch {
	case err != nil:
		return "", err
	case len(data) > maxSecretFile || strings.TrimSpace(string(data)) == "":
		return "", errNoSecret
	}
	return strings.TrimSpace(string(data)), nil
}
