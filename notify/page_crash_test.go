package notify_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/alerts/escalation"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/store"
)

// pageOrders is the environment variable that turns this binary into the victim of a trial of pages.
const pageOrders = "OPSBOT_PAGE_ORDERS"

// pageTrial are the parameters of one victim.
type pageTrial struct {
	URL   string // of the counting receiver
	Dir   string // of the database
	Seed  uint64
	Drain bool // act for a while, send everything, end
}

// TestKilledWhilePaging: killed at any moment, each page that counts as sent has arrived, none is left, and none was begun after an answer
// was committed.
func TestKilledWhilePaging(t *testing.T) {
	kills := 5
	if underRace {
		kills = 2
	}
	killPages(t, kills)
}

// receiver counts the pages that arrive.
type receiver struct {
	mu      sync.Mutex
	arrived map[string]int
	several int // messages of several pages
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	refuse := false
	if len(req.URL.Query()["page"]) > 1 {
		r.several++
	}
	for _, page := range req.URL.Query()["page"] { // several of one message
		r.arrived[page]++
		refuse = refuse || len(r.arrived)%7 == 3 && r.arrived[page] == 1 // what arrives may be answered as if it had not
	}
	r.mu.Unlock()
	if refuse {
		w.WriteHeader(http.StatusBadGateway)
	}
}

// triesSeveral reports whether messages of several pages were tried: no kill is of three at once.
func (r *receiver) triesSeveral() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.several > 2
}

// killPages kills so often, and goes on until pages went out together too: that takes two at the same moment.
func killPages(t *testing.T, kills int) {
	rec := &receiver{arrived: map[string]int{}}
	server := httptest.NewServer(rec)
	t.Cleanup(server.Close)
	o := pageTrial{URL: server.URL, Dir: t.TempDir()}
	r := rand.New(rand.NewPCG(1, 2))
	lives := 0
	for ; lives < kills || lives < 50*kills && !rec.triesSeveral(); lives++ {
		o.Seed = uint64(lives)
		v := startPageVictim(t, &o)
		v.acts(1 + r.IntN(40)) // it dies in the middle of something
		v.kill()
	}
	o.Seed, o.Drain = uint64(lives), true
	if err := startPageVictim(t, &o).wait(); err != nil {
		t.Fatal(err)
	}
	arrivedAll(t, &o, rec)
}

// arrivedAll compares what counts as sent with what arrived.
func arrivedAll(t *testing.T, o *pageTrial, rec *receiver) {
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(o.Dir, "opsbot.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	sent, together := 0, 0
	for id := model.IncidentID(1); id < 2000; id++ {
		all, err := db.EscalationsOf(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			for _, p := range all[i].Pages {
				switch {
				case p.Open:
					t.Errorf("page %d:%d of #%d is left: %+v", all[i].ID, p.ID, id, p)
				case p.State == model.PageSent:
					sent++
					others := rec.arrived[togetherAs(id, p.Person, p.Way)]
					if p.Several > 0 {
						together++
					}
					if rec.arrived[model.PageQueue(all[i].ID, p.ID)]+others == 0 {
						t.Errorf("page %d:%d of #%d counts as sent and did not arrive: %+v in %s", all[i].ID, p.ID, id, p, all[i].State)
					}
				}
			}
		}
	}
	if sent < 10 {
		t.Errorf("%d pages were sent: nothing was tried", sent)
	}
	if together == 0 {
		t.Error("no page was sent as one message with others: that was not tried")
	}
	t.Logf("%d pages are sent, %d of them together with others, %d arrived", sent, together, len(rec.arrived))
}

// pageVictim is the program under trial, in a process of its own.
type pageVictim struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner
	said  strings.Builder
}

func startPageVictim(t *testing.T, o *pageTrial) *pageVictim {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	v := &pageVictim{t: t, cmd: exec.Command(os.Args[0])}
	v.cmd.Env = append(os.Environ(), pageOrders+"="+string(text))
	v.cmd.Stderr = &v.said
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.kill)
	v.lines = bufio.NewScanner(out)
	return v
}

// acts waits until the victim has done so many things: each is a line.
func (v *pageVictim) acts(n int) {
	v.t.Helper()
	for range n {
		if !v.lines.Scan() {
			v.t.Fatalf("the victim ended by itself: %s", v.said.String())
		}
		if line := v.lines.Text(); strings.HasPrefix(line, "!") {
			v.t.Fatal(line)
		}
	}
}

func (v *pageVictim) kill() {
	if v.cmd.ProcessState == nil {
		_ = v.cmd.Process.Kill()
		_ = v.cmd.Wait()
	}
}

