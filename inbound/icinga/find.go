package icinga

import (
	"context"
	"slices"
	"strings"

	"opsbot/model"
)

// Find implements inbound.Writer: the handle of downtimes that have not expired and whose comment ends with a mark. It
// requires the right objects/query/Downtime. Errors are *inbound.Fault.
func (c *Client) Find(ctx context.Context, mark string) (string, error) {
	found, err := c.query(ctx, downtimes, nil)
	if notFound(err) {
		return "", right{"objects/query/Downtime", forDowntime}.missing()
	}
	if err != nil {
		return "", err
	}
	now := c.o.Now()
	var inner, outer []string // in the order of Suppress
	for i := range found {
		switch a := &found[i].Attrs; {
		case mark == "" || !strings.HasSuffix(a.Comment, mark) || !moment(a.EndTime).After(now):
		case a.Parent != "":
			inner = append(inner, found[i].Name)
		default:
			outer = append(outer, found[i].Name)
		}
	}
	slices.Sort(inner)
	slices.Sort(outer)
	return strings.Join(append(inner, outer...), "\n"), nil
}

// Objects returns every visible host with the fields of an event about it: Object and Names. Errors are *inbound.Fault.
func (c *Client) Objects(ctx context.Context) ([]model.Event, error) {
	found, err := c.query(ctx, kind{title: hosts.title, plural: hosts.plural, attrs: []string{"name", "display_name", "address", "address6", "vars"}}, nil)
	if notFound(err) {
		return nil, right{"objects/query/Host", forHosts}.missing()
	}
	if err != nil {
		return nil, err
	}
	all := make([]model.Event, len(found))
	for i := range found {
		all[i] = model.Event{Object: found[i].key(), Names: c.names(&found[i])}
	}
	return all, nil
}
