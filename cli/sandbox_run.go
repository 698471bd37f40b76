package cli

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

	"github.com/sirupsen/logrus"

	"opsbot/app"
	"opsbot/deploy/examples"
	"opsbot/inventory"
	"opsbot/sandbox"
	"opsbot/texts"
)

// sandboxOptions say how to try opsbot.
type sandboxOptions struct {
	p        *texts.Printer
	app      app.Options // ConfigPath is not read: the sandbox writes its own
	pageAddr string      // default: sandbox.DefaultPageAddr
	apiURL   string      // with a token: where Telegram is, if not at its own address; and the way there
	proxy    string
	example  string // one of sandbox.Examples; "" is a small hosting company
}

// tokenEnv is the variable that turns the sandbox's chat into the real Telegram.
const tokenEnv = "OPSBOT_TELEGRAM_TOKEN" //nolint:gosec // the name of a variable, no credential

// runSandbox runs the whole product on a simulated fleet until ctx ends. Without a token it talks to a local Bot API server
// with a chat page; with one, the same fleet talks through the real Telegram.
func runSandbox(ctx context.Context, o sandboxOptions) error {
	if !onlyHere(o.pageAddr) {
		return &textError{"cli.wrong.page", texts.Args{"got": o.pageAddr, "default": sandbox.DefaultPageAddr}}
	}
	realTelegram := os.Getenv(tokenEnv) != ""
	dir, remove, err := sandboxDir(realTelegram, o.example)
	if err != nil {
		return err
	}
	defer remove()
	example, err := exampleOf(o.example)
	if err != nil {
		return err
	}
	s, err := sandbox.Start(ctx, sandbox.Options{PageAddr: o.pageAddr, Dir: dir, Example: example})
	if err != nil {
		return err
	}
	defer s.Close()
	f := fixtures{sandbox: s, dir: dir, local: !realTelegram, telegram: telegramConfig(o.apiURL, o.proxy)}
	if _, err := f.write(); err != nil {
		return err
	}
	return f.run(ctx, o.p, o.app)
}

// onlyHere reports whether an address is one of this machine alone: the page asks nobody who they are.
func onlyHere(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return address == "" || err == nil && ip != nil && ip.IsLoopback()
}

// run runs the product on the fixtures.
func (f *fixtures) run(ctx context.Context, p *texts.Printer, o app.Options) error {
	o.ConfigPath = f.config()
	o.Resolver = sandboxNames{f.sandbox.Names(), net.DefaultResolver}
	a, err := app.New(ctx, o)
	if err != nil {
		return err
	}
	id := "cli.sandbox.fleet"
	if f.local {
		id = "cli.sandbox.page"
	}
	fmt.Fprintf(o.Stdout, "\n%s\n\n", p.T(id, texts.Args{"url": f.sandbox.URL(), "file": o.ConfigPath}))
	ctx, stop := context.WithCancel(ctx)
	var followed sync.WaitGroup
	followed.Go(func() { f.follow(ctx, a, o.Log.WithField("component", "sandbox")) })
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
		return sandbox.Example{}, &textError{"cli.wrong.example", texts.Args{"got": name, "known": strings.Join(sandbox.Examples(), ", ")}}
	}
	return sandbox.Example{Name: name, Files: files}, nil
}

// fixtures are the files that the product reads in the sandbox.
type fixtures struct {
	sandbox *sandbox.Sandbox
	dir     string
	local   bool // the chat is on the page, not in the real Telegram

	telegram string // section for the real Telegram
	last     map[string]string
}

// mainName is the file that the others stand beside.
const mainName = "opsbot.toml"

func (f *fixtures) config() string { return filepath.Join(f.dir, mainName) }

// telegramConfig is the section that leads to Telegram by another way than the usual.
func telegramConfig(apiURL, proxy string) string {
	var b strings.Builder
	if apiURL != "" {
		fmt.Fprintf(&b, "api_urls = [%q]\n", apiURL)
	}
	if proxy != "" {
		fmt.Fprintf(&b, "proxies = [%q]\n", proxy)
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n[telegram]\n" + b.String()
}

// write brings the files up to date, and reports whether any has changed.
func (f *fixtures) write() (changed bool, err error) {
	files, err := f.sandbox.Files(f.local)
	if err != nil {
		return false, err
	}
	for name, text := range files {
		if name == mainName && !f.local {
			text += f.telegram
			files[name] = text
		}
		if f.last[name] == text {
			continue
		}
		changed = true
		if err := os.WriteFile(filepath.Join(f.dir, filepath.Base(name)), []byte(text), 0o600); err != nil {
			return true, fmt.Errorf("write the sandbox's %s: %w", name, err)
		}
	}
	f.last = files
	return changed, nil
}

// follow reloads when a switch of the page changes the files: a full disk is a lower limit there.
func (f *fixtures) follow(ctx context.Context, a *app.App, log logrus.FieldLogger) {
	version := uint64(0)
	for {
		next, err := f.sandbox.Fleet.WaitChange(ctx, version)
		if err != nil { // ctx has ended
			return
		}
		version = next
		changed, err := f.write()
		if err == nil && changed {
			err = a.Reload(ctx)
		}
		if err != nil && ctx.Err() == nil {
			log.WithError(err).Error("follow the switches")
		}
	}
}

// sandboxNames resolves the names of the sandbox, and asks next for all others.
type sandboxNames struct {
	names map[string][]netip.Addr
	next  inventory.Resolver
}

// LookupNetIP implements inventory.Resolver.
func (n sandboxNames) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
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

// sandboxDir is where the sandbox keeps its database: a folder that is removed at the end, or, with the real Telegram, one
// that stays, so that the admin need not pair again.
func sandboxDir(keep bool, example string) (dir string, remove func(), err error) {
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
