package ops

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"opsbot/model"
)

// PairingStore stores who was let in. Each change is stored together with its audit entry, or nothing is.
type PairingStore interface {
	Pair(ctx context.Context, u model.User, c model.Chat, audit model.AuditEntry) error
	// LetIn stores a chat.
	LetIn(ctx context.Context, c model.Chat, audit model.AuditEntry) error
	// SetUser stores a user in place of what was stored of them.
	SetUser(ctx context.Context, u model.User, audit model.AuditEntry) error
	// Invite stores an invitation under its id.
	Invite(ctx context.Context, id string, i model.Invitation, audit model.AuditEntry) error
	// Invitation returns an invitation that has not ended; false if there is none.
	Invitation(ctx context.Context, id string) (model.Invitation, bool, error)
	// PutOut deletes what was stored of a user or a chat with that id.
	PutOut(ctx context.Context, id int64, audit model.AuditEntry) error
	// Join stores a user, and uses up their invitation. ErrPairingClosed when it was used before.
	Join(ctx context.Context, id string, u model.User, audit model.AuditEntry) error
	Auditor
}

// The limits of a pairing code. A code has 40 bits: of all that Telegram hands us in its time, 30 a second, one guess in 40 million
// would be right, so that nobody's tries need to close it for others. Each sender has a few: enough for a person who mistypes.
const (
	codeLength = 8
	codeLife   = 15 * time.Minute
	codeTries  = 5
	// maxGuessers is how many senders of wrong codes are remembered. The wrong codes of more are not noted one by one.
	maxGuessers = 1000
	// codeAlphabet has no letters or digits that look alike on a phone.
	codeAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
)

// People knows the rights of users and chats. It is safe for concurrent use.
type People struct {
	store PairingStore
	now   func() time.Time

	pairing     sync.Mutex   // locked during a whole Pair, including the database's part
	mu          sync.Mutex   // guards what follows; never locked during a query: every message waits for it
	chats       []model.Chat // from the config
	users       []model.User
	pairedChats []model.Chat
	pairedUsers []model.User
	code        string
	codeEnds    time.Time
	guesses     map[model.UserID]int // wrong codes, since the code was made
	strangers   map[strangerKey]time.Time
	moved       map[model.ChatID]model.ChatID // new ids, by the old ones
}

// NewPeople returns a directory of what was paired before; SetConfig adds the config's.
func NewPeople(store PairingStore, chats []model.Chat, users []model.User, now func() time.Time) *People {
	return &People{
		store: store, now: now, pairedChats: chats, pairedUsers: users,
		guesses: map[model.UserID]int{}, strangers: map[strangerKey]time.Time{}, moved: map[model.ChatID]model.ChatID{},
	}
}

// SetConfig replaces the users and chats of the config. They win over paired ones.
func (p *People) SetConfig(chats []model.Chat, users []model.User) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.chats, p.users = slices.Clone(chats), slices.Clone(users)
	for from, to := range p.moved {
		move(p.chats, from, to)
	}
}

// Chats returns every known chat, those of the config first.
func (p *People) Chats() []model.Chat {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.with(p.chats)
}

// Paired returns the paired chats, in the order of pairing.
func (p *People) Paired() []model.Chat {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.pairedChats)
}

// ChatsWith returns every chat that would be known if a config listed these.
func (p *People) ChatsWith(listed []model.Chat) []model.Chat {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.with(listed)
}

// with joins listed chats with the paired ones. The caller holds mu.
func (p *People) with(listed []model.Chat) []model.Chat {
	all := slices.Clone(listed)
	for _, c := range p.pairedChats {
		if _, known := findChat(listed, c.ID, 0); !known {
			all = append(all, c)
		}
	}
	return all
}

// Users returns every known user, those of the config first.
func (p *People) Users() []model.User {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := append([]model.User(nil), p.users...)
	for _, u := range p.pairedUsers {
		if !slices.ContainsFunc(p.users, func(other model.User) bool { return other.ID == u.ID }) {
			all = append(all, u)
		}
	}
	return all
}

