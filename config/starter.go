package config

import _ "embed"

//go:embed starter.toml
var starter string

// Starter is the file that `opsbot init` writes. It loads as it is, and so does every example in it without its "#".
func Starter() string { return starter }
