package console_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/notify/console"
)

func TestDeliver(t *testing.T) {
	tests := []struct{ text, want string }{
		{"main-db is down\nrefused", "main-db is down\nrefused\n"},
		{"  \n", ""},
		{"red \x1b[31malert\r\x00\u009b", "red [31malert\n"},
	}
	for _, tt := range tests {
		var out strings.Builder
		c := console.New(&out, func(model.Notification) string { return tt.text })
		if _, err := c.Deliver(context.Background(), model.Notification{}, model.Card{}); err != nil {
			t.Error(err)
		}
		if out.String() != tt.want {
			t.Errorf("%q, want %q", out.String(), tt.want)
		}
	}
}

// cut is a writer that accepts n bytes and then fails.
type cut int

func (c cut) Write(p []byte) (int, error) { return min(int(c), len(p)), errors.New("broken pipe") }

func TestBrokenWriter(t *testing.T) {
	for n, want := range map[cut]model.SendFailure{0: model.SendNotSent, 3: model.SendAmbiguous} {
		c := console.New(n, func(model.Notification) string { return "main-db is down" })
		_, err := c.Deliver(context.Background(), model.Notification{}, model.Card{})
		if send, ok := errors.AsType[*model.SendError](err); !ok || send.Failure != want {
			t.Errorf("%d bytes: %v, want %s", n, err, want)
		}
	}
}
