package kuma

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/movein/moved"
)

// The limits of opsbot's common keys.
const (
	maxTimeout = 10 * time.Minute
	maxConfirm = time.Hour

	leastGrace = 10 * time.Second // of a job's call; Kuma gives 1 s
)

// web is a monitor of type http, keyword or json-query.
func (r *reader) web(v row, t *moved.Table) bool {
	q := moved.Request{
		URL: v.text("url"), Method: v.text("method"), Redirects: v.number("maxredirects"), Insecure: v.flag("ignore_tls"), Status: statuses(v.list("accepted_statuscodes_json")),
		Headers: map[string]string{},
	}
	if !v.has("maxredirects") {
		q.Redirects = 10 // their default
	}
	headers := v.inner("headers")
	for name := range headers {
		q.Headers[http.CanonicalHeaderKey(name)] = headers.text(name)
	}
	if !strings.EqualFold(q.Method, "GET") && !strings.EqualFold(q.Method, "HEAD") && q.Method != "" {
		q.Body = v.text("body")
		if types := map[string]string{"json": "application/json", "xml": "text/xml; charset=utf-8", "form": "application/x-www-form-urlencoded"}; q.Body != "" && q.Headers["Content-Type"] == "" {
			q.Headers["Content-Type"] = types[v.text("http_body_encoding")]
		}
	}
	if q.Headers["Content-Type"] == "" {
		delete(q.Headers, "Content-Type")
	}
	return r.auth(v, t, &q) && r.wanted(v, t, &q) && q.Fill(r.m, t)
}

// auth sets the login, and refuses what opsbot cannot do.
func (r *reader) auth(v row, t *moved.Table, q *moved.Request) bool {
	switch method := v.text("auth_method"); method {
	case "", "null", "basic":
		q.User, q.Password = v.text("basic_auth_user"), v.text("basic_auth_pass")
		if method == "" && q.Password == "" { // left over in the form
			q.User = ""
		}
		return true
	default:
		r.m.Left(t.At, model.Say("movein.auth", "method", method))
		return false
	}
}

// wanted sets what the page must hold.
func (r *reader) wanted(v row, t *moved.Table, q *moved.Request) bool {
	switch v.text("type") {
	case "keyword":
		q.Contains = v.text("keyword")
		if v.flag("invert_keyword") {
			r.m.Left(t.At, model.Say("movein.inverted_keyword", "keyword", q.Contains))
			return false
		}
	case "json-query":
		condition, ok := condition(v)
		if !ok {
			r.m.Left(t.At, model.Say("movein.no_condition", "condition", v.text("json_path")))
			return false
		}
		q.Condition = condition
	}
	return true
}

// jsonPath is what JSONata and the language of conditions write alike: keys and indexes.
var jsonPath = regexp.MustCompile(`^(?:\$\.)?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*|\[\d+\])*$`)

// condition is a JSON query in opsbot's language.
func condition(v row) (string, bool) {
	path, expected, operator := v.text("json_path"), v.text("expected_value"), v.text("json_path_operator")
	if operator == "" {
		operator = "=="
	}
	if path == "$" {
		path = "document"
	} else if !jsonPath.MatchString(path) {
		return "", false
	}
	path = strings.TrimPrefix(path, "$.")
	value := expected
	if _, err := strconv.ParseFloat(expected, 64); err != nil && expected != "true" && expected != "false" {
		value = strconv.Quote(expected)
	}
	switch operator {
	case "==", "!=":
		if value == expected { // they compare texts
			return "string(" + path + ") " + operator + " " + strconv.Quote(expected), true
		}
		return path + " " + operator + " " + value, true
	case "<", "<=", ">", ">=":
		return path + " " + operator + " " + value, value == expected
	case "contains":
		return "string(" + path + ") contains " + strconv.Quote(expected), true
	default:
		return "", false
	}
}

// statuses are accepted statuses: "200-299", "301".
func statuses(texts []string) []any {
	var all []any
	for _, text := range texts {
		if n, err := strconv.Atoi(text); err == nil {
			all = append(all, n)
		} else {
			all = append(all, text)
		}
	}
	if len(all) == 1 && all[0] == "200-299" {
		return nil
	}
	return all
}

func (r *reader) port(v row, t *moved.Table) bool {
	t.Keys[0].Value = "tcp"
	return r.hostPort(v, t)
}

func (r *reader) hostPort(v row, t *moved.Table) bool {
	if v.text("hostname") == "" || v.number("port") == 0 {
		r.m.Left(t.At, model.Say("movein.no_address"))
		return false
	}
	t.Set("address", moved.Address(v.text("hostname"), v.text("port")))
	return true
}

