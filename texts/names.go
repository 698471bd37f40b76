package texts

import (
	"strings"

	"opsbot/model"
)

const (
	maxName  = 70 // UTF-16 units of one name
	maxNames = 6  // names in a finding or a cause
)

// AtMost is how many of n things a list shows that shows at most most: all of them when only one would be left out, since the line that
// says so is as long as the one it hides.
func AtMost(n, most int) int {
	if n <= most+1 {
		return n
	}
	return most
}

// Names lists names, at most most of them, and says how many more there are: "web1, web2 and 4 more".
func (p *Printer) Names(names []string, most int) string {
	return p.FirstNames(names, len(names), most)
}

// FirstNames is Names where there are all of them and names holds only the first.
func (p *Printer) FirstNames(names []string, all, most int) string {
	if len(names) >= all {
		most = AtMost(all, most)
	}
	shown := make([]string, 0, most)
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, model.Clip(name, maxName))
	}
	text := strings.Join(shown, ", ")
	if more := all - len(shown); more > 0 {
		text += p.N("and_more", more)
	}
	return text
}
