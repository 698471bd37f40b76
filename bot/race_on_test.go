//go:build race

package bot_test

// underRace is whether the race detector is on: it takes ten times as long, and finds in a few variants what it finds in all. Without it all
// are tried.
const underRace = true
