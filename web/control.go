package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// maxControlBody bounds a request on the control socket, in bytes.
const maxControlBody = 64 << 10

// ListenControl opens the control socket: a unix socket for its owner only. The socket of a dead process is replaced;
// one that answers is not.
func ListenControl(ctx context.Context, path string) (net.Listener, error) {
	if err := clearSocket(ctx, path); err != nil {
		return nil, &net.OpError{Op: "listen", Net: "unix", Addr: &net.UnixAddr{Name: path}, Err: err}
	}
	old := syscall.Umask(0o177) // the socket is created with mode 0600: nobody else can ever connect
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	syscall.Umask(old)
	return l, err
}

// clearSocket removes a socket without a listener. Anything else at the path stays, and is an error.
func clearSocket(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("the path exists and is not a socket")
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close() // any answer is enough
		return syscall.EADDRINUSE
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}

type peerKey struct{}

// withPeer stores the peer of a unix socket, for the audit log.
func withPeer(ctx context.Context, conn net.Conn) context.Context {
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return ctx
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return ctx
	}
	name := ""
	err = raw.Control(func(fd uintptr) {
		if cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			name = userName(cred.Uid)
		}
	})
	if err != nil || name == "" {
		return ctx
	}
	return context.WithValue(ctx, peerKey{}, name)
}

func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "uid " + id
}

// actor is the owner of the request's token, else the local user: the socket's mode admits nobody else.
func actor(r *http.Request) model.Actor {
	if who, ok := r.Context().Value(actorKey{}).(model.Actor); ok {
		return who
	}
	name, _ := r.Context().Value(peerKey{}).(string)
	return model.Actor{Name: name, Via: "cli", Role: model.RoleAdmin}
}

// ControlRequest is a request of the command line.
type ControlRequest struct {
	Words  []string `json:"words,omitempty"`
	Until  string   `json:"until,omitempty"` // of mute and extend: "18:00", "tomorrow 9:00", in the zone of the bot
	For    Length   `json:"for,omitzero"`
	Reason string   `json:"reason,omitempty"`
	Dead   bool     `json:"dead,omitempty"`  // of outbox: only dead letters
	Live   bool     `json:"live,omitempty"`  // of impact: check everything first
	Send   bool     `json:"send,omitempty"`  // of report: to the client
	Force  bool     `json:"force,omitempty"` // of reload: even if nothing is left to check, or nobody to notify; of page: also somebody who is not on call
	Last   int      `json:"last,omitempty"`  // of logs: lines of each source
	Grep   string   `json:"grep,omitempty"`  // of logs: lines that contain this

	Language string `json:"language,omitempty"` // of Text in the answer
}

// Length is a length of time as people write it in a request: "2h", "2 hours", "полчаса".
type Length time.Duration

// UnmarshalText is model.ParseLength.
func (l *Length) UnmarshalText(text []byte) error {
	d, err := model.ParseLength(string(text))
	*l = Length(d)
	return err
}

// MarshalText writes what UnmarshalText reads.
func (l Length) MarshalText() ([]byte, error) { return model.Duration(l).MarshalText() }

func (l Length) String() string { return model.Duration(l).String() }

// Answer is what the command line gets: text for people, and the same as data.
type Answer struct {
	Text string          `json:"text"`
	Data json.RawMessage `json:"data"`
}

// Renderer renders answers as text.
type Renderer interface {
	StateRenderer
	IncidentRenderer
	OutboxRenderer
	SetAsideRenderer
	ResetRenderer
	ImpactRenderer
	EventRenderer
	PastRenderer
	ReportRenderer
	LogsRenderer
	OnCallRenderer
	GatewayRenderer
	PageRenderer
}

// StateRenderer renders the status, and mutes.
type StateRenderer interface {
	Status(language string, st *ops.Status) string
	Muted(language string, a ops.MuteAnswer) string
	Mutes(language string, mutes []model.Mute) string
	Unmuted(language string, ended []ops.Unmuted) string
	Extended(language string, m *model.Mute) string
}

// ControlDeps are the dependencies of the control socket.
type ControlDeps struct {
	Actions  *ops.Actions
	Renderer Renderer
	States   func() []byte // one line of JSON: every check's state
	// Reload's error is model.Problems if the configuration is invalid, or leaves nothing and is not forced; its notes stop nothing.
	Reload func(ctx context.Context, forced bool) (notes model.Problems, err error)
	Paired func() []model.Chat // the chats that no configuration lists
	// OpenPairing makes a new code for the first admin; false if there is an admin.
	OpenPairing func() (code string, ends time.Time, open bool)
	Now         func() time.Time // in the time zone of times in commands
}

// ReloadView is the answer to a reload: what is allowed and most likely not meant.
type ReloadView struct {
	Notes []model.Problem `json:"notes"`
}

// PairingView is a new code by which somebody becomes the first admin.
type PairingView struct {
	Code string    `json:"code,omitempty"`
	Ends time.Time `json:"ends,omitzero"`
	Open bool      `json:"open"` // there is no admin yet
}

// ControlError is an error sent to the command line.
type ControlError struct {
	Code    model.ErrorCode   `json:"code"`
	Args    map[string]string `json:"args,omitempty"`
	Choices []string          `json:"choices,omitempty"`

	Problems model.Problems `json:"problems,omitempty"` // of model.ErrConfig
}

