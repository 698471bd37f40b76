// Package gateway is the channel that reaches a person by a request to a web service: a call, a text message, a push. What the request is, the
// configuration says; it is filled with the values of the notification, each escaped for where it stands.
//
// It must not know the wording of a notification, nor any service in particular.
package gateway

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"opsbot/model"
	"opsbot/notify/post"
)

// Person is who is reached.
type Person struct {
	Name   string
	To     string // where this gateway reaches them
	Phone  string
	Locale string // of the texts for them: "en-US"
}

// Texts are a notification in the words of its reader.
type Texts struct {
	Title, Text, Say, Press string
	Incident                string // its number there; "": it is about none
}

// Options configure a Gateway. All are required unless they say otherwise.
type Options struct {
	Name     string
	Request  *model.GatewayRequest
	Secret   model.Secret   // the field Secret; may be zero
	Hidden   []model.Secret // what else no error may contain
	Roots    *x509.CertPool // nil are the machine's
	Statuses []model.CodeRange
	Answer   *regexp.Regexp // what an answer must contain; nil: anything
	Limit    model.Rate     // of one person
	Timeout  time.Duration
	Instance string

	Person func(address string) (Person, bool) // by a destination's address
	Render func(model.Notification) Texts
	// Link makes a link that acknowledges incidents, at least one, for a person, once.
	Link func(ctx context.Context, incidents []model.IncidentID, person string) (string, error)
	// NoLink is the link of a notification that is about no open incident.
	NoLink string
	Meter  Meter // only asked with a Limit
	Now    func() time.Time
}

// Meter counts what was sent, durably.
type Meter interface {
	// Spend counts a message to a destination; false: the limit is reached, and nothing is counted.
	Spend(ctx context.Context, to model.Destination, limit model.Rate) (bool, error)
	// Refund takes back the last one: it was not sent.
	Refund(ctx context.Context, to model.Destination) error
}

// Gateway is a notify.Channel, and safe for concurrent use.
type Gateway struct {
	o      Options
	client *post.Client
}

// New returns a Gateway. It does not connect yet.
func New(o Options) *Gateway { return &Gateway{o: o, client: post.NewClient(o.Roots, o.Now)} }

// Close closes idle connections.
func (g *Gateway) Close() { g.client.Close() }

// Deliver sends a notification to the person at its destination's address. Edits are not sent: a call cannot be changed. Errors are
// *model.SendError; what a person must be reached in another way for is a model.SendBad.
func (g *Gateway) Deliver(ctx context.Context, n model.Notification, _ model.Card) (model.Receipt, error) {
	if n.Kind == model.NotifyUpdated || n.Kind == model.NotifyPageOver {
		return model.Receipt{}, nil
	}
	person, known := g.o.Person(n.To.Address)
	switch {
	case !known:
		return model.Receipt{}, failed("nobody is %q", n.To.Address)
	case person.To == "" && g.o.Request.Has("To"), person.Phone == "" && g.o.Request.Has("Phone"):
		return model.Receipt{}, failed("%s has no number for %s", person.Name, g.o.Name)
	}
	values, err := g.values(ctx, &n, &person)
	if err != nil {
		return model.Receipt{}, &model.SendError{Failure: model.SendNotSent, Err: err}
	}
	request, err := g.o.Request.Fill(values)
	if err != nil {
		return model.Receipt{}, failed("%w", err)
	}
	if err := g.spend(ctx, n.To); err != nil {
		return model.Receipt{}, err
	}
	err = g.send(ctx, &request, values)
	g.refund(ctx, n.To, err)
	return model.Receipt{}, err
}

// failed is the failure of a way to reach somebody, for good.
func failed(format string, args ...any) error {
	return &model.SendError{Failure: model.SendBad, Err: fmt.Errorf(format, args...)}
}

// spend counts a message against the limit of a person.
func (g *Gateway) spend(ctx context.Context, to model.Destination) error {
	if g.o.Limit.IsZero() {
		return nil
	}
	ok, err := g.o.Meter.Spend(ctx, to, g.o.Limit)
	switch {
	case err != nil:
		return &model.SendError{Failure: model.SendNotSent, Err: err}
	case !ok:
		return failed("the limit of %s is reached", g.o.Limit)
	default:
		return nil
	}
}

