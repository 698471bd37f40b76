package checks

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"golang.org/x/crypto/ssh"

	"opsbot/model"
	reach "opsbot/ssh"
)

// sshQuestion is a fixed command and how to evaluate its output.
type sshQuestion struct {
	command []string
	judge   func(p *probe, a sshAnswer) *finding
}

// sshAnswer is the output of a command.
type sshAnswer struct {
	out, errOut string // at most maxOutput bytes each
	code        int
}

// question is the command of the options.
func (o *SSHOptions) question() sshQuestion {
	switch {
	case len(o.Disk) > 0:
		return sshQuestion{append([]string{"df", "-P", "-k"}, o.Disk...), o.judgeDisk}
	case o.Load > 0:
		return sshQuestion{[]string{"cat", "/proc/loadavg", "/proc/stat"}, o.judgeLoad}
	case o.Memory > 0:
		return sshQuestion{[]string{"cat", "/proc/meminfo"}, o.judgeMemory}
	default:
		return sshQuestion{o.Command, o.judgeCommand}
	}
}

// run runs a command to its end.
func run(p *probe, client *ssh.Client, conn *reach.FaultConn, command []string) (sshAnswer, *finding) {
	session, err := client.NewSession()
	if err != nil {
		return sshAnswer{}, broken(p, conn, command[0], err)
	}
	defer func() { _ = session.Close() }() // it has ended by itself, or the connection is closed
	var out, errOut cappedBuffer
	session.Stdout, session.Stderr = &out, &errOut
	err = session.Run(reach.Quote(command))
	a := sshAnswer{out: wordsOf(out.limited), errOut: wordsOf(errOut.limited)}
	if exit, ok := errors.AsType[*ssh.ExitError](err); ok && exit.Signal() == "" {
		a.code = exit.ExitStatus()
		if a.code == 126 || a.code == 127 { // of a shell that cannot run a program
			return a, unknown(model.ReasonSSHBroken, "path", command[0], "said", a.words(), "addr", p.address)
		}
		return a, nil
	}
	if err != nil {
		return a, broken(p, conn, command[0], err)
	}
	return a, nil
}

// broken is why a command did not finish.
func broken(p *probe, conn *reach.FaultConn, path string, err error) *finding {
	if fault := conn.Fault(); fault != nil {
		return p.explain(fault)
	}
	return unknown(model.ReasonSSHBroken, "path", path, "said", shortened(plain(err)), "addr", p.address)
}

// words are the first line of the output, of stderr if there is any.
func (a sshAnswer) words() string {
	for _, text := range []string{a.errOut, a.out} {
		if line := firstLine(strings.TrimSpace(text)); line != "" {
			return shortened(line)
		}
	}
	return "it said nothing"
}

func (o *SSHOptions) judgeCommand(p *probe, a sshAnswer) *finding {
	if said := firstLine(strings.TrimSpace(a.out)); said != "" {
		p.measure(model.MeasuredSaid, "said", shortened(said))
	}
	if a.code != 0 {
		return fail(model.ReasonSSHExit, "path", o.Command[0], "code", strconv.Itoa(a.code), "said", a.words(), "addr", p.address)
	}
	if !strings.Contains(a.out, o.Contains) {
		return fail(model.ReasonSSHLacks, "path", o.Command[0], "want", shortened(o.Contains), "got", glimpse([]byte(a.out)), "addr", p.address)
	}
	return nil
}

// judgeDisk parses the lines of df -P -k: the file system, kilobytes, used, available, used in percent, where it is
// mounted. The first two and the last may contain spaces.
func (o *SSHOptions) judgeDisk(p *probe, a sshAnswer) *finding {
	lines := strings.Split(strings.TrimSpace(a.out), "\n")
	if a.code != 0 || len(lines) != len(o.Disk)+1 {
		return unknown(model.ReasonDiskUnseen, "path", strings.Join(o.Disk, ", "), "said", a.words())
	}
	var first *finding
	var others []string
	for i, line := range lines[1:] {
		used, left, err := diskLine(line)
		if err == nil {
			p.measure(model.MeasuredDisk, "path", o.Disk[i], "used", strconv.Itoa(used), "left", humanize.IBytes(left<<10))
		}
		switch {
		case err != nil:
			return unknown(model.ReasonSSHBroken, "path", "df", "said", err.Error(), "addr", p.address)
		case used < o.Used:
		case first == nil:
			first = fail(model.ReasonDiskUsed, "path", o.Disk[i], "used", strconv.Itoa(used), "max", strconv.Itoa(o.Used), "left", humanize.IBytes(left<<10))
		default:
			others = append(others, o.Disk[i])
		}
	}
	if len(others) > 0 {
		first.reason.Args["path"] += " (+ " + strings.Join(others, ", ") + ")"
	}
	return first
}

func diskLine(line string) (used int, left uint64, err error) {
	words := strings.Fields(line)
	for i := 3; i < len(words); i++ {
		text, isPercent := strings.CutSuffix(words[i], "%")
		if words[i] == "-" { // of file systems without a size, as /proc
			text, isPercent = "0", true
		}
		n, err := strconv.ParseUint(text, 10, 8)
		if !isPercent || err != nil {
			continue
		}
		if left, err := strconv.ParseUint(words[i-1], 10, 50); err == nil {
			return int(n), left, nil
		}
	}
	return 0, 0, fmt.Errorf("not a line of df: %q", shortened(line))
}

// judgeLoad parses /proc/loadavg, and /proc/stat after it, which has a line for each core.
func (o *SSHOptions) judgeLoad(p *probe, a sshAnswer) *finding {
	cores := 0
	for line := range strings.Lines(a.out) {
		if len(line) > 3 && strings.HasPrefix(line, "cpu") && line[3] >= '0' && line[3] <= '9' {
			cores++
		}
	}
	load, err := numberIn("loadavg", a.out, 1)
	switch {
	case a.code != 0:
		return unknown(model.ReasonSSHBroken, "path", "/proc/loadavg", "said", a.words(), "addr", p.address)
	case err != nil || cores == 0:
		return unknown(model.ReasonSSHBroken, "path", "/proc/loadavg", "said", "not the file of Linux", "addr", p.address)
	default:
		return p.overLoad(load, cores, o.Load)
	}
}

func (o *SSHOptions) judgeMemory(p *probe, a sshAnswer) *finding {
	said := a.words()
	if a.code == 0 {
		f, err := p.overMemory(a.out, o.Memory)
		if err == nil {
			return f
		}
		said = err.Error()
	}
	return unknown(model.ReasonSSHBroken, "path", "/proc/meminfo", "said", said, "addr", p.address)
}
