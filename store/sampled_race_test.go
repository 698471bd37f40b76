//go:build race

package store_test

// sampled is one in how many of the combinations of a walk is tried: SQLite in Go takes ten times as long with the race detector, which
// finds in a few what it finds in all. Without it all are tried.
const sampled = 11

// someKills is how often the short runs kill; the long ones are integration tests.
const someKills = 2
