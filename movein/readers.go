package movein

import (
	"context"
	"slices"

	"opsbot/model"
	"opsbot/movein/blackbox"
	"opsbot/movein/cloudprober"
	"opsbot/movein/crontab"
	"opsbot/movein/gatus"
	"opsbot/movein/healthchecks"
	"opsbot/movein/icinga"
	"opsbot/movein/kuma"
	"opsbot/movein/moved"
	"opsbot/movein/nagios"
)

// Reader reads the configuration of one kind of monitor from files or folders. What it cannot carry over it notes; an error is for what cannot
// be read at all, and names the file.
type Reader func(ctx context.Context, paths []string, o moved.Options) (*moved.Moved, error)

// readers are the kinds of monitors.
var readers = map[string]Reader{
	"kuma":         kuma.Read,
	"gatus":        gatus.Read,
	"blackbox":     blackbox.Read,
	"healthchecks": healthchecks.Read,
	"cloudprober":  cloudprober.Read,
	"nagios":       nagios.Read,
	"icinga2":      icinga.Read,
	"crontab":      crontab.Read,
}

// Kinds are the kinds of monitors that can be read.
func Kinds() []string { return model.SortedKeys(readers) }

// Read reads the configuration of a monitor.
func Read(ctx context.Context, kind string, paths []string, o moved.Options) (*moved.Moved, error) {
	m, err := readers[kind](ctx, paths, o)
	if err != nil {
		return nil, err
	}
	m.Tables = sortedOut(m)
	return m, nil
}

// sortedOut are the tables without those whose id was there before: the first is kept, the others are noted.
func sortedOut(m *moved.Moved) []*moved.Table {
	seen := map[string]bool{}
	return slices.DeleteFunc(m.Tables, func(t *moved.Table) bool {
		key := tableKey(t.Section, t.ID)
		if markID(t.ID) == "" {
			m.Left(t.At, model.Say("movein.no_name"))
			return true
		}
		if seen[key] {
			m.Left(t.At, model.Say("movein.twice", "id", t.ID))
			return true
		}
		seen[key] = true
		return false
	})
}
