package config_test

import (
	"path/filepath"
	"testing"

	"opsbot/config"
	"opsbot/model"
)

// aware are options that ask where they are.
type aware struct {
	Address string `toml:"address"`
	around  model.Environment
}

func (a *aware) SetEnvironment(s model.Environment) { a.around = s }

func (a *aware) Validate() []model.Sentence {
	if _, missing := a.around.Expand(a.Address); len(missing) > 0 {
		return []model.Sentence{model.Say("config.not_known", "key", "address", "got", a.Address, "missing", missing)}
	}
	return nil
}

type awareKinds struct{}

func (awareKinds) New(string) (any, bool) { return &aware{}, true }
func (awareKinds) Names() []string        { return []string{"aware"} }

func (awareKinds) Endpoint() any { return nil }

// TestOptionsKnowTheirEnvironment has the instance in a later file than the check which refers to it.
func TestOptionsKnowTheirEnvironment(t *testing.T) {
	const check = "[[checks]]\nname = 'a'\nkind = 'aware'\naddress = '{local_ip}:1'\n"
	found := func() string { return "192.0.2.7" }
	cases := []struct {
		name, instance string
		localIP        func() string
		want           model.Environment
	}{
		{"found", "", found, model.Environment{LocalIP: "192.0.2.7"}},
		{"configured", "[instance]\nlocal_ip = '192.0.2.8'\nexternal_ip = '192.0.2.9'\n", found, model.Environment{LocalIP: "192.0.2.8", ExternalIP: "192.0.2.9"}},
		{"nobody finds it", "", nil, model.Environment{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, map[string]string{"opsbot.toml": check, "conf.d/instance.toml": c.instance})
			opts := options()
			opts.Kinds, opts.LocalIP = awareKinds{}, c.localIP
			cfg, err := config.Load(path, opts)
			if c.want.LocalIP == "" {
				if want := path + `:4: checks[1] "a": address "{local_ip}:1": {local_ip} is not known: set it in [instance]`; err == nil || inWords(t, "en", err) != want {
					t.Errorf("got %v, want %s", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c.want.Dir, c.want.Zone = filepath.Dir(path), cfg.Schedule.Zone.Location()
			if o, ok := cfg.Checks[0].Options.(*aware); !ok || o.around != c.want {
				t.Errorf("got %+v, want %+v", cfg.Checks[0].Options, c.want)
			}
		})
	}
}

// TestOptionsKnowTheClockAndTheListener: jobs call in there, and are expected by it.
func TestOptionsKnowTheClockAndTheListener(t *testing.T) {
	opts := options()
	opts.Kinds, opts.LocalIP = awareKinds{}, func() string { return "192.0.2.7" }
	path := write(t, map[string]string{
		"opsbot.toml":      "[[checks]]\nname = 'a'\nkind = 'aware'\n",
		"conf.d/more.toml": "[alerts]\ntimezone = 'Europe/Moscow'\n[web]\nlisten = '127.0.0.1:0'\n",
	})
	cfg, err := config.Load(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	o, ok := cfg.Checks[0].Options.(*aware)
	if !ok || !o.around.Listens || o.around.Zone.String() != "Europe/Moscow" {
		t.Errorf("got %+v", cfg.Checks[0].Options)
	}
}
