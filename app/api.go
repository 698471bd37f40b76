package app

import (
	"crypto/sha256"
	"crypto/subtle"

	"opsbot/model"
)

// admit says whose a token is, by the configuration that holds now. How long it takes says nothing of how much of a token
// was right.
func (a *App) admit(token string) (who model.Actor, known bool) {
	tokens := a.loaded.Load().Config.Web.Tokens
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
