package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"opsbot/sandbox/botapi"
)

// The limits of answers.
const (
	hugeChecks    = 100_000
	mostHugeStart = 5 * time.Second        // of processor time
	mostStatus    = 10 * time.Millisecond  // of one client among as many, at the control socket
	mostAnswer    = 150 * time.Millisecond // the slowest of a hundred first answers in a chat under a sweep

	mostWebTest = 150 * time.Millisecond // of four endpoints that answer at once
	webTests    = 11

	statusAsked  = 200
	chatPeople   = 20 // each in a private chat, which takes one message a second
	chatAsked    = 200
	chatPace     = 100 * time.Millisecond // all chats together take 25 messages a second
	answerBound  = 30 * time.Second
	firstPerson  = 1000 // id
	chatsSettled = 2 * time.Second
)

// measureStatus asks for one client among 100,000 checks, over and over, once all have run.
func measureStatus(ctx context.Context, w *world) (rows []row, err error) {
	dir, err := os.MkdirTemp("", "opsbot-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p := &product{dir: dir}
	if err := p.start(ctx, w.script(hugeChecks, 1), "@every 1h"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	start := used(p.cmd.Process.Pid).Seconds()
	if err := p.firstRound(ctx, hugeChecks); err != nil {
		return nil, err
	}
	var took []float64
	for i := range statusAsked {
		begun := time.Now()
		if err := p.control(ctx, "status", fmt.Sprint("client", i)); err != nil {
			return nil, err
		}
		took = append(took, float64(time.Since(begun))/float64(time.Millisecond))
	}
	what := fmt.Sprintf("product, %d checks: the status of one client, at the control socket", hugeChecks)
	return []row{
		{what: fmt.Sprintf("product, %d checks: from its start until all runs", hugeChecks), limit: mostHugeStart.Seconds(), measured: start, unit: " s CPU"},
		{what: what, limit: float64(mostStatus / time.Millisecond), measured: median(took), unit: " ms", note: fmt.Sprintf("p99 %.1f ms", percentile(took, 99))},
	}, nil
}

// percentile is the value that so many percent do not exceed. It sorts them.
func percentile(values []float64, percent int) float64 {
	slices.Sort(values)
	return values[(len(values)*percent+99)/100-1]
}

// control sends a command to the control socket, and reads the answer.
func (p *product) control(ctx context.Context, command string, words ...string) error {
	socket := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(p.dir, "opsbot.sock"))
	}
	client := http.Client{Transport: &http.Transport{DialContext: socket, DisableKeepAlives: true}}
	body, err := json.Marshal(map[string]any{"words": words, "language": "en"})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://opsbot/v1/"+command, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	said, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %v is answered %s: %s", command, words, resp.Status, said)
	}
	return err
}

// chatCommands run nothing.
var chatCommands = []string{"/status", "/status client7", "/incidents", "/mutes", "/history client8", "/whoami", "/help", "/clients"}

// measureChat asks in private chats while all checks run, round after round.
func measureChat(ctx context.Context, w *world) (rows []row, err error) {
	var took []float64
	err = withChat(ctx, chatProduct{script: w.script(manyChecks, 1)}, func(_ *product, server *botapi.Server) error {
		var err error
		took, err = askAll(ctx, server)
		return err
	})
	if err != nil {
		return nil, err
	}
	slowest := percentile(took, 99)
	return []row{{
		what: fmt.Sprintf("product, a sweep of %d: first answers in the chat, p99", manyChecks), limit: float64(mostAnswer / time.Millisecond), measured: slowest, unit: " ms",
		note: fmt.Sprintf("p50 %.0f ms", percentile(took, 50)),
	}}, nil
}

// measureWebTest tests four endpoints by a command, each time of another client, and waits for the message that says how they are. A
// message of how far the test is, or an edit, is none.
func measureWebTest(ctx context.Context, w *world) (rows []row, err error) {
	var took []float64
	err = withChat(ctx, chatProduct{script: w.script(alertChecks, 1), clients: alertChecks / servicesOfHost}, func(_ *product, server *botapi.Server) error {
		for i := range webTests {
			one, said, err := askOne(ctx, server, int64(firstPerson+i), fmt.Sprint("/webtest client", i))
			if err == nil && (said.Edits > 0 || !strings.Contains(said.Text, fmt.Sprint(servicesOfHost, " ok"))) {
				err = fmt.Errorf("the first answer is %q", said.Text)
			}
			if err != nil {
				return err
			}
			took = append(took, one)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return []row{{
		what:  fmt.Sprintf("product, /webtest of %d endpoints that answer at once: until it is said how they are", servicesOfHost),
		limit: float64(mostWebTest / time.Millisecond), measured: median(took), unit: " ms",
	}}, nil
}

// chatProduct is a product with a chat for each person.
type chatProduct struct {
	script  script
	clients int
}

// withChat runs such a product beside a Bot API server, and asks once all checks have run.
func withChat(ctx context.Context, c chatProduct, ask func(p *product, server *botapi.Server) error) (err error) {
	server, err := botapi.Start(botapi.Options{Username: "bench"})
	if err != nil {
		return err
	}
	defer server.Close()
	more := fmt.Sprintf("\n[telegram]\ntoken = %q\napi_urls = [%q]\n", server.Token(), server.URL())
	for i := range chatPeople {
		server.AddUser(botapi.User{ID: int64(firstPerson + i), FirstName: "bench", Language: "en"})
		more += fmt.Sprintf("[[telegram.users]]\nid = %d\nrole = \"admin\"\n", firstPerson+i)
	}
	dir, err := os.MkdirTemp("", "opsbot-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p := &product{dir: dir, more: more, clients: c.clients}
	if err := p.start(ctx, c.script, "@every 1s"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := p.firstRound(ctx, c.script.N); err != nil {
		return err
	}
	return ask(p, server)
}

// askAll asks at an even pace, as many people do, and returns how long each answer took, in milliseconds.
func askAll(ctx context.Context, server *botapi.Server) (took []float64, err error) {
	if err := pause(ctx, chatsSettled); err != nil {
		return nil, err
	}
	answers := make(chan error, chatAsked)
	times := make([]float64, chatAsked)
	for i := range chatAsked {
		go func() {
			var err error
			times[i], _, err = askOne(ctx, server, int64(firstPerson+i%chatPeople), chatCommands[(i+i/chatPeople)%len(chatCommands)])
			answers <- err
		}()
		if err := pause(ctx, chatPace); err != nil {
			return nil, err
		}
	}
	for range chatAsked {
		err = errors.Join(err, <-answers)
	}
	return times, err
}

// askOne asks, and returns how long the first message took that came after it, in milliseconds.
func askOne(ctx context.Context, server *botapi.Server, person int64, text string) (took float64, said botapi.Message, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerBound)
	defer cancel()
	begun := time.Now()
	posted, err := server.Post(botapi.Post{From: person, Chat: person, Text: text})
	if err != nil {
		return 0, said, err
	}
	said, err = server.WaitMessage(ctx, person, func(m botapi.Message) bool { return m.FromBot && m.ID > posted.ID })
	if err != nil {
		err = fmt.Errorf("%s is not answered: %w", text, err)
	}
	return float64(time.Since(begun)) / float64(time.Millisecond), said, err
}
