package ops

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"opsbot/model"
)

// AckLinkStore stores links that acknowledge, by the hash of their token.
type AckLinkStore interface {
	// SetAckLink stores a link, anew if there is one.
	SetAckLink(ctx context.Context, hash string, link model.AckLink) error
	// AckLink returns a link; false if there is none.
	AckLink(ctx context.Context, hash string) (model.AckLink, bool, error)
}

// AckLinks are links that acknowledge an incident for one person, once. It is safe for concurrent use.
type AckLinks struct {
	store AckLinkStore
	now   func() time.Time

	using sync.Mutex // one link at a time: of two presses of one link the second finds it used
}

// NewAckLinks returns AckLinks.
func NewAckLinks(store AckLinkStore, now func() time.Time) *AckLinks {
	return &AckLinks{store: store, now: now}
}

// ackTokenLength is the length of a token: 26 letters of 5 bits, which nobody guesses.
const ackTokenLength = 26

// Make stores a new link to an incident for a person, and returns its token. It is stored nowhere.
func (l *AckLinks) Make(ctx context.Context, link model.AckLink) (token string, err error) {
	link.MadeAt = l.now()
	token = rand.Text()
	return token, l.store.SetAckLink(ctx, ackHash(token), link)
}

// ackHash is under what a token is stored; "" of what cannot be one. Phones and people change the case of letters.
func ackHash(token string) string {
	token = strings.ToUpper(token)
	if len(token) != ackTokenLength || strings.ContainsFunc(token, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '2' || r > '7') }) {
		return ""
	}
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// AckPage is what whoever opens a link is shown.
type AckPage struct {
	Who      model.Actor    // for whom the link was made
	Incident model.Incident // as they see it: of several, the first that has no answer
	Over     bool           // it is over, or nothing of it is theirs to see any more; of several, all of them are
	By       string         // who acknowledged it; "": nobody
	At       time.Time      // when

	More []model.Incident // of several, the others that have no answer
}

// AckText are the texts of the page of a link, without markup.
type AckText struct {
	Language string // of the texts: "en"
	Title    string
	Lines    []string
	Button   string // "": there is nothing to press
}

// AckPage returns what a link is about, and changes nothing. ErrNoLink if there is none of that token: nothing else is said then.
func (k *Actions) AckPage(ctx context.Context, token string) (AckPage, error) {
	page, _, err := k.linked(ctx, token)
	return page, err
}

// linked is what a link is about, and the link.
func (k *Actions) linked(ctx context.Context, token string) (page AckPage, link model.AckLink, err error) {
	none := &model.Error{Code: model.ErrNoLink}
	hash := ackHash(token)
	if hash == "" || k.d.Links == nil {
		return page, link, none
	}
	link, found, err := k.d.Links.store.AckLink(ctx, hash)
	if err != nil {
		return page, link, err
	}
	who, known := k.d.Duty(&link)
	if !found || !known { // or somebody who is no longer on call
		return page, link, none
	}
	page.Who, page.Over = who, true
	for _, id := range append([]model.IncidentID{link.Incident}, link.More...) {
		if err := k.addLinked(ctx, &page, id); err != nil {
			page.Over = false
			return page, link, err
		}
	}
	if !page.Over && page.By == "" && !link.UsedAt.IsZero() { // it was let go since: a link that was pressed once does not take it up again
		page.By, page.At = link.Person, link.UsedAt
	}
	return page, link, nil
}

// addLinked adds an incident to what a link is about. What has no answer goes before what has.
func (k *Actions) addLinked(ctx context.Context, page *AckPage, id model.IncidentID) error {
	in, _, err := k.Incident(ctx, page.Who, id)
	if model.CodeOf(err) == model.ErrNoIncident || err == nil && !in.Open() {
		return nil
	}
	by, at := ackOf(&in, page.Who.Scope)
	switch first := page.Over; {
	case err != nil:
		page.Incident = in
		return err
	case first || by == "" && page.By != "":
		page.Incident, page.By, page.At, page.Over = in, by, at, false
	case by == "":
		page.More = append(page.More, in)
	}
	return nil
}

// ackOf is who acknowledged all that a scope sees of an incident, the last one first; "" if nobody did.
func ackOf(in *model.Incident, scope model.Scope) (by string, at time.Time) {
	for _, a := range slices.Backward(in.Acks) {
		if !a.Scope.Limited || scope.Limited && a.Scope.And(scope).Equal(scope) {
			return a.Name, a.At
		}
	}
	return "", time.Time{}
}

// AckByLink acknowledges the incident of a link for its person. A link that was used, and one whose incident is over or somebody else's, changes
// nothing and says so.
func (k *Actions) AckByLink(ctx context.Context, token string) (AckPage, error) {
	if k.d.Links == nil {
		return AckPage{}, &model.Error{Code: model.ErrNoLink}
	}
	k.d.Links.using.Lock()
	defer k.d.Links.using.Unlock()
	page, link, err := k.linked(ctx, token)
	if err != nil || page.Over || page.By != "" {
		return page, err
	}
	for _, in := range append([]model.Incident{page.Incident}, page.More...) {
		if _, err := k.Ack(ctx, page.Who, in.Ref()); err != nil {
			return page, err
		}
	}
	link.UsedAt = k.d.Now()
	page.By, page.At = page.Who.Name, link.UsedAt
	// The incident is acknowledged: that the link can be used again if this is not stored harms nobody.
	_ = k.d.Links.store.SetAckLink(ctx, ackHash(token), link)
	return page, nil
}
