// Package ops holds the use cases: what a person can ask for, one file per action, with rights and audit inside.
//
// The chat, the control socket and the command line all enter here, so that a right is checked in one place. It must
// not know Telegram, HTTP, SQL or SSH: what it needs of others are the small interfaces below.
package ops

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"opsbot/model"
)

// Inventory provides the current inventory.
type Inventory interface {
	Current() *model.Inventory
	// Resolve turns words into a Selector; its errors are for people and name nothing outside the scope.
	Resolve(inv *model.Inventory, words []string, scope model.Scope) (model.Selector, error)
	// Warnings returns problems of the inventory itself: names that no longer resolve.
	Warnings(scope model.Scope) []model.Reason
	// Beyond returns the domains of a scope's clients that lead to addresses which are not tested.
	Beyond(scope model.Scope) []UnmappedHost
}

// Engine runs checks now, for people who wait.
type Engine interface {
	// RunAll runs checks concurrently and passes on each result as it comes, one at a time.
	RunAll(ctx context.Context, all []*model.Check, each func(model.Result))
}

// Alerts provides states, incidents and mutes.
type Alerts interface {
	State(id model.CheckID) (model.CheckState, bool)
	States() map[model.CheckID]model.CheckState
	// Overview returns how everything is that a scope sees.
	Overview(scope model.Scope) model.Overview
	// StateOf returns how some checks are, their services, and the open incidents that may touch them.
	StateOf(scope model.Scope, checks []*model.Check) model.SelectionState
	OpenIncidents(scope model.Scope) []model.Incident
	Incident(id model.IncidentID) (model.Incident, bool)
}

// Muter changes mutes, latched checks and acknowledgements.
type Muter interface {
	Mutes
	Reset(ctx context.Context, id model.CheckID, audit model.AuditEntry) error
	Ack(ctx context.Context, id model.IncidentID, ack model.Ack, audit model.AuditEntry) (model.Incident, error)
	Unack(ctx context.Context, id model.IncidentID, scope model.Scope, audit model.AuditEntry) (model.Incident, error)
	// Note keeps a note about an incident, open or over.
	Note(ctx context.Context, about model.Incident, note model.Note, audit model.AuditEntry) (model.Incident, error)
}

// Mutes stores mutes. Each change is stored together with its audit entry.
type Mutes interface {
	Preview(m model.Mute) model.Hidden
	Mute(ctx context.Context, m model.Mute, audit model.AuditEntry) (model.Mute, model.Hidden, error)
	ExtendMute(ctx context.Context, id model.MuteID, until time.Time, audit model.AuditEntry) (model.Mute, error)
	EndMutes(ctx context.Context, ends []model.MuteEnd, report bool) ([]model.Mute, error)
	Mutes() []model.Mute
}

// Closer ends events by hand. Each end is stored together with its audit entry.
type Closer interface {
	// CloseEvent ends an open event here, not at its source; by is whom its card names. ErrNoEvent when it is not open.
	CloseEvent(ctx context.Context, key model.EventKey, by string, audit model.AuditEntry) error
}

// Auditor writes audit entries. One that cannot be written it must make known itself: an action that only reads goes on.
type Auditor interface {
	Audit(ctx context.Context, entry model.AuditEntry) error
}

