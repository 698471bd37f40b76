//go:build !race

package store_test

// sampled is one in how many of the combinations of a walk is tried: all.
const sampled = 1

// someKills is how often the short runs kill; the long ones are integration tests.
const someKills = 10
