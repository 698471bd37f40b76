package httpclient_test

import (
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/model"
)

const secret = "s3cret-of-the-source"

// serve is a server that answers by a func, and its address.
func serve(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func client(t *testing.T, o httpclient.Options) *httpclient.Client {
	t.Helper()
	a := httpclient.New(o)
	t.Cleanup(a.Close)
	return a
}

func TestLogin(t *testing.T) {
	var got http.Header
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		io.WriteString(w, `{"ok":true}`)
	})
	for name, c := range map[string]struct {
		o    httpclient.Options
		q    httpclient.Request
		want string
	}{
		"none":   {httpclient.Options{}, httpclient.Request{}, ""},
		"basic":  {httpclient.Options{User: "u", Password: model.NewSecret("p")}, httpclient.Request{}, "Basic dTpw"},
		"bearer": {httpclient.Options{Token: model.NewSecret("t")}, httpclient.Request{}, "Bearer t"},
		"bare":   {httpclient.Options{Token: model.NewSecret("t")}, httpclient.Request{Bare: true}, ""},
		"own":    {httpclient.Options{Token: model.NewSecret("t")}, httpclient.Request{Header: http.Header{"Authorization": {"x"}}}, "x"},
	} {
		c.q.URL = url
		var answer struct{ OK bool }
		if err := client(t, c.o).JSON(t.Context(), c.q, &answer); err != nil || !answer.OK || got.Get("Authorization") != c.want {
			t.Errorf("%s: %v, %q", name, err, got.Get("Authorization"))
		}
	}
}

func TestBody(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		io.WriteString(w, `"`+r.Method+" "+r.Header.Get("Content-Type")+" "+strings.ReplaceAll(string(body), `"`, "'")+`"`)
	})
	var got string
	if err := client(t, httpclient.Options{}).JSON(t.Context(), httpclient.Request{URL: url, Body: map[string]int{"a": 1}}, &got); err != nil {
		t.Fatal(err)
	}
	if got != "POST application/json {'a':1}" {
		t.Errorf("sent %s", got)
	}
}

func TestFaults(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			io.WriteString(w, "the token "+secret+" is wrong")
		}
	}
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   model.ReasonCode
		says   string
	}{
		"401":      {status(401), model.ReasonSourceRefuses, "401 Unauthorized"},
		"403":      {status(403), model.ReasonSourceRefuses, "403"},
		"404":      {status(404), model.ReasonSourceGarbage, "404"},
		"429":      {status(429), model.ReasonSourceAway, "429"},
		"500":      {status(500), model.ReasonSourceGarbage, "500"},
		"503":      {status(503), model.ReasonSourceAway, "503"},
		"redirect": {http.RedirectHandler("/elsewhere", http.StatusFound).ServeHTTP, model.ReasonSourceGarbage, "302"},
		"HTML":     {say("<html>"), model.ReasonSourceGarbage, "invalid character"},
		"wrong":    {say(`["x"]`), model.ReasonSourceGarbage, "cannot unmarshal"},
		"cut":      {say(`{"a":`), model.ReasonSourceGarbage, "unexpected end"},
		"endless":  {say(strings.Repeat(" ", 2000)), model.ReasonSourceGarbage, "over 1000 bytes"},
		"bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			packed := gzip.NewWriter(w)
			io.WriteString(packed, strings.Repeat(" ", 1<<20))
			packed.Close()
		}, model.ReasonSourceGarbage, "over 1000 bytes"},
		"hung": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, model.ReasonSourceAway, "no answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			patience := 30 * time.Second // for everything that is not about time
			if name == "hung" {
				patience = 200 * time.Millisecond
			}
			a := client(t, httpclient.Options{Token: model.NewSecret(secret), MaxBody: 1000, Timeout: patience})
			var into map[string]string
			err := a.JSON(t.Context(), httpclient.Request{URL: serve(t, c.answer) + "/?key=" + secret}, &into)
			fault, ok := errors.AsType[*inbound.Fault](err)
			if !ok || fault.Reason.Code != c.want || !strings.Contains(fault.Reason.Args["said"], c.says) {
				t.Fatalf("%v", err)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("a secret is in %q", err)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	url := strings.Replace(server.URL, "http://", "http://user:"+secret+"@", 1)
	err := client(t, httpclient.Options{}).JSON(t.Context(), httpclient.Request{URL: url}, nil)
	said := "connection refused (" + strings.TrimPrefix(server.URL, "http://") + ")"
	if fault := inbound.AsFault(err); fault.Reason.Code != model.ReasonSourceAway || fault.Reason.Args["said"] != said || strings.Contains(err.Error(), secret) {
		t.Errorf("%v, %q", err, fault.Reason.Args)
	}
	if err := client(t, httpclient.Options{}).JSON(t.Context(), httpclient.Request{URL: "http://[" + secret}, nil); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
}

func TestLoginIsNotCarriedElsewhere(t *testing.T) {
	elsewhere := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("carried to: %v", r.Header) })
	url := serve(t, http.RedirectHandler(elsewhere, http.StatusTemporaryRedirect).ServeHTTP)
	if err := client(t, httpclient.Options{Token: model.NewSecret(secret)}).JSON(t.Context(), httpclient.Request{URL: url}, nil); err == nil {
		t.Error("a redirect is no answer")
	}
}

func TestRefusalHoldsTheBody(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, `{"status":"No objects found."}`)
	})
	err := client(t, httpclient.Options{}).JSON(t.Context(), httpclient.Request{URL: url}, nil)
	if r, ok := errors.AsType[*httpclient.Refusal](err); !ok || r.Code != 404 || !strings.Contains(string(r.Body), "No objects") {
		t.Errorf("%v", err)
	}
}

func TestOpenOutlivesTheTimeout(t *testing.T) {
	next := make(chan string)
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		for line := range next {
			io.WriteString(w, line)
			w.(http.Flusher).Flush()
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	body, err := client(t, httpclient.Options{Timeout: 100 * time.Millisecond}).Open(ctx, httpclient.Request{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	<-time.After(250 * time.Millisecond)
	next <- "late"
	close(next)
	if got, err := io.ReadAll(body); err != nil || string(got) != "late" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestTrust(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "1") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of rejected handshakes
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	for name, c := range map[string]struct {
		o    httpclient.Options
		good bool
	}{
		"its own CA":       {httpclient.Options{Roots: roots}, true},
		"the name in it":   {httpclient.Options{Roots: roots, ServerName: "example.com"}, true},
		"another name":     {httpclient.Options{Roots: roots, ServerName: "icinga-master"}, false},
		"the machine's CA": {httpclient.Options{}, false},
		"an empty pool":    {httpclient.Options{Roots: x509.NewCertPool()}, false},
	} {
		var into int
		err := client(t, c.o).JSON(t.Context(), httpclient.Request{URL: server.URL}, &into)
		if (err == nil) != c.good || err != nil && inbound.AsFault(err).Reason.Code != model.ReasonSourceAway {
			t.Errorf("%s: %v", name, err)
		}
	}
}
