package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// How much garbage there may be beside the memory in use: a large inventory stays, and checks allocate much that is short-lived. A
// share of the memory in use, so that it costs the same however large that is; but at least some, for a small inventory would have
// the collector run all the time, and the smaller it is, the more fits beside it. Measured in docs/decisions/0043-bars-of-speed.md.
const (
	garbagePercent = 30
	leastGarbage   = 20 << 20 // bytes
	leastMemory    = 56 << 20 // of both: what a small inventory does not use is for garbage
	mostPercent    = 400
)

// tuneGarbage has the collector keep to that from now on, unless GOGC is set in the environment. GOMEMLIMIT is Go's own.
func tuneGarbage(getenv func(string) string) {
	if getenv("GOGC") == "" {
		tune(0)
	}
}

// tune sets the percentage after each collection, if it has changed.
func tune(was int) {
	percent := garbageFor(liveBytes())
	if percent != was {
		debug.SetGCPercent(percent)
	}
	cycle := new([32]byte) // of a size of its own, so that its end is a collection's
	runtime.SetFinalizer(cycle, func(*[32]byte) { tune(percent) })
}

// garbageFor is the percentage for so many bytes in use.
func garbageFor(live uint64) int {
	if live == 0 {
		return mostPercent
	}
	least := max(leastGarbage, leastMemory-min(live, leastMemory))
	return int(min(max(garbagePercent, least*100/live), mostPercent))
}

func liveBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
