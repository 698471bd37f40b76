package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// row is a row as it is stored, by column. Its columns have the types of the schema when a table's check is asked.
type row map[string]any

func (r row) text(column string) string {
	text, _ := r[column].(string)
	return text
}

func (r row) number(column string) int64 {
	n, _ := r[column].(int64)
	return n
}

// The range of what may be stored as a moment: what can be written as JSON, and 2200: nothing is planned later.
const (
	earliest = -62135596800000 // the year 1
	latest   = 7258118400000   // 2200
)

// The bounds of integers: what JSON keeps exactly, and numbers that opsbot gives, by ones.
const (
	mostInteger = 1 << 53
	mostNumber  = 1_000_000_000_000
)

// decoded reads a column of JSON.
func decoded[T any](r row, column string) (v T, err error) {
	text := r.text(column)
	if text == "" {
		return v, fmt.Errorf("%s is empty", column)
	}
	if text == "null" {
		return v, fmt.Errorf("%s is null", column)
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, fmt.Errorf("%s: %w", column, err)
	}
	return v, nil
}

// differs is an error if a row is not what its content says.
func differs[T comparable](column, content T) error {
	if column == content {
		return nil
	}
	return fmt.Errorf("it is the row of %v, and its content is of %v", column, content)
}

func checkCheckState(r row) error {
	_, err := decoded[model.CheckState](r, "body")
	return err
}

var incidentKinds = []model.IncidentKind{
	model.IncidentCheck, model.IncidentService, model.IncidentHost, model.IncidentStorm, model.IncidentEventGroup, model.IncidentSource,
	model.IncidentConnectivity, model.IncidentPage,
}

// whole reports why an incident is not one that this opsbot can work with.
func whole(in *model.Incident) error {
	switch {
	case !slices.Contains(incidentKinds, in.Kind):
		return fmt.Errorf("unknown kind of incident %q", in.Kind)
	case in.Kind == model.IncidentStorm && in.Storm == nil, in.Kind == model.IncidentEventGroup && in.EventGroup == nil:
		return fmt.Errorf("an incident of kind %q without its content", in.Kind)
	default:
		return nil
	}
}

func checkIncident(r row) error {
	in, err := decoded[model.Incident](r, "body")
	if err != nil {
		return err
	}
	return errors.Join(differs(r.number("id"), int64(in.ID)), differs(r.number("closed_at"), ms(in.ClosedAt)), whole(&in))
}

func checkCard(r row) error {
	var severity model.Severity
	err := severity.UnmarshalText([]byte(r.text("severity")))
	if r.text("named") != "" {
		_, named := decoded[model.Named](r, "named")
		err = errors.Join(err, named)
	}
	return err
}

func checkMute(r row) error {
	m, err := decoded[model.Mute](r, "body")
	if err != nil {
		return err
	}
	return errors.Join(differs(r.number("id"), int64(m.ID)), differs(r.number("ended_at"), ms(m.EndedAt)))
}

func checkEvent(r row) error {
	e, err := decoded[model.Event](r, "body")
	if err != nil {
		return err
	}
	return errors.Join(differs(model.EventKey{Source: r.text("source"), ID: r.text("id")}, e.EventKey), differs(r.number("ended_at"), ms(e.EndedAt)))
}

// needs is what the snapshot of each kind of notification must have.
var needs = map[model.NotificationKind]func(s *model.Snapshot) bool{
	model.NotifyOpened:     ofIncident,
	model.NotifyRaised:     ofIncident,
	model.NotifyResolved:   ofIncident,
	model.NotifyUpdated:    ofIncident,
	model.NotifyReminder:   ofIncident,
	model.NotifyMuteEnding: ofMute,
	model.NotifyMuteEnded:  ofMute,
	model.NotifyDigest:     func(*model.Snapshot) bool { return true },
	model.NotifyDaily:      func(s *model.Snapshot) bool { return s.Daily != nil },
	model.NotifyNotice:     func(s *model.Snapshot) bool { return s.Notice != nil },
	model.NotifyReport:     func(s *model.Snapshot) bool { return s.Report != nil },
	model.NotifyPage:       func(s *model.Snapshot) bool { return s.Incident != nil && s.Page != nil },
	model.NotifyPageOver:   func(s *model.Snapshot) bool { return s.Incident != nil && s.Page != nil },
	model.NotifyShift:      func(s *model.Snapshot) bool { return s.Shift != nil },
	model.NotifyCover:      func(s *model.Snapshot) bool { return s.Cover != nil },
}

func ofIncident(s *model.Snapshot) bool { return s.Incident != nil }
func ofMute(s *model.Snapshot) bool     { return s.Mute != nil }

