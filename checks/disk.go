package checks

import (
	"context"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/dustin/go-humanize"

	"opsbot/model"
)

// DiskOptions are the options of kind "disk": free space on this machine's file systems.
type DiskOptions struct {
	Paths  []string `toml:"paths"`  // absolute; each stands for the file system that contains it
	Used   int      `toml:"used"`   // maximum percent of the space in use, 1 to 100; 0 is no limit. Default 90
	Free   string   `toml:"free"`   // minimum free space, like "5 GB" or "500 MiB"
	Inodes int      `toml:"inodes"` // maximum percent of the inodes in use; 0 is no limit
}

// defaultUsed allows for ext4's reserve of 5%, and time to act before it.
const defaultUsed = 90

// Validate returns what is wrong.
func (o *DiskOptions) Validate() []model.Sentence {
	var wrong []model.Sentence
	if len(o.Paths) == 0 {
		wrong = append(wrong, model.Say("config.missing.list", "key", "paths", "example", `["/", "/var"]`))
	}
	for _, p := range o.Paths {
		if !filepath.IsAbs(p) {
			wrong = append(wrong, model.Say("config.not_absolute", "key", "paths", "got", p))
		}
	}
	for key, percent := range map[string]int{"used": o.Used, "inodes": o.Inodes} {
		if percent < 0 || percent > 100 {
			wrong = append(wrong, notBetween(key, percent, 0, 100))
		}
	}
	if o.Free != "" {
		if _, err := humanize.ParseBytes(o.Free); err != nil {
			wrong = append(wrong, model.Say("config.value.size", "key", "free", "got", o.Free))
		}
	}
	return wrong
}

// Checker returns the check.
func (o *DiskOptions) Checker() model.Checker {
	free, _ := humanize.ParseBytes(o.Free) // valid or empty: Validate has checked it
	return &diskCheck{paths: o.Paths, used: o.Used, free: free, inodes: o.Inodes, statfs: syscall.Statfs}
}

type diskCheck struct {
	paths  []string
	used   int
	free   uint64
	inodes int
	statfs func(path string, s *syscall.Statfs_t) error
	asking atomic.Bool // an earlier statfs call has not returned yet
}

// Check calls statfs, which may never return if a network file system is unreachable: such a call is abandoned, and no
// further one is made meanwhile.
func (d *diskCheck) Check(ctx context.Context) model.Result {
	hangs := (&probe{}).result(unknown(model.ReasonDiskUnseen, "path", strings.Join(d.paths, ", "), "said", "the file system does not answer"))
	if !d.asking.CompareAndSwap(false, true) {
		return hangs
	}
	answer := make(chan model.Result, 1)
	go func() {
		defer d.asking.Store(false)
		answer <- d.ask(ctx)
	}()
	select {
	case r := <-answer:
		return r
	case <-ctx.Done():
		return hangs
	}
}

// ask checks each path. The first file system over a limit gives the reason; others over a limit are appended by name.
func (d *diskCheck) ask(ctx context.Context) model.Result {
	p := &probe{}
	var first *finding
	var others []string
	for _, path := range d.paths {
		if ctx.Err() != nil {
			break
		}
		f := d.look(p, path)
		switch {
		case f == nil:
		case first == nil || first.status == model.StatusUnknown && f.status == model.StatusFail:
			first = f
		default:
			others = append(others, path)
		}
	}
	if first != nil && len(others) > 0 {
		first.reason.Args["path"] += " (+ " + strings.Join(others, ", ") + ")"
	}
	return p.result(first)
}

func (d *diskCheck) look(p *probe, path string) *finding {
	var s syscall.Statfs_t
	if err := d.statfs(path, &s); err != nil {
		return unknown(model.ReasonDiskUnseen, "path", path, "said", err.Error())
	}
	size := uint64(s.Bsize) //nolint:gosec // the kernel's block size is positive
	used := percent(s.Blocks-s.Bfree, s.Blocks-s.Bfree+s.Bavail)
	p.measure(model.MeasuredDisk, "path", path, "used", strconv.Itoa(used), "left", humanize.IBytes(s.Bavail*size))
	switch {
	case d.used > 0 && used >= d.used:
		return fail(model.ReasonDiskUsed, "path", path, "used", strconv.Itoa(used), "max", strconv.Itoa(d.used), "left", humanize.IBytes(s.Bavail*size))
	case d.free > 0 && s.Bavail*size < d.free:
		return fail(model.ReasonDiskFree, "path", path, "left", humanize.IBytes(s.Bavail*size), "least", humanize.IBytes(d.free))
	}
	if used := percent(s.Files-s.Ffree, s.Files); d.inodes > 0 && used >= d.inodes {
		return fail(model.ReasonDiskInodes, "path", path, "used", strconv.Itoa(used), "max", strconv.Itoa(d.inodes))
	}
	return nil
}

// percent rounds up, as df does; it is 0 if whole is 0.
func percent(part, whole uint64) int {
	if whole == 0 {
		return 0
	}
	return int(math.Ceil(float64(part) * 100 / float64(whole)))
}
