package app

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/app/setup"
	"opsbot/bot"
	"opsbot/bot/telegram"
	"opsbot/checks"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/store"
	"opsbot/texts"
	"opsbot/web"
)

// core is what a process keeps from its start to its stop, whoever leads: it neither writes to the database nor speaks to people. It is
// safe for concurrent use.
type core struct {
	Options
	conf   *configuration
	texts  *texts.Catalog
	plain  *bot.Plain       // answers outside of the chat; it draws the charts of all
	client *telegram.Client // nil without a token

	lately   *lately // of the log
	refusals *refusals
	guard    *web.Guard // of whatever needs a secret
	control  *door      // what answers at the control socket, and at the web listener
	public   *door
	redact   model.Redactor // of what others say

	live    *inventory.Live // names are looked up whoever leads, so that a takeover need not wait for DNS
	answers *answers
	inputs  *checkInputs
	cluster *cluster // nil without others that may lead, as is the permit
	permit  *permit
	serving atomic.Pointer[serving] // nil while this process does not lead
	running atomic.Pointer[term]    // nil while this process does not lead
}

// base is what nearly every part of a term needs.
type base struct {
	*core
	db    *store.DB
	epoch int64 // of this term; 0: there is one
}

// newCore reads the configuration. From here on the token is kept out of every line of the log.
func newCore(ctx context.Context, o Options) (*core, error) {
	c := &core{Options: o, lately: &lately{}, inputs: &checkInputs{}, answers: &answers{}, control: newDoor(http.NotFoundHandler()), public: newDoor(http.NotFoundHandler())}
	var err error
	if c.conf, err = newConfiguration(&o, c.inputs.deps(o.Now)); err != nil {
		return nil, err
	}
	if c.client, err = newTelegramClient(c, &c.conf.current().Config.Telegram); err != nil {
		return nil, err
	}
	if c.texts, err = texts.Load(); err != nil {
		return nil, err
	}
	c.redact = (&redactor{conf: c.conf}).text
	o.Log.AddHook(redactLog{c.redact})
	o.Log.AddHook(c.lately) // after those that remove secrets
	c.refusals = newRefusals(c.component("guard"), o.Now)
	c.guard = web.NewGuard(o.Now, setup.Wait, c.refusals.add)
	c.plain = &bot.Plain{Texts: c.texts.CommandLine(), Zone: c.zone, Now: o.Now, Draw: newCharts().draw}
	c.live = newInventory(c)
	c.inputs.hostPicker = hostPicker{c.live}
	c.live.OnChange(func(inv *model.Inventory) {
		if t := c.running.Load(); t != nil {
			t.inventoryChanged(context.WithoutCancel(ctx), inv)
		}
	})
	return c, nil
}

// component is a logger for one part.
func (b *core) component(name string) logrus.FieldLogger { return b.Log.WithField("component", name) }

// rateLimited writes errors of a part to the log, the same one at most once a minute.
func (b *core) rateLimited(component, text string) func(error) {
	return (&rateLimited{log: b.component(component), text: text, now: time.Now}).write
}

// rateLimitedLine is rateLimited for lines that are no errors of ours.
func (b *core) rateLimitedLine(component, text string) func(line string) {
	write := b.rateLimited(component, text)
	return func(line string) { write(errors.New(line)) }
}

// zone is the time zone in which people read times.
func (b *core) zone() *time.Location { return b.conf.current().Config.Alerts.Timezone.Location() }

// checkInputs are the parts that the checks of [[checks]] ask. Those parts are built from the configuration, which already has the
// checks: hostPicker is set before anything runs a check, and each term brings a receiver of heartbeats.
type checkInputs struct {
	hostPicker
	receiver atomic.Pointer[heartbeatReceiver]
}

// Heartbeat implements checks.Heartbeats.
func (i *checkInputs) Heartbeat(ctx context.Context, id model.CheckID) (model.Heartbeat, error) {
	return i.receiver.Load().Heartbeat(ctx, id)
}

// Outages implements checks.Heartbeats.
func (i *checkInputs) Outages() []model.Span { return i.receiver.Load().Outages() }

func (i *checkInputs) deps(now func() time.Time) checks.Deps {
	return checks.Deps{Hosts: i, Heartbeats: i, Now: now}
}
