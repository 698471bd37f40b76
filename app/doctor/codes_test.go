package doctor_test

import (
	"regexp"
	"slices"
)

var (
	literalCode = regexp.MustCompile(`"((?:config|database|disk|bot|clock|telegram|chats|users|mail|sources|ssh|dns)\.[a-z_]+)"`)
	suffixCode  = regexp.MustCompile(`what\+"(\.[a-z]+)"`)
)

// codesIn are the codes of findings in Go source.
func codesIn(source string) (codes []string) {
	for _, m := range literalCode.FindAllStringSubmatch(source, -1) {
		codes = append(codes, m[1])
	}
	for _, m := range suffixCode.FindAllStringSubmatch(source, -1) {
		codes = append(codes, "chats"+m[1], "users"+m[1])
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