// Control is the handler of the control socket.
func Control(d ControlDeps) http.Handler {
	mux := http.NewServeMux()
	sharedRoutes(mux, &d)
	outboxRoutes(mux, &d)
	setAsideRoutes(mux, &d)
	reportRoutes(mux, &d)
	gatewayRoutes(mux, &d)
	handle(mux, "POST /v1/paired", func(*http.Request, ControlRequest) (string, any, error) {
		return "", listOf(d.Paired()), nil
	})
	handle(mux, "POST /v1/pairing", func(*http.Request, ControlRequest) (string, any, error) {
		code, ends, open := d.OpenPairing()
		return "", PairingView{Code: code, Ends: ends, Open: open}, nil
	})
	handle(mux, "POST /v1/names", func(r *http.Request, _ ControlRequest) (string, any, error) {
		names, err := d.Actions.Names(r.Context(), actor(r))
		return "", names, err
	})
	handle(mux, "POST /v1/reload", func(r *http.Request, req ControlRequest) (string, any, error) {
		notes, err := d.Reload(r.Context(), req.Force)
		return "", ReloadView{listOf(notes)}, err
	})
	return mux
}

// sharedRoutes are those that programs on other machines may use too.
func sharedRoutes(mux *http.ServeMux, d *ControlDeps) {
	actionRoutes(mux, d)
	incidentRoutes(mux, d)
	resetRoutes(mux, d)
	impactRoutes(mux, d)
	eventRoutes(mux, d)
	pastRoutes(mux, d)
	logRoutes(mux, d)
	onCallRoutes(mux, d)
	pageRoutes(mux, d)
}

// actionRoutes are the status and mutes: programs on other machines may use them too.
func actionRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/status", ask(func(r *http.Request, req ControlRequest) (*ops.Status, error) {
		return d.Actions.Status(r.Context(), actor(r), req.Words)
	}, d.Renderer.Status, func(st *ops.Status) any { return statusView(st, d.States) }))
	handle(mux, "POST /v1/mute", func(r *http.Request, req ControlRequest) (string, any, error) {
		until, err := d.until(req)
		if err != nil {
			return "", nil, err
		}
		a, err := d.Actions.Mute(r.Context(), actor(r), ops.MuteRequest{
			For: time.Duration(req.For), Until: until, Words: req.Words, Reason: req.Reason, Sure: true,
		})
		if err != nil {
			return "", nil, err
		}
		return d.Renderer.Muted(req.Language, a), a.Mute, nil
	})
	handle(mux, "POST /v1/unmute", ask(func(r *http.Request, req ControlRequest) ([]ops.Unmuted, error) {
		return d.Actions.Unmute(r.Context(), actor(r), req.Words, false)
	}, d.Renderer.Unmuted, listed))
	handle(mux, "POST /v1/extend", ask(func(r *http.Request, req ControlRequest) (*model.Mute, error) {
		words := req.Words
		if req.For > 0 {
			words = append(words[:len(words):len(words)], req.For.String())
		}
		if req.Until != "" {
			words = append(words[:len(words):len(words)], "until", req.Until)
		}
		more, err := ops.ParseExtend(strings.Fields(strings.Join(words, " ")), d.Now())
		if err != nil {
			return nil, err
		}
		m, err := d.Actions.Extend(r.Context(), actor(r), more)
		return &m, err
	}, d.Renderer.Extended, func(m *model.Mute) any { return m }))
	handle(mux, "POST /v1/mutes", ask(func(r *http.Request, req ControlRequest) ([]model.Mute, error) {
		return d.Actions.Mutes(r.Context(), actor(r))
	}, d.Renderer.Mutes, listed))
}

// until is the end that a request names; zero if it names none.
func (d *ControlDeps) until(req ControlRequest) (time.Time, error) {
	if req.Until == "" {
		return time.Time{}, nil
	}
	m, err := model.ParseMoment(req.Until)
	if err != nil {
		return time.Time{}, err
	}
	at, later := m.At(d.Now())
	if !later {
		return at, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": model.Clip(req.Until, 64)}}
	}
	return at, nil
}

// ask makes a handler of a use case whose answer is said in words and shown as data.
func ask[T any](do func(r *http.Request, req ControlRequest) (T, error), say func(language string, answer T) string, show func(T) any) func(*http.Request, ControlRequest) (string, any, error) {
	return func(r *http.Request, req ControlRequest) (string, any, error) {
		answer, err := do(r, req)
		if err != nil {
			return "", nil, err
		}
		return say(req.Language, answer), show(answer), nil
	}
}

func handle(mux *http.ServeMux, pattern string, f func(r *http.Request, req ControlRequest) (string, any, error)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var req ControlRequest
		question := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControlBody))
		question.DisallowUnknownFields()                                         // a request of a newer command line must not be understood partly: a mute would be wider than meant
		if err := question.Decode(&req); err != nil && !errors.Is(err, io.EOF) { // an empty body is a request without options
			writeJSON(w, http.StatusBadRequest, unread(err))
			return
		}
		text, data, err := f(r, req)
		if err != nil {
			writeError(w, err)
			return
		}
		raw, err := json.Marshal(data)
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, Answer{Text: text, Data: raw})
	})
}

// unread describes a request that could not be parsed.
func unread(err error) ControlError {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return ControlError{Code: model.ErrTooLong, Args: map[string]string{"limit": strconv.Itoa(maxControlBody)}}
	}
	if wrong, ok := errors.AsType[*model.ValueError](err); ok { // the only value with rules of its own is a time
		return ControlError{Code: model.ErrBadDuration, Args: map[string]string{"word": wrong.What.Args["got"]}}
	}
	return ControlError{Code: model.ErrBadQuestion, Args: map[string]string{"what": err.Error()}}
}

func writeError(w http.ResponseWriter, err error) {
	out := ControlError{Code: model.CodeOf(err)}
	if e, ok := errors.AsType[*model.Error](err); ok {
		out.Args, out.Choices = e.Args, e.Choices
	} else if problems, ok := errors.AsType[model.Problems](err); ok {
		out = ControlError{Code: model.ErrConfig, Problems: problems}
	}
	writeJSON(w, http.StatusUnprocessableEntity, out)
}
