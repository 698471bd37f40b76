package console_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"opsbot"
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
		c := console.New(&out, func(opsbot.Notification) string { return tt.text })
		if _, err := c.Deliver(context.Background(), opsbot.Notification{}, opsbot.Card{}); err != nil {
			t.Error(err)
		}
		if out.String() != tt.want {
			t.Errorf("%q, want %q", out.String(), tt.want)
		}
	}
}

// cut is a writer that takes n bytes and then breaks.
type cut int

func (c cut) Write(p []byte) (int, error) { return min(int(c), len(p)), errors.New("broken pipe") }

func TestBrokenWriter(t *testing.T) {
	for n, want := range map[cut]opsbot.SendFailure{0: opsbot.SendNotSent, 3: opsbot.SendAmbiguous} {
		c := console.New(n, func(opsbot.Notification) string { return "main-db is down" })
		_, err := c.Deliver(context.Background(), opsbot.Notification{}, opsbot.Card{})
		if send, ok := errors.AsType[*opsbot.SendError](err); !ok || send.Failure != want {
			t.Errorf("%d bytes: %v, want %s", n, err, want)
		}
	}
}
