package telegram_test

import (
	"context"
	"testing"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// TestNothingWaitsForWhatIsSentAside: a text arrives while an upload to the same chat hangs; a 429 of the upload holds for the text.
func TestNothingWaitsForWhatIsSentAside(t *testing.T) {
	b := newBench(t)
	s := b.free()
	b.server.Break(botapi.Fault{Kind: botapi.FaultHang, Method: "sendDocument"})
	upload := text(group, "report")
	upload.Aside = true
	file := telegram.File{Name: "r.csv", Data: []byte("a,b\n")}
	ctx, cancel := context.WithCancel(b.ctx)
	ended := make(chan error, 1)
	before := b.server.Version()
	go func() {
		_, err := s.SendDocument(ctx, upload, file)
		ended <- err
	}()
	if _, err := b.server.WaitChange(b.ctx, before); err != nil {
		t.Fatal(err)
	}
	soon, stop := context.WithTimeout(b.ctx, 5*time.Second)
	defer stop()
	must(s.Send(soon, text(group, "alert")))(t)
	select {
	case err := <-ended:
		t.Errorf("the upload ended: %v", err)
	default:
	}
	cancel()
	if err := <-ended; failure(err) != model.SendAmbiguous {
		t.Errorf("the upload: %v", err)
	}
	b.server.Break(botapi.Fault{Kind: botapi.FaultFlood, Method: "sendDocument", RetryAfter: 300})
	for _, send := range []func() (model.Receipt, error){
		func() (model.Receipt, error) { return s.SendDocument(b.ctx, upload, file) },
		func() (model.Receipt, error) { return s.Send(b.ctx, text(group, "alert")) },
	} {
		if _, err := send(); failure(err) != model.SendFlood {
			t.Errorf("got %v", err)
		}
	}
}
