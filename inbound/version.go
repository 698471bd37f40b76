package inbound

import (
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// NewProbe is a Probe of a version; one that is older than least is noted as missing.
func NewProbe(version, least string) Probe {
	p := Probe{Version: version}
	if Older(version, least) {
		p.Missing = []model.Reason{model.NewReason(model.ReasonSourceOld, "version", version, "needs", least)}
	}
	return p
}

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
