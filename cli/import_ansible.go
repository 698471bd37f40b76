package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"opsbot/inventory/found"
	"opsbot/model"
)

// Limits of ansible-inventory, which may ask clouds.
const (
	listTime = 5 * time.Minute
	maxList  = 32 << 20 // bytes of its output
)

// ansibleHosts reads an inventory from its files, or runs ansible-inventory on it if a person asked for that: it runs the programs in it.
func ansibleHosts(ctx context.Context, path string, run bool) ([]model.FoundHost, []model.Sentence, error) {
	if !run {
		return found.Ansible(path)
	}
	out, err := ansibleList(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	return found.AnsibleList("ansible-inventory", out)
}

// ansibleList is the output of ansible-inventory --list.
func ansibleList(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ansible-inventory", "--list", "-i", path) //nolint:gosec // what a person named is what is read; there is no shell
	cmd.WaitDelay = time.Second
	out, said := &bounded{most: maxList}, &bounded{most: 64 << 10}
	cmd.Stdout, cmd.Stderr = out, said
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("run ansible-inventory: %w", ctx.Err())
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("ansible-inventory is not installed here: save the output of ansible-inventory --list to a file where it is, and import that")
	case err != nil:
		return nil, fmt.Errorf("ansible-inventory: %w: %s", err, lastLine(said.String()))
	case out.over:
		return nil, fmt.Errorf("ansible-inventory prints more than %d MiB", maxList>>20)
	}
	return out.Bytes(), nil
}

// lastLine is the last line with words, which says what went wrong.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return model.Clip(lines[len(lines)-1], 300)
}

// bounded keeps the beginning of what is written.
type bounded struct {
	bytes.Buffer
	most int
	over bool
}

// Write never fails: who writes too much is told when it has ended.
func (b *bounded) Write(data []byte) (int, error) {
	keep := min(len(data), b.most-b.Len())
	b.over = b.over || keep < len(data)
	_, err := b.Buffer.Write(data[:keep])
	return len(data), err
}
