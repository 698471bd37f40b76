package checks

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"opsbot/charset"
	"opsbot/model"
)

// PluginOptions are the options of kind "plugin": a program that follows the guidelines of Nagios and Icinga. Its exit
// code is the status (0 ok, 1 warning, 2 critical, 3 unknown), its first line is the reason, with the values of all lines that are out of
// their range.
type PluginOptions struct {
	Command   []string `toml:"command"`    // the program by its absolute path, then its arguments; there is no shell
	WarningOK bool     `toml:"warning_ok"` // exit code 1 is ok. Default: it is a failure
	Address   string   `toml:"address"`    // replaces {address} in the arguments: a name or an IP address
	Targets

	semaphore semaphore
}

// placeholder is replaced by an address in the arguments of a plugin.
const placeholder = "{address}"

// Limits of a plugin's resources.
const (
	maxPlugins   = 32          // processes at once
	maxOutput    = 64 << 10    // bytes kept of its output; the rest is discarded
	pluginLinger = time.Second // how long a child of it may keep the output open
)

// pluginPath is the only environment variable of a plugin: tokens are not passed on.
const pluginPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Validate returns what is wrong. Whether the program exists is found out when it runs: the config may be another
// machine's.
func (o *PluginOptions) Validate() []model.Sentence {
	var wrong []model.Sentence
	switch {
	case len(o.Command) == 0:
		return []model.Sentence{model.Say("config.missing.list", "key", "command", "example", `["/usr/lib/nagios/plugins/check_load", "-w", "4"]`)}
	case !filepath.IsAbs(o.Command[0]):
		wrong = append(wrong, model.Say("config.not_absolute", "key", "command", "got", o.Command[0]))
	}
	if slices.ContainsFunc(o.Command, func(arg string) bool { return strings.Contains(arg, "\x00") }) {
		wrong = append(wrong, model.Say("config.zero_byte", "key", "command"))
	}
	o.form.alone = true
	takes := slices.ContainsFunc(o.Command[1:], func(arg string) bool { return strings.Contains(arg, placeholder) })
	switch set := o.set(o.Address); {
	case takes && len(set) == 0:
		wrong = append(wrong, model.Say("config.missing.placeholder", "key", "address"))
	case !takes && len(set) > 0:
		wrong = append(wrong, model.Say("config.no_placeholder", "key", "command", "other", set[0]))
	}
	return append(wrong, o.wrong(o.Address)...)
}

// Checker returns the check.
func (o *PluginOptions) Checker() model.Checker {
	return o.checker(o.Address, "", func(address string) model.Checker {
		command := slices.Clone(o.Command)
		for i := range command[1:] {
			command[i+1] = strings.ReplaceAll(command[i+1], placeholder, address)
		}
		return pluginCheck{command: command, warningOK: o.WarningOK, semaphore: o.semaphore}
	})
}

type pluginCheck struct {
	command   []string
	warningOK bool
	semaphore semaphore
}

// Check runs the program once. On timeout, it and its children are killed.
func (c pluginCheck) Check(ctx context.Context) model.Result {
	p := newProbe(ctx, nil)
	leave, refused := c.semaphore.enter(ctx)
	if refused != nil {
		return p.result(refused)
	}
	defer leave()
	var out, errOut cappedBuffer
	cmd := exec.CommandContext(ctx, c.command[0], c.command[1:]...) //nolint:gosec // what the config names is what is run
	cmd.Env, cmd.Dir = []string{pluginPath, "LC_ALL=C", "HOME=/"}, "/"
	cmd.Stdout, cmd.Stderr = &out, &errOut
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = pluginLinger
	err := cmd.Run()
	if cmd.ProcessState == nil {
		return p.result(unknown(model.ReasonPluginBroken, "path", c.command[0], "said", plain(err)))
	}
	_ = killGroup(cmd) // children it left behind; usually there are none
	if ctx.Err() != nil && !cmd.ProcessState.Exited() {
		return p.result(fail(model.ReasonPluginTimeout, "path", c.command[0], "limit", p.limit.String()))
	}
	return p.result(c.judge(p, cmd.ProcessState, outputOf(out, errOut)))
}

// outputOf is the output, or stderr if that is empty.
func outputOf(out, errOut cappedBuffer) string {
	for _, b := range []cappedBuffer{out, errOut} {
		if text := strings.TrimSpace(wordsOf(b.limited)); text != "" {
			return text
		}
	}
	return ""
}

// wordsOf is what a program printed as text, whatever encoding it is in.
func wordsOf(data []byte) string {
	if charset.Detect(data).Wide() && !bytes.Contains(data, []byte{0}) { // two odd bytes do not make it UTF-16
		return strings.ToValidUTF8(string(data), "")
	}
	text, _ := charset.Text(data)
	return text
}

// judge turns an exit code into a finding. Values outside the plugin's own ranges are appended to its text.
func (c pluginCheck) judge(p *probe, state *os.ProcessState, output string) *finding {
	said, perf := splitOutput(output)
	said = shortened(strings.Join(strings.Fields(said), " "))
	if said != "" {
		p.measure(model.MeasuredSaid, "said", said)
	} else {
		said = "it said nothing"
	}
	if over := overs(parsePerfdata(perf)); over != "" {
		said += " [" + over + "]"
	}
	switch code := state.ExitCode(); {
	case code == 0, code == 1 && c.warningOK:
		return nil
	case code == 1:
		return fail(model.ReasonPluginSays, "state", "warning", "said", said)
	case code == 2:
		return fail(model.ReasonPluginSays, "state", "critical", "said", said)
	case code == 3:
		return unknown(model.ReasonPluginSays, "state", "unknown", "said", said)
	default:
		return unknown(model.ReasonPluginBroken, "path", c.command[0], "said", state.String()+": "+said)
	}
}

func overs(all []measure) string {
	var words []string
	for _, m := range all {
		if m.over() {
			words = append(words, m.label+"="+m.value)
		}
	}
	return shortened(strings.Join(words, " "))
}

// killGroup kills a plugin with all its children that have not left its process group.
func killGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// cappedBuffer keeps the beginning of what is written and discards the rest silently.
type cappedBuffer struct{ limited []byte }

// Write never fails: a plugin with too much output is still judged by its exit code.
func (b *cappedBuffer) Write(data []byte) (int, error) {
	b.limited = append(b.limited, data[:min(len(data), maxOutput-len(b.limited))]...)
	return len(data), nil
}
