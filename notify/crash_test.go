package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"opsbot"
	"opsbot/alerts"
	"opsbot/notify"
	"opsbot/store"
)

// The environment of a process that TestKill starts of this test binary and kills.
const (
	crashURL  = "OPSBOT_CRASH_URL"  // of the channel's server
	crashDir  = "OPSBOT_CRASH_DIR"  // of the database
	crashSeed = "OPSBOT_CRASH_SEED" // of the checks' results; "drain": heal everything, send everything, end
)

func TestMain(m *testing.M) {
	if url := os.Getenv(crashURL); url != "" {
		if err := victim(url, os.Getenv(crashDir), os.Getenv(crashSeed)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// wire is what the channel says to its server.
type wire struct {
	ID       int64
	Kind     opsbot.TellingKind
	Incident opsbot.IncidentID
	Chat     opsbot.ChatID
	Message  int
	Repeat   bool
	Closed   bool
	Standing []opsbot.IncidentID
	Gone     []opsbot.IncidentID
}

// httpChannel is a channel as bot/telegram is one: an answer that was lost is ambiguous.
type httpChannel string

func (c httpChannel) Deliver(ctx context.Context, t opsbot.Telling, card opsbot.Card) (opsbot.Receipt, error) {
	w := wire{ID: t.ID, Kind: t.Kind, Incident: t.Incident, Chat: t.To.Chat, Message: card.Message, Repeat: t.Repeat}
	w.Closed = t.Fact.Incident != nil && !t.Fact.Incident.Open()
	for _, in := range t.Fact.Standing {
		w.Standing = append(w.Standing, in.ID)
	}
	for _, in := range t.Fact.Gone {
		w.Gone = append(w.Gone, in.ID)
	}
	body, err := json.Marshal(w)
	if err != nil {
		return opsbot.Receipt{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, string(c), bytes.NewReader(body))
	if err != nil {
		return opsbot.Receipt{}, err
	}
	req.GetBody = nil // so that net/http does not repeat it by itself
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		failure := opsbot.SendAmbiguous
		if errors.Is(err, syscall.ECONNREFUSED) {
			failure = opsbot.SendNotSent
		}
		return opsbot.Receipt{}, &opsbot.SendError{Failure: failure, Err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct{ Message int }
	switch err := json.NewDecoder(resp.Body).Decode(&answer); {
	case resp.StatusCode == http.StatusTooManyRequests:
		return opsbot.Receipt{}, &opsbot.SendError{Failure: opsbot.SendFlood, RetryAfter: 20 * time.Millisecond}
	case resp.StatusCode != http.StatusOK || err != nil:
		return opsbot.Receipt{}, &opsbot.SendError{Failure: opsbot.SendAmbiguous, Err: err}
	}
	return opsbot.Receipt{Message: answer.Message}, nil
}

var victimChecks = []string{"db", "disk", "licence", "a/web@h1", "a/shop@h1"}

func victimInventory() *opsbot.Inventory {
	var checks []*opsbot.Check
	for _, id := range victimChecks[:3] {
		checks = append(checks, &opsbot.Check{ID: opsbot.CheckID(id), Severity: opsbot.SeverityCritical})
	}
	for _, service := range []string{"web", "shop"} {
		key := opsbot.ServiceKey{Client: "a", Service: service}
		e := &opsbot.Endpoint{ServiceKey: key, Host: "h1"}
		checks = append(checks, &opsbot.Check{ID: e.ID(), Endpoint: e, Failures: opsbot.Limit{N: 2}, Timeout: time.Second})
	}
	services := []opsbot.Service{
		{ServiceKey: opsbot.ServiceKey{Client: "a", Service: "web"}, ErrThreshold: 10},
		{ServiceKey: opsbot.ServiceKey{Client: "a", Service: "shop"}, ErrThreshold: 10},
	}
	return opsbot.NewInventory([]opsbot.Client{{Name: "a"}}, services, []opsbot.Host{{Name: "h1"}}, checks)
}

type nobody struct{}

func (nobody) LookAt(string)                       {}
func (nobody) Again(opsbot.CheckID, time.Duration) {}

// victim is the program in small: a book and a dispatcher over one database. Its clock runs 20 times as fast, so that
// waits end within a run.
func victim(url, dir, seed string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	begin := time.Now()
	now := func() time.Time { return begin.Add(20 * time.Since(begin)) }
	db, err := store.Open(ctx, store.Options{Path: filepath.Join(dir, "opsbot.db"), Now: now})
	if err != nil {
		return err
	}
	memory, err := db.Load(ctx)
	if err != nil {
		return err
	}
	d := notify.New(notify.Options{
		Store: db, Channels: map[string]notify.Channel{"telegram": httpChannel(url)}, Now: time.Now,
		FirstPause: time.Millisecond, LongestPause: 10 * time.Millisecond,
	})
	book := alerts.New(alerts.Options{
		Store: db, Looker: nobody{}, Confirmer: nobody{}, Told: d.Notify, Now: now, Inventory: victimInventory(),
		Routing: alerts.Routing{Chats: []opsbot.Chat{{ID: 1}, {ID: 2}}}, Memory: memory,
	})
	if err := book.Tick(ctx); err != nil {
		return err
	}
	var loops sync.WaitGroup
	loops.Go(func() { _ = book.Run(ctx) })
	loops.Go(func() { _ = d.Run(ctx) })
	defer loops.Wait()
	defer cancel()
	if seed == "drain" {
		return drain(ctx, db, book, now)
	}
	return misbehave(ctx, book, seed, now)
}

// misbehave lets checks come and go, and then waits to be killed.
func misbehave(ctx context.Context, book *alerts.Book, seed string, now func() time.Time) error {
	n, err := strconv.ParseUint(seed, 10, 64)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(n, 1))
	for range 30 {
		r := opsbot.Result{Check: opsbot.CheckID(victimChecks[random.IntN(len(victimChecks))]), Status: opsbot.StatusFail, At: now()}
		if random.IntN(2) == 0 {
			r.Status = opsbot.StatusOK
		}
		if err := book.Handle(ctx, r); err != nil {
			return err
		}
	}
	<-time.After(time.Minute)
	return errors.New("not killed")
}

func drain(ctx context.Context, db *store.DB, book *alerts.Book, now func() time.Time) error {
	for _, id := range victimChecks {
		if err := book.Handle(ctx, opsbot.Result{Check: opsbot.CheckID(id), Status: opsbot.StatusOK, At: now()}); err != nil {
			return err
		}
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		q, err := db.Queue(ctx, now())
		if err != nil || q.Length == 0 {
			return err
		}
	}
	return nil
}

// chatServer is what the chats saw. It loses answers, refuses, and asks for patience.
type chatServer struct {
	mu      sync.Mutex
	random  *rand.Rand
	seen    []wire
	calls   chan struct{}
	patient bool // no more faults
}

func (s *chatServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var got wire
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
		return // killed while writing
	}
	select {
	case s.calls <- struct{}{}:
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := s.random.IntN(16)
	switch {
	case s.patient || fault > 2:
		s.seen = append(s.seen, got)
		_, _ = fmt.Fprintf(w, `{"Message":%d}`, len(s.seen))
	case fault == 0:
		w.WriteHeader(http.StatusTooManyRequests)
	case fault == 1:
		w.WriteHeader(http.StatusBadGateway)
	default: // done, and the answer is lost
		s.seen = append(s.seen, got)
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = conn.Close()
		}
	}
}

const kills = 20

// TestKill kills the program at random moments of its work and compares what the chats saw with what is stored.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2))
	chats := &chatServer{random: rand.New(rand.NewPCG(seed, 3)), calls: make(chan struct{}, 1)}
	server := httptest.NewServer(chats)
	defer server.Close()
	dir := t.TempDir()
	if err := start(t, server.URL, dir, "drain").Wait(); err != nil { // a first start, which collects before it tells
		t.Fatalf("the first run: %v", err)
	}
	for range kills {
		cmd := start(t, server.URL, dir, strconv.FormatUint(random.Uint64(), 10))
		patience := time.After(time.Duration(100+random.IntN(150)) * time.Millisecond)
		for calls := random.IntN(30); calls >= 0; calls-- {
			select {
			case <-chats.calls:
			case <-patience:
				calls = 0
			}
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	chats.mu.Lock()
	chats.patient = true
	chats.mu.Unlock()
	if err := start(t, server.URL, dir, "drain").Wait(); err != nil {
		t.Fatalf("the last run: %v", err)
	}
	compare(t, chats.seen, stored(t, dir))
}

func start(t *testing.T, url, dir, seed string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashURL+"="+url, crashDir+"="+dir, crashSeed+"="+seed)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func stored(t *testing.T, dir string) []opsbot.Incident {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "opsbot.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	incidents, err := db.Incidents(t.Context(), time.Time{}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return incidents
}

// seenOf is what one chat saw of one incident.
type seenOf struct {
	chat     opsbot.ChatID
	incident opsbot.IncidentID
}

func compare(t *testing.T, seen []wire, incidents []opsbot.Incident) {
	t.Helper()
	first := map[int64]bool{}
	lastID := map[opsbot.ChatID]int64{}
	down, up := map[seenOf]bool{}, map[seenOf]bool{}
	unmarked, disorder, repeats := 0, 0, 0
	for i, w := range seen {
		if first[w.ID] {
			repeats++
			if !w.Repeat && w.Kind != opsbot.TellEdit {
				unmarked++
			}
		}
		if w.ID < lastID[w.Chat] || (w.Message > i) {
			disorder++
		}
		first[w.ID], lastID[w.Chat] = true, w.ID
		switch w.Kind {
		case opsbot.TellOpen, opsbot.TellRaise:
			down[seenOf{w.Chat, w.Incident}] = true
			if w.Closed { // so late that it says the end itself
				up[seenOf{w.Chat, w.Incident}] = true
			}
		case opsbot.TellEnd:
			up[seenOf{w.Chat, w.Incident}] = true
		}
		for _, id := range w.Standing {
			down[seenOf{w.Chat, id}] = true
		}
		for _, id := range w.Gone {
			up[seenOf{w.Chat, id}] = true
		}
	}
	lost, downWithoutUp := 0, 0
	for _, in := range incidents {
		for _, chat := range []opsbot.ChatID{1, 2} {
			key := seenOf{chat, in.ID}
			if !down[key] && (in.Parent == 0 || !down[seenOf{chat, in.Parent}]) {
				lost++
			}
			if down[key] && !up[key] && in.Parent == 0 {
				downWithoutUp++
			}
		}
	}
	t.Logf("%d incidents, %d deliveries, %d repeats", len(incidents), len(seen), repeats)
	if unmarked+disorder+lost+downWithoutUp > 0 {
		t.Errorf("unmarked repeats %d, out of order %d, lost %d, told down without up %d", unmarked, disorder, lost, downWithoutUp)
	}
	if len(incidents) < kills || repeats == 0 {
		t.Errorf("%d incidents and %d repeats try nothing", len(incidents), repeats)
	}
}
