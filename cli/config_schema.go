package cli

import (
	"strings"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/docs"
)

type configSchemaCmd struct{}

// Run prints the JSON Schema of the configuration.
func (configSchemaCmd) Run(con *Console) error {
	schema, err := configSchema()
	if err != nil {
		return err
	}
	return con.printLine(string(schema))
}

// configSchema is the schema with what the documents say about the keys.
func configSchema() ([]byte, error) {
	return config.Schema(setup.Kinds(checks.Deps{}), describer(docs.Keys()))
}

// shared are the sections whose keys may be in others too, in the order in which they are looked at.
var shared = []string{"Settings of services", "Settings of web endpoints", "web", "Addresses"}

// describer finds keys in the documents by their section: "telegram.chats" is under "[[telegram.chats]]", "checks tcp" under "tcp", and what is not in
// a section of its own under a shared one.
func describer(keys map[string]map[string]docs.Key) func(section, key string) (config.SchemaKey, bool) {
	return func(section, key string) (config.SchemaKey, bool) {
		headings := []string{"[" + section + "]", "[[" + section + "]]", "[" + section + ".NAME]"}
		if _, kind, ok := strings.Cut(section, " "); ok {
			headings = []string{kind}
		}
		for i, heading := range append(headings, shared...) {
			if k, ok := keys[heading][key]; ok {
				return config.SchemaKey{Default: k.Default, Meaning: k.Meaning, Required: k.Required() && i < len(headings)}, true
			}
		}
		return config.SchemaKey{}, false
	}
}
