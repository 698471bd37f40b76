package monitors

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// silence silences the alerts that all of its matchers match.
type silence struct {
	ID        string    `json:"id"`
	Matchers  []matcher `json:"matchers"`
	StartsAt  time.Time `json:"startsAt"`
	EndsAt    time.Time `json:"endsAt"`
	CreatedBy string    `json:"createdBy"`
	Comment   string    `json:"comment"`
}

type matcher struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	IsRegex bool   `json:"isRegex"`
	IsEqual bool   `json:"isEqual"`

	whole *regexp.Regexp // of IsRegex
}

func (s *silence) matches(labels map[string]string) bool {
	for _, m := range s.Matchers {
		fits := labels[m.Name] == m.Value
		if m.IsRegex {
			fits = m.whole.MatchString(labels[m.Name])
		}
		if fits != m.IsEqual {
			return false
		}
	}
	return true
}

// silencedBy returns the ids of the active silences of an alert. The caller holds the lock.
func (p *prometheus) silencedBy(a *alert) []string {
	ids, now := []string{}, p.now()
	for _, s := range p.silences {
		if !s.StartsAt.After(now) && s.EndsAt.After(now) && s.matches(a.labels) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func (p *prometheus) listSilences(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := []any{}
	for _, s := range p.silences {
		state := "active"
		if !s.EndsAt.After(p.now()) {
			state = "expired"
		}
		all = append(all, struct {
			*silence
			Status map[string]string `json:"status"`
		}{s, map[string]string{"state": state}})
	}
	answer(w, http.StatusOK, all)
}

func (p *prometheus) setSilence(w http.ResponseWriter, r *http.Request) {
	s := &silence{}
	if err := json.NewDecoder(r.Body).Decode(s); err != nil {
		answer(w, http.StatusBadRequest, map[string]any{"code": http.StatusBadRequest, "message": err.Error()})
		return
	}
	if why := s.wrong(p.now()); why != "" {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"code": http.StatusUnprocessableEntity, "message": why})
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastID++
	s.ID = fmt.Sprintf("00000000-0000-4000-8000-%012d", p.lastID)
	p.silences = append(p.silences, s)
	answer(w, http.StatusOK, map[string]any{"silenceID": s.ID})
}

// wrong returns why a silence is invalid; "" if it is valid.
func (s *silence) wrong(now time.Time) string {
	if len(s.Matchers) == 0 || s.CreatedBy == "" || s.Comment == "" {
		return "matchers, createdBy and comment are required"
	}
	if !s.EndsAt.After(now) || !s.EndsAt.After(s.StartsAt) {
		return "invalid silence: its end is not after now and its start"
	}
	empty := true
	for i := range s.Matchers {
		m := &s.Matchers[i]
		if m.IsRegex {
			whole, err := regexp.Compile("^(?:" + m.Value + ")$")
			if err != nil {
				return "invalid silence: " + err.Error()
			}
			m.whole = whole
		}
		one := silence{Matchers: []matcher{*m}}
		empty = empty && one.matches(nil)
	}
	if empty {
		return "invalid silence: at least one matcher must not match the empty string"
	}
	return ""
}

func (p *prometheus) expireSilence(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.silences, func(s *silence) bool { return s.ID == r.PathValue("id") })
	switch {
	case i < 0:
		http.NotFound(w, r)
	case !p.silences[i].EndsAt.After(p.now()):
		answer(w, http.StatusInternalServerError, fmt.Sprintf("silence %s already expired", p.silences[i].ID))
	default:
		p.silences[i].EndsAt = p.now()
		p.wake() // what it covered is sent now
		w.WriteHeader(http.StatusOK)
	}
}
