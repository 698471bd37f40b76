package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestGarbageFor(t *testing.T) {
	for live, want := range map[uint64]int{0: 400, 1 << 20: 400, 10 << 20: 400, 20 << 20: 180, 30 << 20: 86, 40 << 20: 50, 52 << 20: 38, 65 << 20: 30, 1 << 30: 30} {
		if got := garbageFor(live); got != want {
			t.Errorf("%d MiB in use: %d %%, want %d", live>>20, got, want)
		}
	}
}

// TestGarbageFollowsWhatIsInUse fills the memory and empties it: the percentage follows.
func TestGarbageFollowsWhatIsInUse(t *testing.T) {
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	tuneGarbage(func(string) string { return "50" })
	if got := percentNow(); got != 100 {
		t.Errorf("GOGC is in the environment, and it is %d %%", got)
	}
	tuneGarbage(func(string) string { return "" })
	fillAndFollow(t)
	followed(t, 0)
}

func fillAndFollow(t *testing.T) {
	t.Helper()
	full := make([]byte, 200<<20)
	followed(t, garbagePercent)
	runtime.KeepAlive(full)
}

// followed waits until the percentage is this one, or another than the least.
func followed(t *testing.T, want int) {
	t.Helper()
	for range 1000 {
		runtime.GC()
		runtime.Gosched()
		if got := percentNow(); got == want || want == 0 && got > garbagePercent {
			return
		}
	}
	t.Errorf("the percentage stays at %d", percentNow())
}

func percentNow() int {
	now := debug.SetGCPercent(100)
	debug.SetGCPercent(now)
	return now
}
