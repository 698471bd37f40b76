package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// service is the service manager of a machine, as far as init uses it.
type service interface {
	installed() bool // opsbot is a service here
	allowed() bool   // whoever asks may start services
	start(ctx context.Context) error
}

// systemd starts opsbot by its unit.
type systemd struct{}

func (systemd) installed() bool {
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		return false
	}
	return exec.Command("systemctl", "cat", "opsbot.service").Run() == nil //nolint:noctx // it reads a file
}

func (systemd) allowed() bool { return os.Geteuid() == 0 }

// start starts the service now and at each boot. It returns once all parts run.
func (systemd) start(ctx context.Context) error {
	for _, what := range []string{"enable", "restart"} {
		out, err := exec.CommandContext(ctx, "systemctl", what, "opsbot.service").CombinedOutput() //nolint:gosec // one of two words
		if err != nil {
			return fmt.Errorf("systemctl %s opsbot: %w: %s", what, err, strings.TrimSpace(string(out)))
		}
	}
	return nil
}