// Deps are the dependencies of Actions. All are required unless they say otherwise.
type Deps struct {
	Inventory Inventory
	Engine    Engine
	Alerts    Alerts
	Numbers   Numbers // only asked for readers limited to clients
	Muter     Muter
	Archive   Archive
	Outbox    Outbox
	SetAside  SetAside
	Events    Events
	Closer    Closer
	Sources   Sources
	Past      Past
	Logs      Logs // nil: there are no log sources
	Baselines Baselines
	Reports   Reports
	Audit     Auditor
	// Wait waits; its error is that of a ctx that ended before.
	Wait func(ctx context.Context, d time.Duration) error
	// Recheck asks the scheduler to run a check soon: a run on demand found something else than its state.
	Recheck func(id model.CheckID)
	// NextRun is when a check is started next; zero: not known. May be nil.
	NextRun func(id model.CheckID) time.Time
	// Windows are the configured maintenance windows.
	Windows func() []model.MaintenanceWindow
	// HealthIssues returns opsbot's own current health issues: the database, Telegram.
	HealthIssues func() []model.Reason
	// Leader is who leads, of several opsbots that share a database; nil: there is one.
	Leader func() model.Reason
	Now    func() time.Time
	// LogPolicy is how much is read of the logs of failed hosts; nil takes the defaults.
	LogPolicy func() LogPolicy
	// OnCall returns who is on call now, of what a scope may know. May be nil.
	OnCall func(scope model.Scope) []string
	// Collected returns the log excerpts collected when an incident opened; nil: there are none.
	Collected func(id model.IncidentID) (Collected, bool)
	// Rota is who is on call when; nil: nobody is.
	Rota *Rota
	// Links acknowledge incidents by phone; nil: there are none. Duty returns the rights of whom a link was made
	// for, and the language in which they are called; false when there is no such person any more.
	Links *AckLinks
	Duty  func(link *model.AckLink) (model.Actor, bool)
	// Gateways reach people by phone; nil: there are none.
	Gateways Gateways
	// Pager has people paged.
	Pager Pager
	// SentPages returns the pages of people that arrived in a time, in any order; nil: there are none.
	SentPages func(ctx context.Context, in model.Span) ([]model.SentPage, error)
	// PublicURL is where people reach the web listener; "" or nil: nowhere.
	PublicURL func() string
	// Contacts is where messages about on-call duty go; nil: nowhere.
	Contacts Contacts
}

// Actions holds the use cases. It is safe for concurrent use.
type Actions struct {
	d Deps

	sweeping chan struct{} // semaphore of the run over everything
	joining  sync.Mutex    // guards runs
	runs     map[string]*sweep

	noting sync.Mutex // one note at a time: that of an incident which is over is written over what was read

	befores running // measurements that will be baselines

	impacting chan struct{}      // semaphore of live impact runs; guards impacts
	impacts   map[string]*Impact // the last live impacts, by request
}

// New returns Actions.
func New(d Deps) *Actions {
	return &Actions{d: d, sweeping: make(chan struct{}, 1), runs: map[string]*sweep{}, impacting: make(chan struct{}, 1), impacts: map[string]*Impact{}}
}

// need checks a right. A refusal is written to the audit log.
func (k *Actions) need(ctx context.Context, who model.Actor, role model.Role, action, target string) error {
	if who.Role >= role {
		return nil
	}
	err := &model.Error{Code: model.ErrForbidden, Args: map[string]string{"need": role.String()}}
	return k.noted(ctx, k.entry(who, action, target), err)
}

// entry begins an audit entry.
func (k *Actions) entry(who model.Actor, action, target string) model.AuditEntry {
	return model.AuditEntry{At: k.d.Now(), Actor: who, Action: action, Target: shorten(target), Result: "ok"}
}

// noted writes an audit entry with the result of an action that changes nothing about alerts, and returns that result: who asks
// how things are gets an answer, whatever the database takes. The Auditor accounts for an entry that it could not write.
func (k *Actions) noted(ctx context.Context, entry model.AuditEntry, result error) error {
	if result != nil {
		entry.Result = string(model.CodeOf(result))
	}
	_ = k.d.Audit.Audit(ctx, entry) // see above
	return result
}

// posted puts a report into the outbox.
func (k *Actions) posted(ctx context.Context, c model.Change) error {
	return unchanged(k.d.Reports.Post(ctx, c))
}

// unchanged says of a write that the database refused that nothing was changed.
func unchanged(err error) error {
	e, ok := errors.AsType[*model.Error](err)
	if !ok || e.Code != model.ErrStore {
		return err
	}
	return &model.Error{Code: model.ErrUnchanged, Args: e.Args, Err: e}
}

// maxWords bounds what a person may write after a command, in bytes: Telegram allows 4,096 characters.
const maxWords = 1000

// resolve turns words into a selector within the actor's scope. The zero Selector ("all") stays zero only for an
// unlimited scope.
func (k *Actions) resolve(inv *model.Inventory, words []string, scope model.Scope) (model.Selector, error) {
	sel, err := k.meant(inv, words, scope)
	if err != nil {
		return sel, err
	}
	return confined(sel, scope)
}

// meant is the selector of the words, before it is limited to the scope.
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

// confined limits a selector to a scope: a label or a host selects other clients' checks too. A scope of no clients
// selects nothing, which no Selector can express: it is an error.
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