// known reports why a notification cannot be sent: its kind is not known, or what a message of that kind is about is missing.
func known(kind model.NotificationKind, s *model.Snapshot) error {
	need, ok := needs[kind]
	switch {
	case !ok:
		return fmt.Errorf("unknown kind of message %q", kind)
	case !need(s):
		return fmt.Errorf("a message of kind %q without its content", kind)
	}
	about := s.Open
	if s.Incident != nil {
		about = append([]model.Incident{*s.Incident}, about...)
	}
	for i := range about {
		if err := whole(&about[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkNotification(r row) error {
	var severity model.Severity
	if err := severity.UnmarshalText([]byte(r.text("severity"))); err != nil {
		return err
	}
	s, err := decoded[model.Snapshot](r, "snapshot")
	if err != nil {
		return err
	}
	return known(model.NotificationKind(r.text("kind")), &s)
}

func checkDeadLetter(r row) error {
	n, err := decoded[model.Notification](r, "notification")
	if err != nil {
		return err
	}
	return errors.Join(differs(r.number("id"), n.ID), known(n.Kind, &n.Snapshot))
}

func checkFallbackCopy(r row) error {
	if _, ok := needs[model.NotificationKind(r.text("kind"))]; !ok {
		return fmt.Errorf("unknown kind of message %q", r.text("kind"))
	}
	_, err := decoded[[]model.Destination](r, "sent_to")
	return err
}

func checkOutage(r row) error {
	if n := r.number("noticed"); n != 0 && n != 1 {
		return fmt.Errorf("noticed is %d", n)
	}
	return nil
}

func checkReport(r row) error {
	body, _ := r["body"].([]byte)
	_, err := unpackReport(body)
	return err
}

func checkPairedChat(r row) error {
	c, err := decoded[model.Chat](r, "body")
	if err != nil {
		return err
	}
	return differs(r.number("id"), int64(c.ID))
}

func checkPinned(r row) error {
	m, err := decoded[model.PinnedMessage](r, "body")
	if err != nil {
		return err
	}
	return errors.Join(differs(r.number("chat"), int64(m.Chat)), differs(r.number("topic"), int64(m.Topic)))
}

func checkPairedUser(r row) error {
	u, err := decoded[model.User](r, "body")
	if err != nil {
		return err
	}
	return differs(r.number("id"), int64(u.ID))
}

func checkButton(r row) error {
	b, err := decoded[model.Button](r, "body")
	if err == nil && b.Action == "" {
		return errors.New("a button without an action")
	}
	return err
}

func checkAnswer(r row) error {
	a, err := decoded[model.DNSAnswer](r, "body")
	if err != nil {
		return err
	}
	return differs(r.text("name"), a.Name)
}

func checkHeartbeat(r row) error {
	_, err := decoded[model.Heartbeat](r, "body")
	return err
}

func checkBaseline(r row) error {
	_, err := decoded[model.Baseline](r, "body")
	return err
}

func checkOverride(r row) error {
	_, err := decoded[model.Override](r, "body")
	return err
}

func checkAckLink(r row) error {
	l, err := decoded[model.AckLink](r, "body")
	if err != nil {
		return err
	}
	return differs(r.number("incident"), int64(l.Incident))
}

func checkGatewaySent(r row) error {
	_, err := decoded[[]int64](r, "times")
	return err
}

func checkEscalation(r row) error {
	e, err := decoded[model.Escalation](r, "body")
	if err != nil {
		return err
	}
	over := e.State == model.EscalationEnded
	return errors.Join(differs(r.number("id"), int64(e.ID)), differs(r.number("incident"), int64(e.Incident)), differs(r.number("ended_at") > 0, over))
}

func checkCover(r row) error {
	_, err := decoded[model.Cover](r, "body")
	return err
}

func checkCalendar(r row) error {
	c, err := decoded[model.KeptCalendar](r, "body")
	if err != nil {
		return err
	}
	return differs(r.text("key"), c.Key)
}

func checkLink(r row) error {
	l, err := decoded[model.CalendarLink](r, "body")
	if err != nil {
		return err
	}
	return differs(r.text("person"), l.Person)
}

func checkAudit(r row) error {
	_, err := decoded[model.AuditEntry](r, "body")
	return err
}

func checkTransition(r row) error {
	var phase model.CheckPhase
	var status model.Status
	err := errors.Join(phase.UnmarshalText([]byte(r.text("phase"))), status.UnmarshalText([]byte(r.text("status"))))
	if r.text("reason") != "" {
		_, reason := decoded[model.Reason](r, "reason")
		err = errors.Join(err, reason)
	}
	return err
}

func checkNumbers(r row) error {
	if r.number("first") < 1 || slices.Contains(strings.Split(r.text("names"), "\n"), "") {
		return errors.New("numbers of checks without names")
	}
	return nil
}

// checkPack leaves the body to its reader, who knows what is in it.
func checkPack(r row) error {
	if kind := r.number("kind"); kind != int64(model.PackRounds) && kind != int64(model.PackHours) {
		return fmt.Errorf("unknown kind of results %d", kind)
	}
	return nil
}

func checkSetAside(r row) error {
	_, err := decoded[map[string]any](r, "columns")
	return err
}

// settingForms say how the settings are written whose form the store knows, by the beginnings of their names.
var settingForms = []struct {
	name  string
	check func(r row) error
}{
	{dailySetting, isTime},
	{movesSetting, func(r row) error { _, err := decoded[map[model.ChatID]model.ChatID](r, "value"); return err }},
	{pausesSetting, func(r row) error { _, err := decoded[map[model.ChatID]pause](r, "value"); return err }},
	{aliveSetting, isMoment},
	{reportedSetting, isTime},
	{"inbound.sync.", isJSON},
	{"inbound.connected.", isTime},
	{"heartbeats_received", isTime},
	{"heartbeats_outage", isJSON},
}

func checkSetting(r row) error {
	for _, form := range settingForms {
		if strings.HasPrefix(r.text("name"), form.name) && r.text("value") != "" {
			return form.check(r)
		}
	}
	return nil
}

func isTime(r row) error {
	_, err := time.Parse(time.RFC3339Nano, r.text("value"))
	return err
}

func isMoment(r row) error {
	n, err := strconv.ParseInt(r.text("value"), 10, 64)
	if err == nil && (n < earliest || n > latest) {
		return fmt.Errorf("%d is no moment", n)
	}
	return err
}

func isJSON(r row) error {
	if !json.Valid([]byte(r.text("value"))) {
		return errors.New("it is not JSON")
	}
	return nil
}
