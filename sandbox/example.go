package sandbox

import (
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"opsbot/sandbox/fleet"
)

// Example is a configuration to run instead of the hosting company's, and its name, one of Examples.
type Example struct {
	Name  string
	Files fs.FS // opsbot.toml and the files next to it, as shipped
}

// Examples are the names of the examples that have a world.
func Examples() []string { return []string{"site-monitor", "web-fleet"} }

// stage is the world of an example.
type stage struct {
	plan  fleet.Plan
	names map[string][]netip.Addr // DNS records of the example
	// instead returns, by file, texts of the example and their replacements.
	instead func(s *Sandbox) map[string][][2]string
}

func stageOf(name string) (stage, error) {
	switch name {
	case "site-monitor":
		return siteMonitor(), nil
	case "web-fleet":
		return webFleet(), nil
	default:
		return stage{}, fmt.Errorf("unknown example %q: there are %s", name, strings.Join(Examples(), ", "))
	}
}

// Names are the DNS records of this world: addresses by name. For the hosting company there are none.
func (s *Sandbox) Names() map[string][]netip.Addr { return s.stage.names }

// Files are the configuration and the files next to it, by name: the example's own, with the addresses of the stubs, at
// the pace of a demo, with notifications at all hours. Without local it has no [telegram]: for a real token and real
// chats. It contains the ports in use and the switches' modes, so it is known only after Start.
func (s *Sandbox) Files(local bool) (map[string]string, error) {
	if s.example.Name == "" {
		text := s.FleetConfig()
		if local {
			text = withTeam(s.Config()) + s.pagingConfig()
		}
		return map[string]string{mainFile: text + s.sourcesConfig() + s.mailConfig()}, nil
	}
	files := map[string]string{}
	instead := s.stage.instead(s)
	err := fs.WalkDir(s.example.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(s.example.Files, name)
		if err != nil {
			return err
		}
		files[name], err = replaced(name, string(data), instead[name])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("set up the example %s: %w", s.example.Name, err)
	}
	text := atDemoPace(files[mainFile]) + "\n" + s.ownSections()
	if local {
		text += s.telegramConfig()
	}
	files[mainFile] = text
	return files, nil
}

const mainFile = "opsbot.toml"

// replaced fails if a text to replace is missing: the example has changed, and its world has not.
func replaced(name, text string, instead [][2]string) (string, error) {
	var flat []string
	for _, pair := range instead {
		if !strings.Contains(text, pair[0]) {
			return "", fmt.Errorf("%s has no %q", name, pair[0])
		}
		flat = append(flat, pair[0], pair[1])
	}
	return strings.NewReplacer(flat...).Replace(text), nil
}

func (s *Sandbox) ownSections() string {
	return fmt.Sprintf(ownSections, s.path("opsbot.db"), s.path("opsbot.sock"))
}

const ownSections = `[store]
path = %q

[control]
socket = %q

[schedule]
tick  = "100ms"
splay = "1s"

`

var (
	tableHead = regexp.MustCompile(`^\[\[?([a-z_.]+)\]`)
	pace      = regexp.MustCompile(`^(schedule|timeout|confirm_every)\s*=`)
)

// demoPace is as in checkConfig: a failure is notified within 10 s.
const demoPace = `schedule      = "@every 2s"
timeout       = "1s"
confirm_every = "1s"
`

// atDemoPace drops the sections that the sandbox replaces, and runs everything every 2 s. Comments stay.
func atDemoPace(text string) string {
	var b strings.Builder
	table := ""
	for line := range strings.Lines(text) {
		if head := tableHead.FindStringSubmatch(line); head != nil {
			table = head[1]
		}
		own, _, _ := strings.Cut(table, ".")
		evenly := table == "checks" || table == "webtest"
		switch {
		case slices.Contains([]string{"telegram", "store", "control", "schedule"}, own) && !strings.HasPrefix(line, "#"):
		case evenly && pace.MatchString(line):
		case evenly && tableHead.MatchString(line):
			b.WriteString(line + demoPace)
		default:
			b.WriteString(line)
		}
	}
	return b.String()
}

// at is the current address of a stub.
func (s *Sandbox) at(stub string) string {
	if t, ok := s.target(stub); ok {
		return t.Address
	}
	return ""
}

func (s *Sandbox) target(name string) (fleet.Target, bool) {
	all := s.Fleet.State()
	i := slices.IndexFunc(all, func(t fleet.Target) bool { return t.Name == name })
	if i < 0 {
		return fleet.Target{}, false
	}
	return all[i], true
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}