// Directory returns the known users and chats to an admin with an unlimited scope. Anybody else is refused, which is
// written to the audit log.
func (p *People) Directory(ctx context.Context, who model.Actor) (users []model.User, chats []model.Chat, err error) {
	if who.Role >= model.RoleAdmin && !who.Scope.Limited {
		return p.Users(), p.Chats(), nil
	}
	refused := &model.Error{Code: model.ErrForbidden, Args: map[string]string{"need": model.RoleAdmin.String()}}
	_ = p.store.Audit(ctx, model.AuditEntry{At: p.now(), Actor: who, Action: "users", Result: string(refused.Code)}) // refused even if the entry cannot be written
	return nil, nil, refused
}

// Who is the sender of a message or of a button press.
type Who struct {
	User     model.UserID
	Name     string
	Chat     model.ChatID
	Topic    int
	Private  bool
	Language string // of the user's own app
	Update   int    // of Telegram, by which they ask
}

// actor is who has no rights yet, for the audit log.
func (w *Who) actor() model.Actor {
	return model.Actor{User: w.User, Name: model.PersonName(w.Name), Chat: w.Chat, Topic: w.Topic, Via: "chat", Update: w.Update}
}

// Actor returns the rights of a sender in a chat; false for an unknown one. The role is the higher of the user's and
// the chat's; the scope is the intersection of both, since everyone in the chat reads the answer.
func (p *People) Actor(w Who) (model.Actor, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	user, knownUser := p.user(w.User)
	chat, knownChat := p.chat(w.Chat, w.Topic)
	if !knownChat && (!knownUser || !w.Private) {
		return model.Actor{}, false
	}
	a := model.Actor{
		User: w.User, Name: cmp.Or(user.Name, model.PersonName(w.Name)), Chat: w.Chat, Topic: w.Topic, Via: "chat",
		Language: cmp.Or(chat.Language, w.Language), Role: max(user.Role, chat.Role), Zone: chat.Zone,
	}
	if knownChat {
		a.Place = &chat.Scope
	}
	switch {
	case knownUser && knownChat:
		a.Scope = user.Scope.And(chat.Scope)
	case knownUser:
		a.Scope = user.Scope
	default:
		a.Scope = chat.Scope
	}
	return a, a.Role > model.RoleNone
}

func (p *People) user(id model.UserID) (model.User, bool) {
	for _, list := range [][]model.User{p.users, p.pairedUsers} {
		for _, u := range list {
			if u.ID == id {
				return u, true
			}
		}
	}
	return model.User{}, false
}

func (p *People) chat(id model.ChatID, topic int) (model.Chat, bool) {
	if c, ok := findChat(p.chats, id, topic); ok {
		return c, true
	}
	return findChat(p.pairedChats, id, topic)
}

// findChat finds a chat by id; of several entries for its topics, the one of this topic.
func findChat(chats []model.Chat, id model.ChatID, topic int) (found model.Chat, ok bool) {
	for _, c := range chats {
		if c.ID == id && (!ok || c.Topic == topic) {
			found, ok = c, true
		}
	}
	return found, ok
}

// ChatName is the name of a known chat, else its id.
func (p *People) ChatName(id model.ChatID) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, _ := p.chat(id, 0)
	return cmp.Or(c.Name, strconv.FormatInt(int64(id), 10))
}

// Language is the language of a chat, "" for an unknown one.
func (p *People) Language(to model.Destination) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, _ := p.chat(to.Chat, to.Topic)
	return c.Language
}

// Zone is the time zone of a chat; nil is that of all.
func (p *People) Zone(to model.Destination) *time.Location {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, _ := p.chat(to.Chat, to.Topic)
	return c.Zone
}

// Migrate gives a chat its new id, and again after each reload: the config still has the old one.
func (p *People) Migrate(from, to model.ChatID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moved[from] = to
	move(p.chats, from, to)
	move(p.pairedChats, from, to)
}

func move(chats []model.Chat, from, to model.ChatID) {
	for i := range chats {
		if chats[i].ID == from {
			chats[i].ID = to
		}
	}
}

// OpenPairing creates a one-time code while there is no admin; false if there is one.
func (p *People) OpenPairing() (code string, ends time.Time, open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hasAdmin() {
		return "", time.Time{}, false
	}
	raw := make([]byte, codeLength)
	_, _ = rand.Read(raw) // crypto/rand.Read never fails: it ends the program if there is no randomness
	for i := range raw {
		raw[i] = codeAlphabet[int(raw[i])%len(codeAlphabet)]
	}
	p.code, p.codeEnds = string(raw), p.now().Add(codeLife)
	clear(p.guesses)
	return p.code, p.codeEnds, true
}

