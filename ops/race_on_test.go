//go:build race

package ops_test

// underRace is whether the race detector is on: what one goroutine does a thousand times takes a minute then, and has no race.
const underRace = true
