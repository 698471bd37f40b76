package zabbix

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/payload"
	"opsbot/model"
)

// params are the parameters of a method.
type params map[string]any

// login is how the token is sent.
type login int

const (
	loginUnknown login = iota
	loginField         // in the request; the only way up to 6.2, removed in 7.2
	loginHeader        // as a bearer; from 6.4 on, unless a proxy removes it
)

// The versions at which something changed.
const (
	leastVersion   = "6.0"
	hostGroupsFrom = "6.2" // selectHostGroups
	headerFrom     = "6.4"
	fieldUntil     = "7.2"
)

// failure is an error of the API; its HTTP status is 200.
type failure struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    string `json:"data"`
}

// Error returns the more specific of its two texts.
func (f *failure) Error() string {
	return cmp.Or(strings.TrimSpace(f.Data), f.Message, "code "+strconv.Itoa(f.Code))
}

// unauthorised reports whether the token was rejected. The wording differs between versions.
func (f *failure) unauthorised() bool {
	return slices.ContainsFunc([]string{"Not authori", "re-login", "token expired", "Incorrect user name"}, func(said string) bool {
		return strings.Contains(f.Data, said)
	})
}

// Purposes of rights, for model.ReasonSourceRight.
const (
	forEvents   = "events"
	forAck      = "ack"
	forDowntime = "downtime"
	forHosts    = "hosts"
)

// fault is the Fault of a failure for a purpose.
func (f *failure) fault(purpose, method string) *inbound.Fault {
	switch {
	case f.unauthorised():
		return httpclient.Refuses(f)
	case strings.Contains(f.Data, "No permissions to call"):
		return missing(method, purpose, f)
	case strings.Contains(f.Data, "do not have permission"): // to acknowledge, to comment: actions of the role
		return missing(f.Data, purpose, f)
	}
	return declined(f)
}

func missing(right, purpose string, err error) *inbound.Fault {
	return &inbound.Fault{Reason: model.NewReason(model.ReasonSourceRight, "right", right, "for", purpose), Err: err}
}

func declined(err error) *inbound.Fault {
	return &inbound.Fault{Reason: model.NewReason(model.ReasonSourceDeclines, "said", title(err.Error())), Err: err}
}

// call calls a method, with the login of the version. Errors are *inbound.Fault.
func (c *Client) call(ctx context.Context, purpose, method string, with, result any) error {
	version, how, err := c.greeted(ctx)
	if err != nil {
		return err
	}
	first := how
	if how == loginUnknown {
		if first = loginHeader; inbound.Older(version, headerFrom) {
			first = loginField
		}
	}
	err = c.send(ctx, first, method, with, result)
	said, failed := errors.AsType[*failure](err)
	if failed && said.unauthorised() && how == loginUnknown && first == loginHeader && inbound.Older(version, fieldUntil) {
		// Some web servers hide the header from PHP; then only the field remains.
		first = loginField
		err = c.send(ctx, first, method, with, result)
		said, failed = errors.AsType[*failure](err)
	}
	if failed {
		return said.fault(purpose, method)
	}
	if err == nil {
		c.mu.Lock()
		c.login = first
		c.mu.Unlock()
	}
	return err
}

// greeted returns the version and the login; the version is requested once.
func (c *Client) greeted(ctx context.Context) (string, login, error) {
	c.mu.Lock()
	version, how := c.version, c.login
	c.mu.Unlock()
	if version == "" {
		var err error
		if version, err = c.greet(ctx); err != nil {
			return "", loginUnknown, err
		}
	}
	return version, how, nil
}

// greet requests the version, which needs no login.
func (c *Client) greet(ctx context.Context) (string, error) {
	var version string
	if err := c.send(ctx, loginUnknown, "apiinfo.version", []string{}, &version); err != nil {
		if said, ok := errors.AsType[*failure](err); ok {
			return "", declined(said)
		}
		return "", err
	}
	if major, _, ok := strings.Cut(version, "."); !ok || strings.Trim(major, "0123456789") != "" {
		return "", httpclient.Garbage(fmt.Errorf("apiinfo.version is %q", title(version)))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if version != c.version {
		c.version, c.login = version, loginUnknown
	}
	return version, nil
}

// send sends one request. Errors are *failure or *inbound.Fault.
func (c *Client) send(ctx context.Context, how login, method string, with, result any) error {
	body := map[string]any{"jsonrpc": "2.0", "method": method, "params": with, "id": 1}
	q := httpclient.Request{URL: c.address, Body: body, Bare: true}
	switch how {
	case loginField:
		body["auth"] = c.o.Token.Reveal()
	case loginHeader:
		q.Header = http.Header{"Authorization": {"Bearer " + c.o.Token.Reveal()}}
	case loginUnknown:
	}
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *failure        `json:"error"`
	}
	if err := c.o.HTTP.JSON(ctx, q, &answer); err != nil {
		return err
	}
	switch {
	case answer.Error != nil:
		return answer.Error
	case len(answer.Result) == 0:
		return httpclient.Garbage(fmt.Errorf("%s is answered by neither a result nor an error", method))
	case result == nil:
		return nil
	}
	if field, err := payload.Lenient(json.Unmarshal(answer.Result, result)); err != nil {
		return httpclient.Garbage(fmt.Errorf("read the answer to %s: %w", method, err))
	} else if field != "" {
		c.odd.Add(method+": "+field, payload.Unreadable)
	}
	return nil
}

// text is a text or a number: Zabbix writes numbers both ways.
type text string

// UnmarshalJSON takes any value: what is no text, number or boolean is "", so that one odd field costs nothing else.
func (t *text) UnmarshalJSON(raw []byte) error {
	value, err := payload.Decode(raw)
	if err != nil {
		return err
	}
	var n payload.Notes
	*t = text(n.Text("", value))
	return nil
}

// number is 0 if it is not a number.
func (t text) number() int64 {
	n, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
