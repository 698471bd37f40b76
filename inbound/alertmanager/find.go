package alertmanager

import (
	"context"
	"strings"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
)

var _ inbound.Writer = (*Client)(nil)

// Find returns the ids of the silences whose comment ends with a mark and that have not expired, as Suppress does.
func (c *Client) Find(ctx context.Context, mark string) (string, error) {
	var all []struct {
		ID      string `json:"id"`
		Comment string `json:"comment"`
		Status  struct {
			State string `json:"state"`
		} `json:"status"`
	}
	err := c.anyone(func(base string) error {
		return c.o.HTTP.JSON(ctx, httpclient.Request{URL: base + "/api/v2/silences"}, &all)
	})
	if err != nil {
		return "", inbound.AsFault(err)
	}
	var ids []string
	for _, s := range all {
		if mark != "" && s.Status.State != "expired" && strings.HasSuffix(s.Comment, mark) {
			ids = append(ids, s.ID)
		}
	}
	return strings.Join(ids, ","), nil
}
