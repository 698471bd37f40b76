package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"opsbot/deploy/examples"
	"opsbot/inventory"
	"opsbot/sandbox"
)

// SandboxOptions say how to try opsbot.
type SandboxOptions struct {
	App      Options // ConfigPath is not read: the sandbox writes its own
	PageAddr string  // default: sandbox.DefaultPageAddr
	Example  string  // one of sandbox.Examples; "" is a small hosting company
}

// tokenEnv is the variable that turns the sandbox's chat into the real Telegram.
const tokenEnv = "OPSBOT_TELEGRAM_TOKEN" //nolint:gosec // the name of a variable, no credential

// Sandbox runs the whole product on a simulated fleet until ctx ends. Without a token it talks to a local Bot API server
// with a chat page; with one, the same fleet talks through the real Telegram.
func Sandbox(ctx context.Context, o SandboxOptions) error {
	realTelegram := os.Getenv(tokenEnv) != ""
	dir, forget, err := sandboxDir(realTelegram, o.Example)
	if err != nil {
		return err
	}
	defer forget()
	example, err := exampleOf(o.Example)
	if err != nil {
		return err
	}
	s, err := sandbox.Start(ctx, sandbox.Options{PageAddr: o.PageAddr, Dir: dir, Example: example})
	if err != nil {
		return err
	}
	defer s.Close()
	p := props{world: s, dir: dir, local: !realTelegram}
	if _, err := p.write(); err != nil {
		return err
	}
	o.App.ConfigPath = p.config()
	o.App.Resolver = stageNames{s.Names(), net.DefaultResolver}
	a, err := New(ctx, o.App)
	if err != nil {
		return err
	}
	if realTelegram {
		fmt.Fprintf(o.App.Stdout, "\nThe fleet: %s (chat in the real Telegram)\n\n", s.URL())
	} else {
		fmt.Fprintf(o.App.Stdout, "\nOpen this page: %s\nEnd it with Ctrl-C. The configuration it runs on: %s\n\n", s.URL(), o.App.ConfigPath)
	}
	ctx, stop := context.WithCancel(ctx)
	var followed sync.WaitGroup
	followed.Go(func() { p.follow(ctx, a) })
	defer followed.Wait()
	defer stop()
	return a.Run(ctx)
}

func exampleOf(name string) (sandbox.Example, error) {
	if name == "" {
		return sandbox.Example{}, nil
	}
	files, err := examples.Files(name)
	if err != nil {
		return sandbox.Example{}, fmt.Errorf("there is no example %q; there are %s", name, strings.Join(sandbox.Examples(), ", "))
	}
	return sandbox.Example{Name: name, Files: files}, nil
}

// props are the files that the product finds in the sandbox's world.
type props struct {
	world *sandbox.Sandbox
	dir   string
	local bool // chats in the page, not in the real Telegram
	last  map[string]string
}

func (p *props) config() string { return filepath.Join(p.dir, "opsbot.toml") }

// write brings the files up to date, and reports whether any has changed.
func (p *props) write() (changed bool, err error) {
	files, err := p.world.Files(p.local)
	if err != nil {
		return false, err
	}
	for name, text := range files {
		if p.last[name] == text {
			continue
		}
		changed = true
		if err := os.WriteFile(filepath.Join(p.dir, filepath.Base(name)), []byte(text), 0o600); err != nil {
			return true, fmt.Errorf("write the sandbox's %s: %w", name, err)
		}
	}
	p.last = files
	return changed, nil
}

// follow reloads when a switch changes what the files say: a disk that is full is a lower limit there.
func (p *props) follow(ctx context.Context, a *App) {
	log := a.component("sandbox")
	version := uint64(0)
	for {
		next, err := p.world.Fleet.WaitChange(ctx, version)
		if err != nil { // ctx has ended
			return
		}
		version = next
		changed, err := p.write()
		if err == nil && changed {
			err = a.Reload(ctx)
		}
		if err != nil && ctx.Err() == nil {
			log.WithError(err).Error("follow the switches")
		}
	}
}

// stageNames knows the names of a world; the rest is asked of next.
type stageNames struct {
	names map[string][]netip.Addr
	next  inventory.Resolver
}

// LookupNetIP implements inventory.Resolver.
func (n stageNames) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	addresses, ours := n.names[host]
	switch {
	case !ours:
		return n.next.LookupNetIP(ctx, network, host)
	case network == "ip6":
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	default:
		return addresses, nil
	}
}

// sandboxDir is where the sandbox keeps its database: a folder of its own that goes with it, or, with the real Telegram,
// one that stays, so that who was paired need not pair again.
func sandboxDir(keep bool, example string) (dir string, forget func(), err error) {
	if !keep {
		dir, err = os.MkdirTemp("", "opsbot-sandbox-")
		return dir, func() { _ = os.RemoveAll(dir) }, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", nil, errors.Join(errors.New("there is no folder to keep the sandbox's database in"), err)
	}
	dir = filepath.Join(cache, "opsbot-sandbox", example)
	return dir, func() {}, os.MkdirAll(dir, 0o700)
}
