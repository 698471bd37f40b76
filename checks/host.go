package checks

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"opsbot/model"
)

// HostOptions are the options of kind "host": load, memory, uptime and clock of this machine. Zero values set no limit.
type HostOptions struct {
	Load   float64        `toml:"load"`   // maximum load over 5 minutes, per core
	Memory int            `toml:"memory"` // maximum percent of the memory in use, caches not counted. Default 95
	Uptime model.Duration `toml:"uptime"` // fails for that long after a restart, so that somebody is notified
	Skew   model.Duration `toml:"skew"`   // maximum clock offset
	NTP    string         `toml:"ntp"`    // the time server to compare with: host, or host:port
}

// defaultMemory leaves the kernel what it needs before the OOM killer starts.
const defaultMemory = 95

// maxLoad is the highest limit on the load per core.
const maxLoad = 1000

// Validate returns what is wrong.
func (o *HostOptions) Validate() []model.Sentence {
	var wrong []model.Sentence
	if !(o.Load >= 0 && o.Load <= maxLoad) { // NaN is not a load
		wrong = append(wrong, notBetween("load", o.Load, 0, maxLoad))
	}
	if o.Memory < 0 || o.Memory > 100 {
		wrong = append(wrong, notBetween("memory", o.Memory, 0, 100))
	}
	wrong = append(wrong, o.wrongClock()...)
	if wrong == nil && *o == (HostOptions{}) {
		wrong = append(wrong, model.Say("config.machine.nothing", "key", "memory"))
	}
	return wrong
}

// Checker returns the check.
func (o *HostOptions) Checker() model.Checker {
	return hostCheck{want: *o, proc: os.DirFS("/proc"), cores: runtime.NumCPU()}
}

type hostCheck struct {
	want  HostOptions
	proc  fs.FS // Linux's /proc
	cores int
}

// Check reads /proc, and queries the time server. The first exceeded limit is the reason.
func (h hostCheck) Check(ctx context.Context) model.Result {
	p := &probe{}
	var first *finding
	for _, look := range []func(*probe) (*finding, error){h.load, h.memory, h.uptime, func(p *probe) (*finding, error) { return h.clock(ctx, p), nil }} {
		f, err := look(p)
		if err != nil {
			f = unknown(model.ReasonLocal, "said", err.Error())
		}
		if f != nil && (first == nil || first.status == model.StatusUnknown && f.status == model.StatusFail) {
			first = f
		}
	}
	return p.result(first)
}

func (h hostCheck) load(p *probe) (*finding, error) {
	if h.want.Load == 0 {
		return nil, nil
	}
	load, err := h.number("loadavg", 1)
	if err != nil {
		return nil, err
	}
	return p.overLoad(load, h.cores, h.want.Load), nil
}

// overLoad compares a load with the maximum, which is per core.
func (p *probe) overLoad(load float64, cores int, most float64) *finding {
	text := strconv.FormatFloat(load, 'f', -1, 64)
	p.measure(model.MeasuredLoad, "load", text, "cores", strconv.Itoa(cores))
	if load < most*float64(cores) {
		return nil
	}
	return fail(model.ReasonHostLoad, "load", text, "cores", strconv.Itoa(cores),
		"max", strconv.FormatFloat(most, 'f', -1, 64))
}

func (h hostCheck) memory(p *probe) (*finding, error) {
	if h.want.Memory == 0 {
		return nil, nil
	}
	data, err := fs.ReadFile(h.proc, "meminfo")
	if err != nil {
		return nil, err
	}
	return p.overMemory(string(data), h.want.Memory)
}

// overMemory compares /proc/meminfo with the maximum, in percent.
func (p *probe) overMemory(meminfo string, most int) (*finding, error) {
	total, left := kilobytes(meminfo, "MemTotal:"), kilobytes(meminfo, "MemAvailable:")
	if total == 0 || left > total {
		return nil, fmt.Errorf("meminfo: %d kB of %d kB available", left, total)
	}
	used := percent(total-left, total)
	p.measure(model.MeasuredMemory, "used", strconv.Itoa(used), "left", humanize.IBytes(left<<10))
	if used < most {
		return nil, nil
	}
	return fail(model.ReasonHostMemory, "used", strconv.Itoa(used), "max", strconv.Itoa(most), "left", humanize.IBytes(left<<10)), nil
}

func (h hostCheck) uptime(p *probe) (*finding, error) {
	if h.want.Uptime == 0 {
		return nil, nil
	}
	seconds, err := h.number("uptime", 0)
	up := time.Duration(seconds) * time.Second
	if err == nil {
		p.measure(model.MeasuredUptime, "took", up.String())
	}
	if err != nil || up >= time.Duration(h.want.Uptime) {
		return nil, err
	}
	return fail(model.ReasonHostRestarted, "took", up.String()), nil
}

// number reads the nth number of a one-line file.
func (h hostCheck) number(file string, n int) (float64, error) {
	data, err := fs.ReadFile(h.proc, file)
	if err != nil {
		return 0, err
	}
	return numberIn(file, string(data), n)
}

// numberIn is the nth number of a text; file names it in errors.
func numberIn(file, text string, n int) (float64, error) {
	words := strings.Fields(text)
	if len(words) <= n {
		return 0, fmt.Errorf("%s: %d words", file, len(words))
	}
	v, err := strconv.ParseFloat(words[n], 64)
	if err != nil || !(v >= 0 && v < 1e9) {
		return 0, fmt.Errorf("%s: no number %q", file, words[n])
	}
	return v, nil
}

// kilobytes reads a line of meminfo; 0 if it does not exist.
func kilobytes(meminfo, key string) uint64 {
	_, rest, _ := strings.Cut(meminfo, key)
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0
	}
	n, err := strconv.ParseUint(words[0], 10, 50)
	if err != nil {
		return 0
	}
	return n
}
