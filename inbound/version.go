package inbound

import (
	"slices"
	"strconv"
	"strings"
)

// Older compares versions by their numbers, "6.0.14" with "7.2"; anything but a number is 0.
func Older(version, than string) bool { return slices.Compare(numbers(version), numbers(than)) < 0 }

func numbers(version string) []int {
	var all []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			n = 0
		}
		all = append(all, n)
	}
	return all
}
