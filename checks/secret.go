package checks

import (
	"fmt"
	"os"
	"strings"

	"opsbot/model"
)

// secretOf is a secret, or the content of its file. The error is for the reader of the config: it does not show what was
// read.
func secretOf(around model.Environment, value model.Secret, file string) (string, error) {
	switch {
	case file == "":
		return value.Reveal(), nil
	case !value.IsZero():
		return "", fmt.Errorf("%q stands beside the value itself: keep one", file)
	}
	data, err := os.ReadFile(around.Path(file)) //nolint:gosec // what the config names is what is read
	switch {
	case err != nil:
		return "", fmt.Errorf("%q: %s", file, plain(err))
	case len(data) > maxSecretFile || strings.TrimSpace(string(data)) == "":
		return "", fmt.Errorf("%q holds no secret: it is empty or over 64 KiB", file)
	}
	return strings.TrimSpace(string(data)), nil
}
