//go:build !race

package movein_test

const underRace = false