// HasAdmin reports whether any user is an admin.
func (p *People) HasAdmin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hasAdmin()
}

func (p *People) hasAdmin() bool {
	for _, list := range [][]model.User{p.users, p.pairedUsers} {
		for _, u := range list {
			if now, _ := p.user(u.ID); now.Role == model.RoleAdmin { // the config may have revoked what pairing granted
				return true
			}
		}
	}
	return false
}

// Pair makes the sender of the right code an admin and their chat a known one, which gets all alerts from then on.
// Without an open code nothing is written to the audit log: the sender may be unknown and repeat it for ever. After ErrUnchanged
// the code still works.
func (p *People) Pair(ctx context.Context, code string, w Who) error {
	p.pairing.Lock()
	defer p.pairing.Unlock()
	err := p.guess(code, w)
	if model.CodeOf(err) == model.ErrPairingClosed {
		return err
	}
	entry := model.AuditEntry{At: p.now(), Action: "pair", Target: strconv.FormatInt(int64(w.Chat), 10), Result: "ok", Actor: w.actor()}
	if err == nil {
		entry.After = model.RoleAdmin.String()
		return unchanged(p.pair(ctx, w, entry))
	}
	entry.Result = string(model.CodeOf(err))
	_ = p.store.Audit(ctx, entry) // refused even if the entry cannot be written
	return err
}

// guess checks a code. A wrong one uses up an attempt of its sender, and of nobody else.
func (p *People) guess(code string, w Who) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.code == "" || !p.now().Before(p.codeEnds) || p.hasAdmin() || p.guesses[w.User] >= codeTries {
		return &model.Error{Code: model.ErrPairingClosed}
	}
	if subtle.ConstantTimeCompare([]byte(strings.ToUpper(strings.TrimSpace(code))), []byte(p.code)) != 1 {
		if _, known := p.guesses[w.User]; !known && len(p.guesses) >= maxGuessers {
			return &model.Error{Code: model.ErrPairingClosed}
		}
		p.guesses[w.User]++
		return &model.Error{Code: model.ErrPairingWrong}
	}
	if u, listed := p.user(w.User); listed && !u.Paired {
		return &model.Error{Code: model.ErrPairingListed, Args: map[string]string{"need": u.Role.String()}}
	}
	return nil
}

// pair stores a user who knew the code.
func (p *People) pair(ctx context.Context, w Who, entry model.AuditEntry) error {
	u := model.User{ID: w.User, Name: entry.Actor.Name, Role: model.RoleAdmin, Paired: true}
	c := model.Chat{ID: w.Chat, Topic: w.Topic, Name: strconv.FormatInt(int64(w.Chat), 10), Language: w.Language, Paired: true}
	if !w.Private {
		c.Role = model.RoleViewer // everybody in the group may query
	}
	if err := p.store.Pair(ctx, u, c, entry); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.code = ""
	p.pairedUsers, p.pairedChats = withUser(p.pairedUsers, u), withChat(p.pairedChats, c)
	return nil
}

// ActionRefused is the action of an audit entry about an unknown sender.
const ActionRefused = "refused"

// strangerKey identifies an unknown sender for the limit of one audit entry an hour.
type strangerKey struct {
	user model.UserID
	chat model.ChatID
}

// The limits of what unknown senders can make us write.
const (
	strangerPace = time.Hour
	maxStrangers = 1000 // an hour; more are not logged one by one
)

// Refuse logs an unknown sender: at most one audit entry an hour for each. It reports whether this is the first message
// in that hour, and so whether to answer at all.
func (p *People) Refuse(ctx context.Context, w Who, what string) (first bool, err error) {
	now := p.now()
	if !p.firstRefusal(w, now) {
		return false, nil
	}
	return true, p.store.Audit(ctx, model.AuditEntry{
		At: now, Action: ActionRefused, Target: what, Result: string(model.ErrForbidden), Actor: w.actor(),
	})
}

func (p *People) firstRefusal(w Who, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := strangerKey{w.User, w.Chat}
	for k, at := range p.strangers {
		if now.Sub(at) >= strangerPace {
			delete(p.strangers, k)
		}
	}
	if _, seen := p.strangers[key]; seen || len(p.strangers) >= maxStrangers {
		return false
	}
	p.strangers[key] = now
	return true
}

// UserKnown returns a user who is known by id; false for anybody else.
func (p *People) UserKnown(id model.UserID) (model.User, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.user(id)
}
