package cli

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"opsbot/model"
)

// baselineFile keeps one baseline, whatever its name.
type baselineFile string

// KeepBaseline implements ops.Baselines. The file is replaced as a whole, or not at all.
func (f baselineFile) KeepBaseline(_ context.Context, _ string, b *model.Baseline) error {
	data, err := json.Marshal(b)
	if err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(string(f)), filepath.Base(string(f))+".*")
	if err != nil {
		return fileError(model.ErrFile, string(f), err)
	}
	_, err = next.Write(append(data, '\n'))
	if err = errors.Join(err, next.Close()); err == nil {
		err = os.Rename(next.Name(), string(f))
	}
	if err != nil {
		_ = os.Remove(next.Name()) // it may not exist any more
		return fileError(model.ErrFile, string(f), err)
	}
	return nil
}

// Baseline implements ops.Baselines. A file that cannot be read is an error.
func (f baselineFile) Baseline(context.Context, string) (*model.Baseline, error) {
	data, err := os.ReadFile(string(f))
	var b model.Baseline
	if err == nil {
		err = json.Unmarshal(data, &b)
	}
	if err == nil && b.Rounds == 0 {
		err = &textError{id: "cli.wrong.baseline"}
	}
	if err != nil {
		return nil, fileError(model.ErrUnreadable, string(f), err)
	}
	return &b, nil
}
