package config

import "opsbot/model"

// History is how long it is remembered how things were.
type History struct {
	Transitions model.Duration `toml:"transitions" range:"0..36500d"` // changes of the states of checks; 0 is for ever
	Results     model.Duration `toml:"results" range:"2d..400d"`      // single results
	Hourly      model.Duration `toml:"hourly" range:"31d..3650d"`     // results summed up by the hour
}