// wait waits for the end of a victim that drains.
func (v *pageVictim) wait() error {
	for v.lines.Scan() {
		if line := v.lines.Text(); strings.HasPrefix(line, "!") {
			return errors.New(line)
		}
	}
	if err := v.cmd.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, v.said.String())
	}
	return nil
}

// pageCrew is who is paged: three people, each by two gateways, of which one fails now and then.
type pageCrew struct{}

func (pageCrew) Meant(t model.PageTarget, _ time.Time) ([]string, time.Time) {
	return []string{t.Name}, time.Time{}
}

func (pageCrew) Rules(string) []model.PageRule {
	return []model.PageRule{{Way: "gateway:sms"}, {After: 5 * time.Millisecond, Way: "gateway:voice"}}
}

func (pageCrew) Reach(name, way string) (alerts.Reached, string) {
	return alerts.Reached{To: model.Destination{Channel: way, Address: name}}, ""
}

// answeredStore holds begins against answers: what was committed before a begin was asked for must refuse it.
type answeredStore struct {
	*store.DB
	mu       sync.Mutex
	answered map[model.EscalationID]int // the last page before the answer
	pages    map[int64]model.PageInfo
}

func (s *answeredStore) Due(ctx context.Context, now time.Time, limit int) ([]model.Notification, error) {
	due, err := s.DB.Due(ctx, now, limit)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range due {
		if p := due[i].Snapshot.Page; p != nil && due[i].Kind == model.NotifyPage {
			s.pages[due[i].ID] = *p
		}
	}
	return due, err
}

func (s *answeredStore) Begin(ctx context.Context, id int64, kind model.NotificationKind) (bool, error) {
	s.mu.Lock()
	p, isPage := s.pages[id]
	late := isPage && p.Page <= s.answered[p.Escalation]
	s.mu.Unlock()
	begun, err := s.DB.Begin(ctx, id, kind)
	if begun && late {
		fmt.Fprintf(os.Stdout, "! page %d of escalation %d was begun after the answer\n", p.Page, p.Escalation)
	}
	return begun, err
}

// answer notes what has been answered, or is over, by now.
func (s *answeredStore) answer(all []model.Escalation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range all {
		if e := &all[i]; e.State == model.EscalationAcked {
			s.answered[e.ID] = e.LastPage
		}
	}
}

// togetherAs names an incident in a message of several.
func togetherAs(id model.IncidentID, person, way string) string {
	return fmt.Sprint("#", id, " ", person, " ", way)
}

