package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"opsbot/alerts"
	"opsbot/bot"
	"opsbot/model"
)

// own is how people word their own messages, by the configuration that holds when a message is sent.
func (a *App) own() *bot.Template {
	log := a.component("templates")
	return &bot.Template{
		Template: func(t model.Notification) *model.MessageTemplate { return a.template(t) },
		Instance: a.instance,
		Fault: func(t model.Notification, err error) {
			log.WithError(err).WithField("incident", int64(t.Incident)).Error("a template did not do; the card is sent")
		},
	}
}

// template is the nearest one for a telling: the check's, that of the route by which it goes, or that of all alerts.
func (a *App) template(t model.Notification) *model.MessageTemplate {
	in, l := t.Snapshot.Incident, a.loaded.Load()
	if in == nil {
		return nil
	}
	if in.Kind == model.IncidentCheck {
		for i := range l.Config.Checks {
			if c := &l.Config.Checks[i]; c.Name == string(in.Check) && c.Template != nil {
				return c.Template
			}
		}
	}
	routing := l.Routing(a.people.Chats())
	about := alerts.About{Labels: labelsOf(a.live.Current(), in)}
	if i := routing.Through(in, about, t.To); i >= 0 && l.Config.Routes[i].Template != nil {
		return l.Config.Routes[i].Template
	}
	return l.Config.Alerts.Template
}

// labelsOf are those of the checks that fail; once it is over, of all that it was about.
func labelsOf(inv *model.Inventory, in *model.Incident) []model.Labels {
	var of []*model.Check
	for _, f := range in.Failing {
		if c, ok := inv.Check(f.Check); ok {
			of = append(of, c)
		}
	}
	if len(of) == 0 {
		of = append(slices.Clone(inv.ChecksOfHost(in.Host)), inv.ChecksOfService(in.ServiceKey)...)
		if c, ok := inv.Check(in.Check); ok {
			of = append(of, c)
		}
	}
	labels := make([]model.Labels, len(of))
	for i, c := range of {
		labels[i] = c.Labels
	}
	return labels
}

func (a *App) instance() bot.Instance {
	cfg := a.loaded.Load().Config
	at := bot.Instance{Name: cfg.Instance.Name, LocalIP: cfg.Around.LocalIP, ExternalIP: cfg.Around.ExternalIP}
	if seen := a.seenFrom.Load(); seen != nil && at.ExternalIP == "" && seen.page == cfg.Instance.ExternalIPURL.Reveal() {
		at.ExternalIP = seen.address
	}
	return at
}

// seenFrom is the address that a page said we are seen by.
type seenFrom struct{ page, address string }

// How often the page is asked, and how long it may take. Addresses of a provider change once a day at most.
const (
	externalPace    = time.Hour
	externalTimeout = 10 * time.Second
	maxExternal     = 256 // bytes of an answer that is read: an address has at most 45
)

// watchExternal asks the page of external_ip_url, where there is one, at once, every hour, and after a reload.
func (a *App) watchExternal(ctx context.Context) error {
	again := time.NewTicker(externalPace)
	defer again.Stop()
	for {
		a.askExternal(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		case <-a.askAgain:
		}
	}
}

// askExternal keeps what was known when the page does not answer with an address.
func (a *App) askExternal(ctx context.Context) {
	page := a.loaded.Load().Config.Instance.ExternalIPURL.Reveal()
	if page == "" {
		return
	}
	address, err := externalIP(ctx, page)
	if err != nil {
		if ctx.Err() == nil {
			a.component("instance").WithError(err).Warn("ask external_ip_url for our address")
		}
		return
	}
	a.seenFrom.Store(&seenFrom{page: page, address: address})
}

// externalIP asks a page for the address it sees us by. Its error does not hold the URL, which may hold a password.
func externalIP(ctx context.Context, page string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, externalTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, http.NoBody)
	if err != nil {
		return "", fmt.Errorf("make the request: %w", withoutURL(err))
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return "", fmt.Errorf("ask: %w", withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }() // all that is wanted was read
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("ask: HTTP %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxExternal))
	if err != nil {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	address, err := netip.ParseAddr(strings.TrimSpace(string(body)))
	if err != nil {
		return "", errors.New("the answer is not an IP address")
	}
	return address.WithZone("").String(), nil
}

// withoutURL is what an error of net/http or net/url says beside the URL.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
