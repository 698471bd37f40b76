// Package clock builds programs whose wall clock a test moves while they run, as settimeofday would: their timers and what they
// measure (the monotonic clock) go on. It is for trials of a built binary; tests inside one process hand in a clock instead.
// The first build takes two minutes, as all of the standard library is built anew; the next ones are as fast as any.
//
// It must not know opsbot.
package clock

import (
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// Variable names the file of a Clock in the environment of a program that Build made. A program without it has the real time.
const Variable = "MOVABLE_CLOCK"

// shifted is a file of package time: the shift, mapped from the file that Variable names.
//
//go:embed shifted.go.txt
var shifted string

// What is changed in time.Now of the Go that is in use: right after the three parts of a time were read.
const (
	read  = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	moved = read + "\tsec, nsec = shifted(sec, nsec)\n"
)

// Build builds a package into a program with a movable clock, and returns its path.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	dir := t.TempDir()
	overlay, err := writeOverlay(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, filepath.Base(pkg))
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-overlay", overlay, "-o", program, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s with a movable clock: %v\n%s", pkg, err, out)
	}
	return program
}

// writeOverlay writes the changed files of package time, and which files of the Go in use they replace.
func writeOverlay(t testing.TB, dir string) (string, error) {
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("find Go: %w", err)
	}
	room := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	original, err := os.ReadFile(filepath.Join(room, "time.go"))
	if err != nil {
		return "", fmt.Errorf("read Go's clock: %w", err)
	}
	changed, err := movable(string(original))
	if err != nil {
		return "", fmt.Errorf("%s: %w", room, err)
	}
	replace := map[string]string{}
	for name, text := range map[string]string{"time.go": changed, "shifted.go": shifted} {
		replace[filepath.Join(room, name)] = filepath.Join(dir, name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", fmt.Errorf("write the overlay: %w", err)
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", fmt.Errorf("write the overlay: %w", err)
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}

// movable is the source of package time with a wall clock that can be moved.
func movable(source string) (string, error) {
	if strings.Count(source, read) != 1 {
		return "", fmt.Errorf("time.Now of this Go does not begin with %q: test/clock must be taught its form", read)
	}
	return strings.Replace(source, read, moved, 1), nil
}

// Clock is a wall clock for programs that Build made. Its file outlives them: a program that is started again has the same time.
type Clock struct {
	t    testing.TB
	path string
	by   time.Duration
}

// New is a clock that shows the real time.
func New(t testing.TB) *Clock {
	t.Helper()
	c := &Clock{t: t, path: filepath.Join(t.TempDir(), "clock")}
	c.Set(0)
	return c
}

// Env is the variable for a program's environment.
func (c *Clock) Env() string { return Variable + "=" + c.path }

// Set moves the clock to the real time and a shift. Running programs have it from their next look at the clock on.
func (c *Clock) Set(shift time.Duration) {
	c.t.Helper()
	if err := Set(c.path, shift); err != nil {
		c.t.Fatal(err)
	}
	c.by = shift
}

// Step moves the clock forward, or back if by is negative.
func (c *Clock) Step(by time.Duration) { c.t.Helper(); c.Set(c.by + by) }

// Now is what the programs see.
func (c *Clock) Now() time.Time { return time.Now().Round(0).Add(c.by) }

// Set writes the shift of a clock to its file.
func Set(path string, shift time.Duration) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("move the clock: %w", err)
	}
	_, err = f.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(shift)), 0) //nolint:gosec // the bits of a signed number
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("move the clock: %w", err)
	}
	return nil
}

// Moved is a time as the same moment has it after the wall clock was moved: what is measured from or to it stays. It is how a test inside
// one process steps the clock that it hands in. In a bubble of testing/synctest times have no monotonic part: there the time before it
// is moved becomes that, so that Moved times must be compared with each other only.
func Moved(t time.Time, by time.Duration) time.Time {
	wall, moved := t.Round(0).Add(by), t
	inside := (*struct {
		wall uint64 // of a time with a monotonic part: 1 bit that says so, 33 bits of seconds since 1885, 30 bits of nanoseconds
		ext  int64  // the monotonic part
		loc  *time.Location
	})(unsafe.Pointer(&moved)) //nolint:gosec // package time has no other way; a test holds the form
	if inside.wall>>63 == 0 {
		inside.ext = t.UnixNano()
	}
	since := wall.Unix() - time.Date(1885, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	inside.wall = 1<<63 | uint64(since)<<30 | uint64(wall.Nanosecond()) //nolint:gosec // neither is negative
	return moved
}
