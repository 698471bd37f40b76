package config

import _ "embed"

//go:embed starter.toml
var starter string

// Starter is the file that `opsbot init` writes: it loads as it is, and every example in it loads when its "#" is
// taken away.
func Starter() string { return starter }
