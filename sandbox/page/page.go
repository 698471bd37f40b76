// Package page is the sandbox in a browser: the chats of the local Bot API on one side, the fleet and its switches on
// the other.
//
// It shows the current state by a stream of events, and passes on people's actions. It has no access rights, so it only
// answers this machine: loopback addresses, by a loopback name, from its own pages. It must not know the product.
package page

import (
	"context"
	"embed"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"time"

	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
	"opsbot/sandbox/mailbox"
	"opsbot/sandbox/monitors"
	"opsbot/sandbox/phones"
)

// Fleet is the targets that can be broken.
type Fleet interface {
	State() []fleet.Target
	Set(name string, mode fleet.Mode) error
	Heal() error
	WaitChange(ctx context.Context, since uint64) (uint64, error)
}

// Telegram can be made unreachable.
type Telegram interface {
	TelegramAway(d time.Duration)
	TelegramBack() error
	TelegramAwayUntil() time.Time // zero if there is no outage
}

// Leader is which of several opsbots leads, and what ends it.
type Leader interface {
	Name() string        // "": none does
	End(kill bool) error // by kill -9, else as a service is stopped
}

// Phones are people's phones, and what they do when these ring.
type Phones interface {
	States() []phones.State
	Set(name string, sleeps, noSignal bool) error
	Answer(name string) error // the call that rings: 1 is pressed
}

// Person is a person that the visitor can play.
type Person struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"` // "admin", "operator", "viewer", "stranger": the page has a text for each
}

// Group is a chat of several people. Only members see it.
type Group struct {
	Chat     int64
	Members  []int64
	Language string // language of its notifications; "" if it gets none
}

// Options configure the page. People and groups must be known to the bot server already.
type Options struct {
	Bot      *botapi.Server
	Fleet    Fleet
	Telegram Telegram
	Leader   Leader                            // nil: there is one opsbot
	Phones   Phones                            // nil: nobody is called
	Notes    func() map[string][]monitors.Note // active notes of the fleet's monitors, by name; nil if there are none
	People   []Person                          // in display order; the visitor begins as the first
	Groups   []Group                           // in display order
	Mails    func() []mailbox.Mail             // accepted mails, the newest last; nil if there is no mail
	Tour     string                            // the offered tour: "hosting", "site-monitor", "web-fleet"; the page has the steps of each
}

// page is immutable but for streams.
type page struct {
	Options
	streams chan struct{} // semaphore of open streams
}

// maxStreams bounds the open streams: a browser has one per tab.
const maxStreams = 32

//go:embed static
var static embed.FS

// Handler serves the page. It is safe for concurrent use; streams end with their request's context.
func Handler(o Options) http.Handler {
	p := &page{Options: o, streams: make(chan struct{}, maxStreams)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/events", p.events)
	mux.HandleFunc("GET /api/files/{id}", p.file)
	mux.HandleFunc("GET /api/mails/{id}", p.mail)
	mux.HandleFunc("GET /api/mails/{id}/files/{n}", p.mailFile)
	mux.HandleFunc("POST /api/messages", act(p.post))
	mux.HandleFunc("POST /api/presses", act(p.press))
	mux.HandleFunc("POST /api/targets", act(p.setTarget))
	mux.HandleFunc("POST /api/heal", act(p.heal))
	mux.HandleFunc("POST /api/telegram", act(p.setTelegram))
	mux.HandleFunc("POST /api/leader", act(p.endLeader))
	mux.HandleFunc("POST /api/phones", act(p.setPhone))
	mux.HandleFunc("POST /api/calls", act(p.answerCall))
	mux.HandleFunc("POST /api/language", act(p.setLanguage))
	files, err := fs.Sub(static, "static")
	if err == nil { // the directory is embedded
		mux.Handle("GET /", http.FileServerFS(files))
	}
	return thisMachine(headers(http.NewCrossOriginProtection().Handler(mux)))
}

// policy allows the page's own resources, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// thisMachine rejects requests from elsewhere, and under another host name: a page of the internet whose name resolves
// to 127.0.0.1 (DNS rebinding).
func thisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !from.Addr().Unmap().IsLoopback() || !loopbackName(r.Host) {
			http.Error(w, "this page only answers its own machine", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func loopbackName(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = hostPort // no port
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
