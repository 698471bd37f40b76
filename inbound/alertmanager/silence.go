package alertmanager

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/model"
)

// maxSilences bounds what one Suppress sets: beyond it, a person should write one silence by hand.
const maxSilences = 100

// early is how far before now a silence begins, for a server whose clock is behind; Alertmanager changes it to now.
const early = time.Minute

// Acknowledge is not supported by Alertmanager: it returns a *inbound.Fault with errors.ErrUnsupported.
func (c *Client) Acknowledge(context.Context, model.Event, inbound.Note) error {
	reason := model.NewReason(model.ReasonSourceRight, "right", "acknowledge", "for", "ack")
	return &inbound.Fault{Reason: reason, Err: errors.ErrUnsupported}
}

// Unacknowledge is not supported by Alertmanager either: it returns a *inbound.Fault with errors.ErrUnsupported.
func (c *Client) Unacknowledge(ctx context.Context, e model.Event) error {
	return c.Acknowledge(ctx, e, inbound.Note{})
}

// matcher is one condition of a silence.
type matcher struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	IsRegex bool   `json:"isRegex"`
	IsEqual bool   `json:"isEqual"`
}

// silence is the request that sets one.
type silence struct {
	Matchers  []matcher `json:"matchers"`
	StartsAt  time.Time `json:"startsAt"`
	EndsAt    time.Time `json:"endsAt"`
	CreatedBy string    `json:"createdBy"`
	Comment   string    `json:"comment"`
}

// Suppress sets silences that match all labels of the events, one for events that differ only in their host, and returns their ids.
// All of them are set, or none; an event without alertname, and more than 100 silences, are refused.
func (c *Client) Suppress(ctx context.Context, all []model.Event, n inbound.Note) (string, error) {
	groups, err := c.group(all)
	if err != nil {
		return "", httpclient.Refuses(err)
	}
	var ids []string
	for _, matchers := range groups {
		id, err := c.set(ctx, silence{
			Matchers: matchers, StartsAt: c.o.Now().Add(-early).UTC(), EndsAt: n.Until.UTC(),
			CreatedBy: cmp.Or(n.Author, "opsbot"), Comment: cmp.Or(n.Comment, "opsbot"),
		})
		if err != nil {
			return "", c.undo(ctx, ids, err)
		}
		ids = append(ids, id)
	}
	return strings.Join(ids, ","), nil
}

// undo expires what was set before something else failed, and returns both errors.
func (c *Client) undo(ctx context.Context, ids []string, failed error) error {
	fault := inbound.AsFault(failed)
	if len(ids) == 0 {
		return fault
	}
	err := c.Expire(context.WithoutCancel(ctx), strings.Join(ids, ","))
	return &inbound.Fault{Reason: fault.Reason, Err: errors.Join(failed, err)}
}

func (c *Client) set(ctx context.Context, s silence) (id string, err error) {
	var answer struct {
		ID string `json:"silenceID"`
	}
	err = c.anyone(func(base string) error {
		return c.o.HTTP.JSON(ctx, httpclient.Request{URL: base + "/api/v2/silences", Body: s}, &answer)
	})
	if err == nil && answer.ID == "" {
		err = httpclient.Garbage(errors.New("a silence without an id"))
	}
	return answer.ID, err
}

// Expire ends silences by the ids that Suppress returned. Expired and missing ones are no error.
func (c *Client) Expire(ctx context.Context, handle string) error {
	var wrong []error
	for id := range strings.SplitSeq(handle, ",") {
		err := c.anyone(func(base string) error {
			return c.o.HTTP.JSON(ctx, httpclient.Request{Method: http.MethodDelete, URL: base + "/api/v2/silence/" + url.PathEscape(id)}, nil)
		})
		if err != nil && !over(err) {
			wrong = append(wrong, err)
		}
	}
	if len(wrong) > 0 {
		return inbound.AsFault(errors.Join(wrong...))
	}
	return nil
}

// over reports whether a silence could not be expired because it already is: Alertmanager answers 500 then.
func over(err error) bool {
	refusal, ok := errors.AsType[*httpclient.Refusal](err)
	return ok && (refusal.Code == http.StatusNotFound || bytes.Contains(refusal.Body, []byte("already expired")))
}

// anyone tries the members in order until one answers: they synchronize silences.
func (c *Client) anyone(one func(base string) error) error {
	var first error
	for _, base := range c.o.URLs {
		err := one(base)
		if err == nil {
			return nil
		}
		if inbound.AsFault(err).Reason.Code != model.ReasonSourceAway {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// group returns the matchers of the silences that events need.
func (c *Client) group(all []model.Event) ([][]matcher, error) {
	values := map[string][]string{} // by what events share: the values of the label in which they differ
	shared := map[string][]matcher{}
	for i := range all {
		if all[i].Labels[labelName] == "" {
			return nil, fmt.Errorf("%s has no %s: a silence could match too much", all[i].ID, labelName)
		}
		common, vary := c.split(all[i].Labels)
		key := fmt.Sprintf("%#v", common)
		shared[key] = common
		if vary != "" && !slices.Contains(values[key], vary) {
			values[key] = append(values[key], vary)
		}
	}
	if len(shared) > maxSilences {
		return nil, fmt.Errorf("%d silences would be needed, over %d", len(shared), maxSilences)
	}
	var out [][]matcher
	for _, key := range slices.Sorted(maps.Keys(shared)) {
		out = append(out, joined(shared[key], values[key]))
	}
	return out, nil
}

// split separates the label that names the host from the others. The matcher of that label is the first, and has no value yet.
func (c *Client) split(labels model.Labels) (common []matcher, vary string) {
	host := ""
	for _, key := range c.o.HostFrom {
		if host == "" && labels[key] != "" {
			host, vary = key, labels[key]
			common = append(common, matcher{Name: key, IsEqual: true})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if key != host && labels[key] != "" { // an empty label is a missing one
			common = append(common, matcher{Name: key, Value: labels[key], IsEqual: true})
		}
	}
	return common, vary
}

// joined are the matchers of one silence.
func joined(common []matcher, values []string) []matcher {
	out := slices.Clone(common)
	switch {
	case len(values) == 1:
		out[0].Value = values[0]
	case len(values) > 1:
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = regexp.QuoteMeta(v)
		}
		slices.Sort(quoted)
		out[0].Value, out[0].IsRegex = strings.Join(quoted, "|"), true
	}
	return out
}
