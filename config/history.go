package config

import "opsbot/model"

// History is how long past results are kept.
type History struct {
	Transitions model.Duration `toml:"transitions" range:"0..36500d"` // state changes of checks; 0: for ever
	Results     model.Duration `toml:"results" range:"2d..400d"`      // single results
	Hourly      model.Duration `toml:"hourly" range:"31d..3650d"`     // hourly sums of results
}
