package ops

import (
	"context"
	"slices"
	"strings"

	"opsbot/model"
)

// allWords name all mutes.
var allWords = map[string]bool{"all": true, "все": true, "всё": true}

// MeansAll reports whether words name all mutes.
func MeansAll(words []string) bool { return len(words) == 1 && allWords[strings.ToLower(words[0])] }

// overlapping are the mutes and planned work that the requester sees and that keep a part of what a mute covers quiet beyond its end, or
// begin during it. What mutes all of it for longer is MuteAnswer.Longer.
func (k *Actions) overlapping(ctx context.Context, who model.Actor, m *model.Mute) []model.Mute {
	if m.Incident != 0 || m.Here {
		return nil
	}
	inv, now := k.d.Inventory.Current(), k.d.Now()
	covered := map[model.CheckID]bool{}
	for _, c := range m.Selector.Select(inv, who.Scope) {
		covered[c.ID] = true
	}
	return slices.DeleteFunc(k.plans(ctx, who, now), func(other model.Mute) bool {
		if other.Ref() == m.Ref() || other.Incident != 0 || other.Here || !other.Until.After(m.Until) || other.From.After(m.Until) || other.Outlasts(m, m.From) {
			return true
		}
		return !slices.ContainsFunc(other.Selector.Select(inv, who.Scope), func(c *model.Check) bool { return covered[c.ID] })
	})
}