// refund takes a message back from the limit that surely did not go out.
func (g *Gateway) refund(ctx context.Context, to model.Destination, err error) {
	e, ok := errors.AsType[*model.SendError](err)
	if g.o.Limit.IsZero() || !ok || e.Failure == model.SendAmbiguous {
		return
	}
	_ = g.o.Meter.Refund(context.WithoutCancel(ctx), to) // it counts as one that was sent: the limit is reached sooner
}

// values are the fields of a notification for a person. A link is made where the request has one.
func (g *Gateway) values(ctx context.Context, n *model.Notification, to *Person) (*model.GatewayFields, error) {
	texts := g.o.Render(*n)
	v := &model.GatewayFields{
		To: to.To, Phone: to.Phone, Person: to.Name, Title: texts.Title, Text: texts.Text, Say: texts.Say, Press: texts.Press,
		AckURL: g.o.NoLink, Locale: to.Locale, Severity: n.Severity.String(), Incident: texts.Incident, ID: g.id(n), Secret: g.o.Secret.Reveal(),
	}
	about := answered(n)
	if len(about) == 0 || !g.o.Request.Has("AckURL") {
		return v, nil
	}
	link, err := g.o.Link(ctx, about, to.Name)
	v.AckURL = link
	return v, err
}

// answered are the open incidents that an answer to a notification is for.
func answered(n *model.Notification) (all []model.IncidentID) {
	if p := n.Snapshot.Page; p != nil && p.Several > 0 {
		for i := range n.Snapshot.Open {
			all = append(all, n.Snapshot.Open[i].ID)
		}
		return all
	}
	if in := n.Snapshot.Incident; n.Incident == 0 || in != nil && !in.Open() {
		return nil
	}
	return []model.IncidentID{n.Incident}
}

// id identifies a notification among those of all opsbots; all its attempts have the same. It contains the time: numbers restart with a new
// database.
func (g *Gateway) id(n *model.Notification) string {
	return g.o.Instance + "-" + strconv.FormatInt(n.ID, 10) + "-" + strconv.FormatInt(n.Created.UnixMilli(), 36)
}

// errUnexpected says that an answer is none of success, whatever its status.
var errUnexpected = errors.New("the answer does not say that it was accepted")

func (g *Gateway) send(ctx context.Context, f *model.FilledRequest, values *model.GatewayFields) error {
	ctx, cancel := context.WithTimeout(ctx, g.o.Timeout)
	defer cancel()
	header := http.Header{}
	for name, value := range f.Headers {
		header.Set(name, value)
	}
	request := &post.Request{Method: f.Method, URL: model.NewSecret(f.URL), Header: header, Body: []byte(f.Body)}
	answer, err := g.client.Do(ctx, request)
	if err != nil {
		return g.hide(err, f, values)
	}
	failure := g.failure(answer)
	if failure == "" {
		return nil
	}
	said := hide(answer.Text(), g.secrets(f, values))
	e := answer.Err(failure, post.Brief(said))
	if g.accepts(answer.Status) {
		e.Err = fmt.Errorf("%w: %w", errUnexpected, e.Err)
	}
	return e
}

// failure is what an answer means; "" if it is one of success. Whatever will not be better in a moment is a failure for good: somebody is to be
// reached in another way at once.
func (g *Gateway) failure(answer *post.Answer) model.SendFailure {
	if g.accepts(answer.Status) {
		if g.o.Answer == nil || g.o.Answer.Match(answer.Body) {
			return ""
		}
		return model.SendBad
	}
	switch f := answer.Failure(); f {
	case model.SendFlood, model.SendAmbiguous:
		return f
	default:
		return model.SendBad
	}
}

func (g *Gateway) accepts(status int) bool {
	if len(g.o.Statuses) == 0 {
		return status >= 200 && status < 300
	}
	return slices.ContainsFunc(g.o.Statuses, func(r model.CodeRange) bool { return r.Has(status) })
}

// hide is the error of a request that was not answered, without its secrets.
func (g *Gateway) hide(err error, f *model.FilledRequest, values *model.GatewayFields) error {
	if e, ok := errors.AsType[*model.SendError](err); ok {
		e.Err = errors.New(hide(e.Err.Error(), g.secrets(f, values)))
	}
	return err
}
