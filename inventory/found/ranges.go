package found

import (
	"fmt"
	"strconv"
	"strings"

	"opsbot/model"
)

// ranges returns the hosts of a name like web[01:10] or db-[a:c].example.com[1:9:2]; a name without a valid range is itself.
// A port after the name is dropped.
func (a *ansible) ranges(pattern string) []string {
	names := []string{""}
	rest := pattern
	for {
		before, after, open := strings.Cut(rest, "[")
		inner, behind, closed := strings.Cut(after, "]")
		var steps []string
		if open && closed && a.counted < maxHosts {
			steps = stepsOf(inner)
			a.counted += len(steps)
		}
		if steps == nil { // the end, or an IPv6 address in brackets
			names = joinAll(names, []string{rest})
			break
		}
		if len(names)*len(steps) > maxHosts {
			a.say(model.Say("config.import.too_many", "name", pattern, "most", maxHosts))
			return nil
		}
		names, rest = joinAll(names, joinAll([]string{before}, steps)), behind
		a.counted += len(names)
	}
	if a.counted >= maxHosts && strings.Contains(pattern, "[") {
		a.say(model.Say("config.import.too_many", "name", pattern, "most", maxHosts))
		return nil
	}
	for i := range names {
		names[i] = withoutPort(names[i])
	}
	return names
}

func joinAll(heads, tails []string) []string {
	out := make([]string, 0, len(heads)*len(tails))
	for _, head := range heads {
		for _, tail := range tails {
			out = append(out, head+tail)
		}
	}
	return out
}

// stepsOf returns the values of "01:10", "1:9:2" or "a:f"; nil if it is none of these, or too many.
func stepsOf(text string) []string {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return nil
	}
	step := 1
	if len(parts) == 3 {
		var err error
		if step, err = strconv.Atoi(parts[2]); err != nil || step < 1 {
			return nil
		}
	}
	if isLetter(parts[0]) && isLetter(parts[1]) {
		return count(int(parts[0][0]), int(parts[1][0]), step, func(n int) string { return string(rune(n)) })
	}
	from, errFrom := strconv.ParseUint(parts[0], 10, 31)
	to, errTo := strconv.ParseUint(parts[1], 10, 31)
	if errFrom != nil || errTo != nil {
		return nil
	}
	width := 0
	if strings.HasPrefix(parts[0], "0") {
		width = len(parts[0])
	}
	return count(int(from), int(to), step, func(n int) string { return fmt.Sprintf("%0*d", min(width, 20), n) })
}

func isLetter(text string) bool {
	return len(text) == 1 && (text[0] >= 'a' && text[0] <= 'z' || text[0] >= 'A' && text[0] <= 'Z')
}

func count(from, to, step int, text func(int) string) []string {
	if to < from || (to-from)/step >= maxHosts {
		return nil
	}
	var out []string
	for n := from; n <= to; n += step {
		out = append(out, text(n))
	}
	return out
}

// withoutPort removes ":22" from the end of a name; the colons of a bare IPv6 address are its own. One in brackets loses them.
func withoutPort(name string) string {
	if strings.HasPrefix(name, "[") {
		if _, isIP := hostOf(name); isIP {
			host, _, _ := strings.Cut(name[1:], "]")
			return host
		}
	}
	if host, port, ok := strings.Cut(name, ":"); ok && port != "" && strings.Trim(port, "0123456789") == "" {
		return host
	}
	return name
}
