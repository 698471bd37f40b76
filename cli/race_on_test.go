//go:build race

package cli

// underRace: the race detector makes tests with a thousand steps take minutes, and finds nothing more in the hundredth variant.
const underRace = true
