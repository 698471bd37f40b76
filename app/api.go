package app

import (
	"crypto/sha256"
	"crypto/subtle"

	"opsbot/model"
)

// admit returns the actor of a token of [[web.tokens]]. It takes the same time however much of a token is right.
func (c *configuration) admit(token string) (who model.Actor, known bool) {
	tokens := c.current().Config.Web.Tokens
	given := sha256.Sum256([]byte(token))
	for i := range tokens {
		t := &tokens[i]
		own := sha256.Sum256([]byte(t.Token.Reveal()))
		if subtle.ConstantTimeCompare(given[:], own[:]) == 1 {
			who, known = model.Actor{Name: t.Name, Via: "api", Role: t.Role, Scope: model.ScopeOf(t.Clients)}, true
		}
	}
	return who, known
}
