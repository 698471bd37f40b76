package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"opsbot/sandbox"
)

// SandboxOptions say how to try opsbot.
type SandboxOptions struct {
	App      Options // ConfigPath is not read: the sandbox writes its own
	PageAddr string  // default: sandbox.DefaultPageAddr
}

// tokenEnv is the variable that turns the sandbox's chat into the real Telegram.
const tokenEnv = "OPSBOT_TELEGRAM_TOKEN" //nolint:gosec // the name of a variable, no credential

// Sandbox runs the whole product on a simulated fleet until ctx ends. Without a token it talks to a local Bot API server
// with a chat page; with one, the same fleet talks through the real Telegram.
func Sandbox(ctx context.Context, o SandboxOptions) error {
	realTelegram := os.Getenv(tokenEnv) != ""
	dir, forget, err := sandboxDir(realTelegram)
	if err != nil {
		return err
	}
	defer forget()
	s, err := sandbox.Start(ctx, sandbox.Options{PageAddr: o.PageAddr, Dir: dir})
	if err != nil {
		return err
	}
	defer s.Close()
	text := s.Config()
	if realTelegram {
		text = s.FleetConfig()
	}
	o.App.ConfigPath = filepath.Join(dir, "opsbot.toml")
	if err := os.WriteFile(o.App.ConfigPath, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the sandbox's configuration: %w", err)
	}
	a, err := New(ctx, o.App)
	if err != nil {
		return err
	}
	if realTelegram {
		fmt.Fprintf(o.App.Stdout, "\nThe fleet: %s (chat in the real Telegram)\n\n", s.URL())
	} else {
		fmt.Fprintf(o.App.Stdout, "\nOpen this page: %s\nEnd it with Ctrl-C. The configuration it runs on: %s\n\n", s.URL(), o.App.ConfigPath)
	}
	return a.Run(ctx)
}

// sandboxDir is where the sandbox keeps its database: a folder of its own that goes with it, or, with the real Telegram,
// one that stays, so that who was paired need not pair again.
func sandboxDir(keep bool) (dir string, forget func(), err error) {
	if !keep {
		dir, err = os.MkdirTemp("", "opsbot-sandbox-")
		return dir, func() { _ = os.RemoveAll(dir) }, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", nil, errors.Join(errors.New("there is no folder to keep the sandbox's database in"), err)
	}
	dir = filepath.Join(cache, "opsbot-sandbox")
	return dir, func() {}, os.MkdirAll(dir, 0o700)
}
