package config

import "opsbot"

// History is how long it is remembered how things were.
type History struct {
	Transitions opsbot.Duration `toml:"transitions" range:"0..36500d"` // changes of the states of checks; 0 is for ever
	Results     opsbot.Duration `toml:"results" range:"2d..400d"`      // single results
	Hourly      opsbot.Duration `toml:"hourly" range:"31d..3650d"`     // results summed up by the hour
}
