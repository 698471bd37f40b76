package app

import (
	"context"
	"time"

	"opsbot/app/setup"
)

// AskSource asks a source of events of a configuration for its version, as a running bot would; nil: it answers, or cannot be asked.
func AskSource(ctx context.Context, l *setup.Loaded, name string) error {
	for i := range l.Config.Inbound {
		cfg := &l.Config.Inbound[i]
		if cfg.Name != name {
			continue
		}
		one := &source{cfg: cfg, close: func() {}}
		client, _ := newSourceClient(cfg, one, moments{time.Now, l.Config.Alerts.Timezone.Location()})
		defer one.close()
		if client == nil {
			return nil
		}
		_, err := client.Probe(ctx)
		return err
	}
	return nil
}