// smtp connects to a mail server.
func (r *reader) smtp(v row, t *moved.Table) bool {
	switch security := v.text("smtp_security"); security {
	case "secure":
		t.Keys[0].Value = "tls"
		r.m.Differs(t.At, model.Say("movein.expires"))
	case "starttls":
		t.Keys[0].Value = "tcp"
		t.Set("starttls", "smtp")
	default:
		t.Keys[0].Value = "tcp"
	}
	return r.hostPort(v, t)
}

func (r *reader) ping(v row, t *moved.Table) bool {
	t.Keys[0].Value = "ping"
	if v.text("hostname") == "" {
		r.m.Left(t.At, model.Say("movein.no_address"))
		return false
	}
	t.Set("address", v.text("hostname"))
	t.Set("count", max(0, min(v.number("ping_count"), 20)))
	return true
}

func (r *reader) dns(v row, t *moved.Table) bool {
	t.Keys[0].Value = "dns"
	t.Set("domain", v.text("hostname"))
	if kind := v.text("dns_resolve_type"); kind != "A" {
		t.Set("type", kind)
	}
	port := v.text("port")
	if port == "" || port == "0" {
		port = "53"
	}
	servers := strings.FieldsFunc(v.text("dns_resolve_server"), func(r rune) bool { return r == ',' || r == ' ' })
	for i, server := range servers {
		servers[i] = moved.Address(server, port)
	}
	switch len(servers) {
	case 0:
	case 1:
		t.Set("server", servers[0])
	default: // one answer is enough there
		t.Set("addresses", servers).Set("members_failed", len(servers)-1)
	}
	if text := v.text("conditions"); text != "" && text != "[]" && text != "null" {
		r.m.Differs(t.At, model.Say("movein.option", "option", "conditions", "value", moved.Shown(text)))
	}
	return true
}

// push is a job that calls in. Its token is kept, so that only the address in the job has to change.
func (r *reader) push(v row, t *moved.Table) bool {
	t.Keys[0].Value = "heartbeat"
	every := v.seconds("interval")
	if every == 0 {
		every = time.Minute
	}
	t.Duration("every", every)
	grace := v.seconds("retry_interval") * time.Duration(max(0, v.number("maxretries")))
	t.Duration("grace", max(grace, leastGrace))
	t.Token(v.text("push_token")) // those of version 1 are too short
	r.m.Differs(t.At, model.Say("movein.job"))
	return true
}

// postgres is a query; the password is in the connection string.
func (r *reader) postgres(v row, t *moved.Table) bool {
	t.Keys[0].Value = "postgres"
	u, err := url.Parse(v.text("database_connection_string"))
	if err != nil || u.Host == "" || u.User.Username() == "" || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		r.m.Left(t.At, model.Say("movein.dsn"))
		return false
	}
	port := u.Port()
	if port == "" {
		port = "5432"
	}
	password, _ := u.User.Password()
	t.Set("address", moved.Address(u.Hostname(), port)).Set("user", u.User.Username()).Set("password_file", moved.Secret(password))
	t.Set("database", strings.Trim(u.Path, "/"))
	if mode := u.Query().Get("sslmode"); mode == "verify-ca" {
		t.Set("sslmode", "verify-full")
	} else {
		t.Set("sslmode", mode)
	}
	if query := v.text("database_query"); query != "" && !strings.EqualFold(query, "select 1") {
		t.Set("query", query)
		r.m.Differs(t.At, model.Say("movein.query"))
	}
	return true
}

// certificate adds a check of the certificate of a page, once for each server: Kuma warns of it apart from the page.
func (r *reader) certificate(v row, page *moved.Table) {
	u, err := url.Parse(v.text("url"))
	kind := page.Get("kind")
	if err != nil || u.Scheme != "https" || kind != "web" && kind != "json" || !v.flag("expiry_notification") || v.flag("ignore_tls") {
		return
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	address := moved.Address(u.Hostname(), port)
	if r.tls[address] {
		return
	}
	r.tls[address] = true
	name := "certificate-" + u.Hostname()
	if port != "443" {
		name += "-" + port
	}
	t := moved.Check("certificate "+address, name, "tls").Set("address", address).Set("days", r.certDays)
	t.Set("schedule", "@every 6h").Set("severity", "warning").Set("labels", page.Get("labels"))
	t.At = page.At
	r.m.Add(t)
}
