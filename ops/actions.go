// Package ops holds the use cases: what a person can ask for, one file per action, with rights and audit inside.
//
// The chat, the control socket and the command line all come in here, so that a right is checked in one place. It
// must not know Telegram, HTTP, SQL or SSH: what it needs of others are the small interfaces below.
package ops

import (
	"context"
	"strings"
	"sync"
	"time"

	"opsbot/model"
)

// Inventory is the present picture of what there is.
type Inventory interface {
	Current() *model.Inventory
	// Resolve turns words into a Selector; its errors are for people and name nothing outside the scope.
	Resolve(inv *model.Inventory, words []string, scope model.Scope) (model.Selector, error)
	// Warnings says what is wrong with the picture itself: names that no longer resolve.
	Warnings(scope model.Scope) []model.Reason
}

// Engine runs checks now, for people who wait.
type Engine interface {
	// RunAll runs checks at once and hands over each result as it comes, one at a time.
	RunAll(ctx context.Context, all []*model.Check, each func(model.Result))
}

// Alerts knows states, incidents and mutes.
type Alerts interface {
	State(id model.CheckID) (model.CheckState, bool)
	States() map[model.CheckID]model.CheckState
	ServiceStates(scope model.Scope) []model.ServiceState
	OpenIncidents(scope model.Scope) []model.Incident
	Incident(id model.IncidentID) (model.Incident, bool)
}

// Muter keeps mutes, latches and who has what in hand: what people may do to telling.
type Muter interface {
	Mutes
	Reset(ctx context.Context, id model.CheckID, audit model.AuditEntry) error
	Ack(ctx context.Context, id model.IncidentID, ack model.Ack, audit model.AuditEntry) (model.Incident, error)
}

// Mutes keeps mutes. Each change is stored together with its audit line.
type Mutes interface {
	Preview(m model.Mute) model.Hidden
	Mute(ctx context.Context, m model.Mute, audit model.AuditEntry) (model.Mute, model.Hidden, error)
	ExtendMute(ctx context.Context, id model.MuteID, until time.Time, audit model.AuditEntry) (model.Mute, error)
	EndMute(ctx context.Context, id model.MuteID, report bool, audit model.AuditEntry) (model.Mute, error)
	Mutes() []model.Mute
}

// Auditor writes down who did what.
type Auditor interface {
	Audit(ctx context.Context, entry model.AuditEntry) error
}

// Deps are what a Actions needs of the rest of the house. All are required.
type Deps struct {
	Inventory Inventory
	Engine    Engine
	Alerts    Alerts
	Muter     Muter
	Archive   Archive
	Outbox    Outbox
	Events    Events
	Sources   Sources
	Past      Past
	Logs      Logs // nil: there are none
	Baselines Baselines
	Reports   Reports
	Audit     Auditor
	// Wait lets some time pass; its error is that of a ctx that ended before.
	Wait func(ctx context.Context, d time.Duration) error
	// Recheck asks the schedule to run a check soon: a run on demand has seen something else than its state says.
	Recheck func(id model.CheckID)
	// Windows are the planned times of the configuration.
	Windows func() []model.MaintenanceWindow
	// HealthIssues says what ails opsbot itself now: the database, Telegram.
	HealthIssues func() []model.Reason
	Now          func() time.Time
	// LogPolicy is how much is asked of the logs of hosts that failed; nil takes what is usual.
	LogPolicy func() LogPolicy
	// Collected are the excerpts that were taken when an incident opened; nil: none are.
	Collected func(id model.IncidentID) (Collected, bool)
}

// Actions takes what people ask for. It is safe for concurrent use.
type Actions struct {
	d Deps

	sweeping chan struct{} // holds something while a run over everything goes on
	joining  sync.Mutex    // guards runs
	runs     map[string]*sweep

	impacting chan struct{}      // holds something while a live look goes on; guards impacts
	impacts   map[string]*Impact // the last live looks, by what was asked
}

// New makes a desk.
func New(d Deps) *Actions {
	return &Actions{d: d, sweeping: make(chan struct{}, 1), runs: map[string]*sweep{}, impacting: make(chan struct{}, 1), impacts: map[string]*Impact{}}
}

// need checks a right. What is refused is written down.
func (k *Actions) need(ctx context.Context, who model.Actor, role model.Role, action, target string) error {
	if who.Role >= role {
		return nil
	}
	err := &model.Error{Code: model.ErrForbidden, Args: map[string]string{"need": role.String()}}
	return k.noted(ctx, k.entry(who, action, target), err)
}

// entry begins an audit line.
func (k *Actions) entry(who model.Actor, action, target string) model.AuditEntry {
	return model.AuditEntry{At: k.d.Now(), Actor: who, Action: action, Target: shorten(target), Result: "ok"}
}

// noted writes an audit line with the result of what it is about, and returns that result. That the line could not be
// written only comes to light when nothing worse did.
func (k *Actions) noted(ctx context.Context, entry model.AuditEntry, result error) error {
	if result != nil {
		entry.Result = string(model.CodeOf(result))
	}
	if err := k.d.Audit.Audit(ctx, entry); err != nil && result == nil {
		return err
	}
	return result
}

// maxWords bounds what a person may write after a command, in bytes: Telegram lets through 4,096 characters.
const maxWords = 1000

// resolve turns words into what they pick within the actor's scope. The zero Selector ("all") stays zero only for
// somebody who sees everything.
func (k *Actions) resolve(inv *model.Inventory, words []string, scope model.Scope) (model.Selector, error) {
	sel, err := k.meant(inv, words, scope)
	if err != nil {
		return sel, err
	}
	return confined(sel, scope)
}

// meant is what the words say, before the scope narrows it.
func (k *Actions) meant(inv *model.Inventory, words []string, scope model.Scope) (model.Selector, error) {
	n := 0
	for _, w := range words {
		n += len(w) + 1
	}
	if n > maxWords {
		return model.Selector{}, &model.Error{Code: model.ErrTooLong, Args: map[string]string{"limit": "1000"}}
	}
	return k.d.Inventory.Resolve(inv, words, scope)
}

// confined keeps a selector within a scope: a label or a host picks other people's checks too. A scope of no clients
// picks nothing, which no Selector can say: it is an error.
func confined(sel model.Selector, scope model.Scope) (model.Selector, error) {
	if !scope.Limited || len(sel.Clients) > 0 {
		return sel, nil
	}
	if len(scope.Clients) == 0 {
		return sel, &model.Error{Code: model.ErrNothingSelected, Args: map[string]string{"words": shorten(sel.String())}}
	}
	sel.Clients = scope.Clients
	return sel, nil
}

// needWords checks the right of a viewer to a command, and that the command has words.
func (k *Actions) needWords(ctx context.Context, who model.Actor, command string, words []string) error {
	if err := k.need(ctx, who, model.RoleViewer, command, strings.Join(words, " ")); err != nil {
		return err
	}
	if len(words) == 0 {
		return &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": command}}
	}
	return nil
}

// selected are the checks that words select within the scope of the asker.
func (k *Actions) selected(inv *model.Inventory, who model.Actor, words []string) (model.Selector, []*model.Check, error) {
	sel, err := k.resolve(inv, words, who.Scope)
	if err != nil {
		return sel, nil, err
	}
	return sel, sel.Select(inv, who.Scope), nil
}

// shorten keeps what a person wrote from filling their own screen, and the audit log.
func shorten(s string) string { return model.Clip(s, 64) }
