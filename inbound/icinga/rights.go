package icinga

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/model"
)

// Purposes of rights, for model.ReasonSourceRight.
const (
	forEvents   = "events"
	forAck      = "ack"
	forDowntime = "downtime"
	forHosts    = "hosts"
)

// right is a permission of Icinga's API, and its purpose.
type right struct{ name, purpose string }

var rights = []right{
	{"status/query", forEvents},
	{"objects/query/Host", forEvents},
	{"objects/query/Service", forEvents},
	{"events/StateChange", forEvents},
	{"events/AcknowledgementSet", forEvents},
	{"events/AcknowledgementCleared", forEvents},
	{"events/DowntimeStarted", forEvents},
	{"events/DowntimeTriggered", forEvents},
	{"events/DowntimeRemoved", forEvents},
	{"actions/acknowledge-problem", forAck},
	{"actions/remove-acknowledgement", forAck},
	{"objects/query/Comment", forAck}, // to name who acknowledged
	{"actions/schedule-downtime", forDowntime},
	{"actions/remove-downtime", forDowntime},
	{"objects/query/Downtime", forDowntime}, // to find what was set though the answer was lost
}

// leastVersion is the first that sets downtimes for a host with all its services.
const leastVersion = "2.11"

// Probe reads the version and which permissions our user lacks. Errors are *inbound.Fault.
func (c *Client) Probe(ctx context.Context) (inbound.Probe, error) {
	version, granted, err := c.introduce(ctx)
	if err != nil {
		return inbound.Probe{}, err
	}
	p := inbound.NewProbe(version, leastVersion)
	for _, r := range rights {
		if !r.in(granted) {
			p.Missing = append(p.Missing, r.missing().Reason)
		}
	}
	return p, nil
}

// introduce asks Icinga for its version and our permissions.
func (c *Client) introduce(ctx context.Context) (version string, granted []string, err error) {
	var answer struct {
		Results []struct {
			Version     string   `json:"version"`
			Permissions []string `json:"permissions"`
		} `json:"results"`
	}
	if err := c.o.HTTP.JSON(ctx, httpclient.Request{URL: c.base}, &answer); err != nil {
		return "", nil, err
	}
	if len(answer.Results) != 1 {
		return "", nil, httpclient.Garbage(errors.New("/v1 returns no version"))
	}
	version, _, _ = strings.Cut(strings.TrimLeft(answer.Results[0].Version, "rv"), "-")
	return version, answer.Results[0].Permissions, nil
}

// in reports whether permissions as Icinga lists them include a right: patterns with * and ?, ignoring case, and marked if they
// apply to some objects only.
func (r right) in(granted []string) bool {
	return slices.ContainsFunc(granted, func(pattern string) bool {
		pattern = regexp.QuoteMeta(strings.TrimSuffix(pattern, " (filtered)"))
		pattern = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(pattern)
		match, err := regexp.MatchString("(?i)^"+pattern+"$", r.name)
		return err == nil && match
	})
}

// missing is the Fault of a missing right.
func (r right) missing() *inbound.Fault {
	return &inbound.Fault{Reason: model.NewReason(model.ReasonSourceRight, "right", r.name, "for", r.purpose)}
}

// declined is the Fault of a declined request.
func declined(said string) *inbound.Fault {
	return &inbound.Fault{Reason: model.NewReason(model.ReasonSourceDeclines, "said", model.ClipBytes(said, maxTitle))}
}

// notFound reports whether Icinga answered that a right is missing, or a name is unknown.
func notFound(err error) bool {
	refusal, ok := errors.AsType[*httpclient.Refusal](err)
	return ok && refusal.Code == http.StatusNotFound
}

// each queries names, all at once. Icinga refuses all of them for one unknown name, in the same words as for a missing right: if
// it is not the right, unknown ones are found by halving, and returned.
func (c *Client) each(ctx context.Context, names []string, r right, about func(some []string) error) (gone []string, err error) {
	if len(names) == 0 {
		return nil, nil
	}
	if err := about(names); !notFound(err) {
		return nil, err
	}
	_, granted, err := c.introduce(ctx)
	switch {
	case err != nil:
		return nil, err
	case !r.in(granted):
		return nil, r.missing()
	}
	return halve(names, about)
}

// halve finds the unknown ones among refused names.
func halve(names []string, about func(some []string) error) (gone []string, err error) {
	if len(names) == 1 {
		return names, nil
	}
	for _, half := range [][]string{names[:len(names)/2], names[len(names)/2:]} {
		err := about(half)
		if notFound(err) {
			var unknown []string
			unknown, err = halve(half, about)
			gone = append(gone, unknown...)
		}
		if err != nil {
			return gone, err
		}
	}
	return gone, nil
}
