package logs

import (
	"regexp"
	"slices"
	"strings"
)

// rotated matches the suffix that logrotate and the like add to the name of a log: a number, or a date.
var rotated = regexp.MustCompile(`^(.*?[^/])[.-](?:(\d{1,4})|\d{8}(?:[-T]?\d{2,10})?|\d{4}-\d{2}-\d{2})$`)

// familiesOf groups a log and its rotated files, newest first; the log that changed last comes first.
func familiesOf(files []file) [][]file {
	there := make(map[string]bool, len(files))
	for i := range files {
		there[files[i].name] = true
	}
	at := map[string]int{}
	var families [][]file
	slices.SortStableFunc(files, func(a, b file) int { return b.changed.Compare(a.changed) })
	for _, f := range files {
		name := familyOf(f.name, there)
		i, known := at[name]
		if !known {
			i = len(families)
			at[name] = i
			families = append(families, nil)
		}
		families[i] = append(families[i], f)
	}
	return families
}

// familyOf is the name of the log from which a file was rotated. A number alone counts only if that log exists too: worker-1
// and worker-2 are two logs.
func familyOf(name string, there map[string]bool) string {
	bare, packed := name, false
	if p := packingOf(name); p != nil {
		bare, packed = strings.TrimSuffix(name, p.suffix), true
	}
	if packed && there[bare] {
		return familyOf(bare, there)
	}
	m := rotated.FindStringSubmatch(bare)
	if m == nil || m[2] != "" && !packed && !there[m[1]] {
		return bare
	}
	return m[1]
}
