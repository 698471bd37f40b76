//go:build !race

package oncall_test

const underRace = false
