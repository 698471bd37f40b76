package ops

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/oncall/calendar"
)

// ActionCalendar is a change of the address of somebody's calendar, as in the audit log.
const ActionCalendar = "calendar"

// What of the address of one's calendar is asked for.
const (
	CalendarShow = ""    // the first one, or since when there is one
	CalendarNew  = "new" // another one: the one before no longer works
	CalendarOff  = "off"
)

// calendarWords are what people write for these.
var calendarWords = map[string]string{
	"new": CalendarNew, "новый": CalendarNew, "новая": CalendarNew, "off": CalendarOff, "выключить": CalendarOff, "отозвать": CalendarOff,
}

// IsCalendar reports whether words of "/oncall" are about the address of one's calendar, which may change it.
func IsCalendar(words []string) bool {
	return len(words) > 0 && slices.Contains([]string{"ics", "calendar", "календарь"}, strings.ToLower(words[0]))
}

// CalendarAddress is where somebody's shifts are read as a calendar.
type CalendarAddress struct {
	Person string
	URL    string    // "": it was made before, and is not kept
	Since  time.Time // zero: there is none any more
}

// secretBytes is how long the secret of an address is: it cannot be guessed.
const secretBytes = 24

// Calendar makes, replaces or forgets the secret address at which the requester's shifts are read as a calendar. Of one that was made before it
// only says since when: nobody keeps the secret.
func (k *Actions) Calendar(ctx context.Context, who model.Actor, words []string) (CalendarAddress, error) {
	if err := k.need(ctx, who, model.RoleViewer, ActionCalendar, ""); err != nil {
		return CalendarAddress{}, err
	}
	me, known := k.roster(who).ByTelegram(who.User)
	if !known {
		return CalendarAddress{}, &model.Error{Code: model.ErrNotOnCall}
	}
	what := CalendarShow
	if len(words) > 0 {
		if what = calendarWords[strings.ToLower(words[0])]; what == "" {
			return CalendarAddress{}, &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": shorten(words[0])}}
		}
	}
	entry := k.entry(who, ActionCalendar, me.Name)
	now, has := k.d.Rota.link(me.Name)
	switch {
	case what == CalendarOff && !has:
		return CalendarAddress{}, &model.Error{Code: model.ErrNoCalendar}
	case what == CalendarOff:
		entry.After = CalendarOff
		return CalendarAddress{Person: me.Name}, unchanged(k.d.Rota.setLink(ctx, model.CalendarLink{Person: me.Name}, entry))
	case what == CalendarShow && has:
		return CalendarAddress{Person: me.Name, Since: now.Made}, nil
	case k.d.PublicURL == nil || k.d.PublicURL() == "":
		return CalendarAddress{}, &model.Error{Code: model.ErrCalendarOff}
	}
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // crypto/rand.Read never fails
	text := base64.RawURLEncoding.EncodeToString(secret)
	entry.After = CalendarNew
	l := model.CalendarLink{Person: me.Name, Hash: hashOf(text), Made: k.d.Now()}
	a := CalendarAddress{Person: me.Name, URL: strings.TrimRight(k.d.PublicURL(), "/") + "/calendar/" + text + ".ics", Since: l.Made}
	return a, unchanged(k.d.Rota.setLink(ctx, l, entry))
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// How much of the shifts of a person their calendar has.
const (
	calendarBehind = 4 * model.Week
	calendarAhead  = 26 * model.Week
)

// CalendarOf is the calendar with a secret: the final shifts of whoever it is of, as long as they may see schedules. ok is false for any other secret.
func (k *Actions) CalendarOf(secret string) (ics []byte, ok bool) {
	if k.d.Rota == nil {
		return nil, false
	}
	person, known := k.d.Rota.linked(hashOf(secret))
	if !known {
		return nil, false
	}
	now := k.d.Now()
	roster := k.wholeRoster(now)
	p, known := roster.Person(person)
	if !known {
		return nil, false
	}
	if _, who, _ := k.contacts().Direct(p); who.Role == model.RoleNone || who.Scope.Limited {
		return nil, false
	}
	from, to := now.Add(-calendarBehind), now.Add(calendarAhead)
	var all []calendar.Entry
	for _, s := range roster.Schedules {
		for _, shift := range s.Shifts(from, to) {
			if shift.Person == person {
				all = append(all, calendar.Entry{Schedule: s.Name, Shift: shift.Cut(from, to)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b calendar.Entry) int { return a.From.Compare(b.From) })
	var out bytes.Buffer
	err := calendar.WritePersonal(&out, person, all, now)
	return out.Bytes(), err == nil
}
