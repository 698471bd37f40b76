package config

import "opsbot/model"

// APIToken lets a program use the API of the web listener.
type APIToken struct {
	Name      string      `toml:"name"`  // in the audit log, and as the author of its mutes
	Token     Secret      `toml:"token"` // Load fills it from token_file
	TokenFile string      `toml:"token_file"`
	Role      model.Role  `toml:"role"`
	Clients   []string    `toml:"clients"` // only these; none: all
	At        model.Place `toml:"-"`
}

func (t *APIToken) setDefaults() { *t = APIToken{Role: model.RoleViewer} }

// minToken is the shortest token, in bytes: 16 random letters cannot be guessed, whatever the rate.
const minToken = 16

// tokens validates [[web.tokens]].
func (l *loader) tokens(n *node, cfg *Config) {
	names := newNames(l, model.Sentence{})
	for i := range cfg.Web.Tokens {
		t, item := &cfg.Web.Tokens[i], n.child("tokens").item(i)
		names.add(item, t.Name)
		l.secret(item, "token", &t.Token, t.TokenFile)
		switch size := len(t.Token.Reveal()); {
		case size == 0 && t.TokenFile == "":
			l.wrong(item, "", model.Say("config.missing.or_file", "key", "token"))
		case size > 0 && size < minToken:
			l.wrong(item, "token", model.Say("config.secret.short", "size", size, "least", minToken))
		}
		if t.Role == model.RoleNone {
			l.wrong(item, "role", noRole())
		}
		l.notEmptyLimit(item, "clients")
		for j := range i {
			if !t.Token.IsZero() && t.Token.Reveal() == cfg.Web.Tokens[j].Token.Reveal() {
				l.wrong(item, "token", model.Say("config.token.twice", "other", cfg.Web.Tokens[j].Name))
			}
		}
	}
	if len(cfg.Web.Tokens) > 0 && cfg.Web.Listen == "" {
		l.wrong(n, "tokens", model.Say("config.needs_listen"))
	}
}
