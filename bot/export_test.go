package bot

// CommandNames are the names of all commands.
func CommandNames() (names []string) {
	for _, c := range allCommands() {
		names = append(names, c.name)
	}
	return names
}

// Columns is how wide a label is.
func Columns(label string) int { return columns(label) }

// ShortNames are names as labels.
func ShortNames(names []string, room int) []string { return shortNames(names, room) }
