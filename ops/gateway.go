package ops

import (
	"context"
	"slices"
	"strings"

	"opsbot/model"
)

// ActionGateway tests a gateway, as in the audit log.
const ActionGateway = "gateway test"

// Gateways reach people by phone.
type Gateways interface {
	// Gateways are the names of the gateways, and People of who may be reached.
	Gateways() []string
	People() []string
	// Test sends a test to a person, now; its error says what the service said.
	Test(ctx context.Context, gateway, person string) error
}

// GatewayTest is a test message that a service accepted.
type GatewayTest struct{ Gateway, Person string }

// TestGateway sends a test message to a person through a gateway, at once and not by the outbox: whoever asks is told what the service said. It
// requires an admin; it counts towards the limit of the gateway. The words are a gateway and a person.
func (k *Actions) TestGateway(ctx context.Context, who model.Actor, words []string) (GatewayTest, error) {
	if err := k.need(ctx, who, model.RoleAdmin, ActionGateway, strings.Join(words, " ")); err != nil {
		return GatewayTest{}, err
	}
	if who.Scope.Limited {
		err := &model.Error{Code: model.ErrForbidden, Args: map[string]string{"need": model.RoleAdmin.String()}}
		return GatewayTest{}, k.noted(ctx, k.entry(who, ActionGateway, strings.Join(words, " ")), err)
	}
	t, err := k.gatewayMeant(words)
	if err != nil {
		return GatewayTest{}, err
	}
	err = k.d.Gateways.Test(ctx, t.Gateway, t.Person)
	if err != nil {
		said := model.Clip(err.Error(), maxGatewaySaid)
		err = &model.Error{Code: model.ErrGateway, Args: map[string]string{"gateway": t.Gateway, "person": t.Person, "said": said}, Err: err}
	}
	entry := k.entry(who, ActionGateway, t.Gateway+" "+t.Person)
	return t, k.noted(ctx, entry, err)
}

// maxGatewaySaid bounds what a service said, in UTF-16 units.
const maxGatewaySaid = 300

// gatewayMeant is the gateway and the person that words name.
func (k *Actions) gatewayMeant(words []string) (GatewayTest, error) {
	var gateways, people []string
	if k.d.Gateways != nil {
		gateways, people = k.d.Gateways.Gateways(), k.d.Gateways.People()
	}
	named := func(i int, of []string, code model.ErrorCode) (string, error) {
		word := ""
		if i < len(words) {
			word = words[i]
		}
		at := slices.IndexFunc(of, func(name string) bool { return strings.EqualFold(name, word) })
		if at < 0 {
			return "", &model.Error{Code: code, Args: map[string]string{"word": shorten(word)}, Choices: firstChoices(of)}
		}
		return of[at], nil
	}
	gateway, err := named(0, gateways, model.ErrNoGateway)
	if err != nil {
		return GatewayTest{}, err
	}
	person, err := named(1, people, model.ErrNoPerson)
	return GatewayTest{gateway, person}, err
}
