package botapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// maxRequest is slightly over Telegram's upload limit.
const maxRequest = 52 << 20

// object is a JSON object being built.
type object = map[string]any

// request is one call, its values as text: clients send numbers as JSON strings, as JSON numbers and in forms.
type request struct {
	method string
	params map[string]string
	files  map[string]*File
}

func (r *request) int(name string) int64 {
	n, err := strconv.ParseInt(r.params[name], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (r *request) bool(name string) bool {
	b, err := strconv.ParseBool(r.params[name])
	return err == nil && b
}

// ServeHTTP implements http.Handler for /bot<token>/<method> and /file/bot<token>/<path>.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if file, found := strings.CutPrefix(r.URL.Path, "/file/bot"+s.token+"/"); found {
		s.serveFile(w, file)
		return
	}
	token, name, found := strings.Cut(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	if !strings.HasPrefix(r.URL.Path, "/bot") || !found {
		writeAnswer(w, nil, &apiError{Code: http.StatusNotFound, Description: "Not Found"})
		return
	}
	req, err := parseRequest(r, name)
	call := s.begin(req, token == s.token)
	switch {
	case token != s.token:
		s.answer(w, call, nil, &apiError{Code: http.StatusUnauthorized, Description: "Unauthorized"})
	case err != nil:
		s.answer(w, call, nil, badRequest(err.Error()))
	default:
		s.serveCall(w, r, req, call)
	}
}

// serveCall executes the call, unless a fault is due for it.
func (s *Server) serveCall(w http.ResponseWriter, r *http.Request, req *request, call int) {
	fault := s.takeFault(req, call)
	if fault == nil {
		result, fail := s.execute(r, req, call)
		s.answer(w, call, result, fail)
		return
	}
	var result any
	var fail *apiError
	if fault.executes() && (fault.Kind != FaultSlow || s.delay(r, fault)) {
		result, fail = s.execute(r, req, call)
	}
	s.serveFault(w, r, faultyCall{fault: fault, call: call, chat: req.int("chat_id"), result: result, fail: fail})
}

func (s *Server) execute(r *http.Request, req *request, call int) (any, *apiError) {
	if req.method == "getupdates" {
		return s.getUpdates(r.Context(), req)
	}
	run := s.methods[req.method]
	s.mu.Lock()
	defer s.mu.Unlock()
	if run == nil {
		return nil, &apiError{Code: http.StatusNotFound, Description: "Not Found: method not found"}
	}
	result, fail := run(req)
	if fail == nil {
		s.calls[s.callAt(call)].Executed = true
		s.touch()
	}
	return result, fail
}

func parseRequest(r *http.Request, name string) (*request, error) {
	req := &request{method: strings.ToLower(name), params: map[string]string{}, files: map[string]*File{}}
	for k, v := range r.URL.Query() {
		req.params[k] = v[0]
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.ContentLength != 0 {
		return req, errors.New("unsupported content type")
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxRequest)
	switch {
	case kind == "application/json":
		return req, req.readJSON(r.Body)
	case kind == "multipart/form-data" && params["boundary"] != "":
		return req, req.readMultipart(r)
	case kind == "application/x-www-form-urlencoded":
		if err := r.ParseForm(); err != nil {
			return req, fmt.Errorf("can't parse form: %w", err)
		}
		for k, v := range r.PostForm {
			req.params[k] = v[0]
		}
	}
	return req, nil
}

func (r *request) readJSON(body io.Reader) error {
	var values map[string]json.RawMessage // a body of "null" leaves it nil
	if err := json.NewDecoder(body).Decode(&values); err != nil {
		return fmt.Errorf("can't parse JSON object: %w", err)
	}
	for name, raw := range values {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		if text != "null" {
			r.params[name] = text
		}
	}
	return nil
}

func (r *request) readMultipart(h *http.Request) error {
	reader, err := h.MultipartReader()
	if err != nil {
		return fmt.Errorf("can't parse form: %w", err)
	}
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("can't parse form: %w", err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return fmt.Errorf("can't read %s: %w", part.FormName(), err)
		}
		if part.FileName() == "" && part.Header.Get("Content-Type") == "" {
			r.params[part.FormName()] = string(content)
			continue
		}
		r.files[part.FormName()] = &File{Name: path.Base(part.FileName()), Content: content}
	}
}

// apiError is an answer with "ok":false.
type apiError struct {
	Code        int
	Description string
	RetryAfter  any // a number; faults put a string here
	MigrateTo   int64
}

func badRequest(text string) *apiError {
	return &apiError{Code: http.StatusBadRequest, Description: "Bad Request: " + text}
}

// answer writes the answer and records it in the journal.
func (s *Server) answer(w http.ResponseWriter, call int, result any, fail *apiError) {
	s.finish(call, "", fail)
	s.date(w)
	writeAnswer(w, result, fail)
}

// date dates an answer by the server's clock.
func (s *Server) date(w http.ResponseWriter) {
	w.Header().Set("Date", s.clock.Now().UTC().Format(http.TimeFormat))
}

func writeAnswer(w http.ResponseWriter, result any, fail *apiError) {
	body, status := answerBody(result, fail)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left does not matter
}

func answerBody(result any, fail *apiError) ([]byte, int) {
	if fail == nil {
		body, err := json.Marshal(object{"ok": true, "result": result})
		if err != nil {
			return []byte(`{"ok":false,"error_code":500,"description":"Internal Server Error"}`), http.StatusInternalServerError
		}
		return body, http.StatusOK
	}
	o := object{"ok": false, "error_code": fail.Code, "description": fail.Description}
	switch {
	case fail.RetryAfter != nil:
		o["parameters"] = object{"retry_after": fail.RetryAfter}
	case fail.MigrateTo != 0:
		o["parameters"] = object{"migrate_to_chat_id": fail.MigrateTo}
	}
	body, _ := json.Marshal(o) //nolint:errchkjson // consists of strings and numbers
	return body, fail.Code
}

func (s *Server) serveFile(w http.ResponseWriter, id string) {
	s.mu.Lock()
	f := s.files[path.Base(id)]
	s.mu.Unlock()
	if f == nil {
		http.Error(w, "Not Found", http.StatusNotFound)
		return
	}
	_, _ = w.Write(f.Content) // as above
}
