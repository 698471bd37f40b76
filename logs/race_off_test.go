//go:build !race

package logs_test

const underRace = false
