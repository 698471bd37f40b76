package app

import (
	"context"
	"encoding/json"
	"fmt"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// ControlClient asks a running opsbot through its control socket.
type ControlClient struct{ socket, language string }

// NewControlClient makes an ControlClient; nothing is dialled yet.
func NewControlClient(socket, language string) *ControlClient {
	return &ControlClient{socket, language}
}

func (a *ControlClient) ask(ctx context.Context, what string, req web.ControlRequest) (answer web.Answer, err error) {
	req.Language = a.language
	return answer, web.Call(ctx, a.socket, what, req, &answer)
}

// StatusAnswer is how things stand.
type StatusAnswer struct {
	answer web.Answer
	view   web.StatusView
}

// Text is what a person reads.
func (s *StatusAnswer) Text() string { return s.answer.Text }

// JSON is what a script reads.
func (s *StatusAnswer) JSON() any { return s.answer.Data }

// Down reports whether any check that was asked about is down.
func (s *StatusAnswer) Down() bool { return s.view.Checks[model.PhaseDown.String()] > 0 }

// Status asks how things stand.
func (a *ControlClient) Status(ctx context.Context, words []string) (*StatusAnswer, error) {
	answer, err := a.ask(ctx, "status", web.ControlRequest{Words: words})
	if err != nil {
		return nil, err
	}
	s := &StatusAnswer{answer: answer}
	if err := json.Unmarshal(answer.Data, &s.view); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return s, nil
}

// Mute mutes what a line like "2h clientA -- update" says; without a selector it is an error: name it, or all.
func (a *ControlClient) Mute(ctx context.Context, line string) (string, error) {
	req, err := ops.ParseMute(line)
	if err != nil {
		return "", err
	}
	switch {
	case len(req.Words) == 0:
		return "", &model.Error{Code: model.ErrNothingNamed}
	case req.For == 0:
		return "", &model.Error{Code: model.ErrNeedDuration}
	}
	answer, err := a.ask(ctx, "mute", web.ControlRequest{For: model.Duration(req.For), Words: req.Words, Reason: req.Reason})
	return answer.Text, err
}

// Unmute lifts mutes.
func (a *ControlClient) Unmute(ctx context.Context, words []string) (string, error) {
	answer, err := a.ask(ctx, "unmute", web.ControlRequest{Words: words})
	return answer.Text, err
}

// Mutes lists the mutes that hold.
func (a *ControlClient) Mutes(ctx context.Context) (string, error) {
	answer, err := a.ask(ctx, "mutes", web.ControlRequest{})
	return answer.Text, err
}

// Reload has the configuration read again.
func (a *ControlClient) Reload(ctx context.Context) error {
	_, err := a.ask(ctx, "reload", web.ControlRequest{})
	return err
}
