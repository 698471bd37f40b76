package bot

// CommandNames are the names of all commands.
func CommandNames() (names []string) {
	for _, c := range allCommands() {
		names = append(names, c.name)
	}
	return names
}