// Deliver implements notify.Channel: a gateway.
func (o *pageTrial) Deliver(ctx context.Context, n model.Notification, _ model.Card) (model.Receipt, error) {
	if n.Kind != model.NotifyPage {
		return model.Receipt{}, nil
	}
	query := url.Values{"page": {n.Queue()}}
	if p := n.Snapshot.Page; p.Several > 0 {
		query.Del("page")
		for i := range n.Snapshot.Open {
			query.Add("page", togetherAs(n.Snapshot.Open[i].ID, p.Person, p.Way))
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.URL+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return model.Receipt{}, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return model.Receipt{}, &model.SendError{Failure: model.SendAmbiguous, Err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= 500 {
		return model.Receipt{}, &model.SendError{Failure: model.SendAmbiguous}
	}
	return model.Receipt{}, nil
}

// runPageVictim opens incidents, answers and ends them, and pages, until it is killed, or drained.
func runPageVictim(text string) error {
	var o pageTrial
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	db, err := store.Open(ctx, store.Options{Path: filepath.Join(o.Dir, "opsbot.db"), Now: time.Now})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	memory, err := db.Load(ctx)
	if err == nil {
		err = db.LoadEscalations(ctx, &memory)
	}
	if err != nil {
		return err
	}
	s := &answeredStore{DB: db, answered: map[model.EscalationID]int{}, pages: map[int64]model.PageInfo{}}
	s.answer(memory.Escalations)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	m := o.start(ctx, s, &memory, &running)
	if err := o.act(ctx, m, s); err != nil || !o.Drain {
		return err
	}
	return o.drain(ctx, m, db)
}

// start starts the Manager and the dispatcher.
func (o *pageTrial) start(ctx context.Context, s *answeredStore, memory *model.Memory, running *sync.WaitGroup) *alerts.Manager {
	var m *alerts.Manager
	d := notify.New(notify.Options{
		Store: s, Channels: map[string]notify.Channel{"gateway:sms": o, "gateway:voice": o, "console": o}, Now: time.Now, FirstPause: time.Millisecond, LongestPause: 10 * time.Millisecond,
		PageLimit: model.Rate{N: 1, Per: 10 * time.Millisecond},
		Paged:     func(ctx context.Context, all ...model.PageResult) { _ = m.PageDone(context.WithoutCancel(ctx), all...) }, // it is noted with the next commit
	})
	step := func(name string) escalation.Step {
		return escalation.Step{To: []model.PageTarget{{Kind: model.PagePerson, Name: name}}, Wait: 20 * time.Millisecond}
	}
	m = alerts.New(alerts.Options{
		Store: s, Verifier: noVerifier{}, Confirmer: noVerifier{}, Wake: d.Notify, Now: time.Now, Inventory: model.NewInventory(nil, nil, nil, nil), Memory: *memory, Directory: pageCrew{},
		Routing: alerts.Routing{
			Console: true, Routes: []alerts.Route{{To: []model.Destination{{Channel: "console"}}, Escalate: "prod"}},
			Policies: []escalation.Policy{{Name: "prod", Repeat: 1, Steps: []escalation.Step{step("anna"), step("boris")}}},
		},
	})
	_ = m.Tick(ctx) // what fails is pending
	running.Go(func() { _ = m.Run(ctx) })
	running.Go(func() { _ = d.Run(ctx) })
	return m
}

// act does things at random, each a line.
func (o *pageTrial) act(ctx context.Context, m *alerts.Manager, s *answeredStore) error {
	r := rand.New(rand.NewPCG(o.Seed, 7))
	pace := time.NewTicker(3 * time.Millisecond)
	defer pace.Stop()
	for i := 0; !o.Drain || i < 60; i++ {
		open := m.OpenIncidents(model.Scope{})
		switch {
		case len(open) == 0 || r.IntN(2) == 0 && len(open) < 8:
			req := model.PageRequest{Who: model.PageTarget{Kind: model.PagePerson, Name: "vera"}, By: "trial", Text: "x"}
			if r.IntN(2) == 0 {
				if _, err := m.Page(ctx, req, model.AuditEntry{}); err != nil {
					return err
				}
				break
			}
			if err := m.SetConnectivity(ctx, reasonOf(r)); err != nil {
				return err
			}
		case r.IntN(3) == 0:
			in := open[r.IntN(len(open))]
			if _, err := m.Ack(ctx, in.ID, model.Ack{Name: "trial"}, model.AuditEntry{}); err != nil && model.CodeOf(err) != model.ErrNoIncident {
				return err
			}
			s.answer(m.Escalations())
		case r.IntN(3) == 0:
			_, _ = m.Unack(ctx, open[r.IntN(len(open))].ID, model.Scope{}, model.AuditEntry{}) // it may have no acknowledgement
		}
		fmt.Fprintln(os.Stdout, "did", i)
		<-pace.C
	}
	return nil
}

// reasonOf takes our own network away, or gives it back.
func reasonOf(r *rand.Rand) model.Reason {
	if r.IntN(2) == 0 {
		return model.Reason{}
	}
	return model.NewReason(model.ReasonOffline, "probes", "tcp:10.0.0.1:53", "checks", "3")
}

// drain waits until nothing is to be sent any more, and everybody was paged who has to be.
func (o *pageTrial) drain(ctx context.Context, m *alerts.Manager, db *store.DB) error {
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	var memory model.Memory
	for range 1200 { // of 5 ms or more
		<-pace.C
		memory = model.Memory{}
		if err := db.LoadEscalations(ctx, &memory); err != nil {
			return err
		}
		busy := len(memory.PagesWaiting)
		for i := range memory.Escalations {
			for _, p := range memory.Escalations[i].Pages {
				if p.State == model.PageDue || p.Open {
					busy++
				}
			}
			if e := &memory.Escalations[i]; e.State == model.EscalationPaging && e.Policy != "" { // a page by hand has its minutes
				busy++
			}
		}
		if busy == 0 {
			return everybodyIsPaged(m)
		}
	}
	left, err := json.Marshal(memory)
	return fmt.Errorf("the pages are not drained: %s, %w", left, err)
}

// everybodyIsPaged: of whatever is open, and nobody has, everybody was paged by now.
func everybodyIsPaged(m *alerts.Manager) error {
	paged := map[model.IncidentID]bool{}
	for _, e := range m.Escalations() {
		paged[e.Incident] = e.State == model.EscalationExhausted || e.State == model.EscalationPaging && e.Policy == ""
	}
	open := m.OpenIncidents(model.Scope{})
	for i := range open {
		if in := &open[i]; !in.Acknowledged && !paged[in.ID] && !in.Condition().Works() {
			return fmt.Errorf("nobody is paged of #%d, a %s that is open", in.ID, in.Kind)
		}
	}
	return nil
}

// noVerifier is asked for verifications that never come.
type noVerifier struct{}

func (noVerifier) VerifyChecks([]model.CheckID)       {}
func (noVerifier) Again(model.CheckID, time.Duration) {}
