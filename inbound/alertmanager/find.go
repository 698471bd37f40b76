package alertmanager

import (
	"context"
	"encoding/json"
	"strings"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/payload"
)

var _ inbound.Writer = (*Client)(nil)

// Find returns the ids of the silences whose comment ends with a mark and that have not expired, as Suppress does.
func (c *Client) Find(ctx context.Context, mark string) (string, error) {
	var all []json.RawMessage
	err := c.anyone(func(base string) error {
		return c.o.HTTP.JSON(ctx, httpclient.Request{URL: base + "/api/v2/silences"}, &all)
	})
	if err != nil {
		return "", inbound.AsFault(err)
	}
	var n payload.Notes
	defer c.note(&n)
	var ids []string
	for i, raw := range all {
		n.At = i
		s := fields(&n, raw)
		status, _ := s["status"].(map[string]any)
		id, comment, state := n.Text("silences.id", s["id"]), n.Text("silences.comment", s["comment"]), n.Text("silences.status.state", status["state"])
		if mark != "" && id != "" && state != "expired" && strings.HasSuffix(comment, mark) {
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, ","), nil
}
