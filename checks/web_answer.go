package checks

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// Limits on the size of an answer.
const (
	maxHeader = 64 << 10 // bytes; twice what nginx and Apache accept by default for one header
	maxBody   = 1 << 20  // bytes read of a body that is searched
	maxUnread = 64 << 10 // bytes read of a body without conditions, to see that it arrives
)

// exchange sends a request over a connection and evaluates the answer, or returns where it redirects.
func (w *webCheck) exchange(p *probe, conn net.Conn, r *request) (to *url.URL, failed *finding) {
	p.phase = phaseFirstByte
	begun := time.Now()
	sent, err := r.with(&p.cookies).encoded()
	if err == nil {
		_, err = conn.Write(sent)
	}
	if err != nil {
		return nil, p.explain(err)
	}
	capped := &cappedReader{r: conn, left: maxHeader}
	reader, giveBack := borrowReader(capped)
	defer giveBack()
	if _, err := reader.Peek(1); err != nil {
		return nil, p.explain(err)
	}
	p.phases.FirstByte += time.Since(begun)
	resp, err := finalAnswer(reader, requestBy(r.method))
	if err != nil {
		return nil, unreadable(p, capped, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if w.redirects > 0 {
		p.cookies.keep(r.url, resp)
		if to, failed := leadsTo(p, r.url, resp); to != nil || failed != nil {
			return to, failed
		}
	}
	return nil, w.judgeAnswer(p, capped, resp)
}

func (w *webCheck) judgeAnswer(p *probe, capped *cappedReader, resp *http.Response) *finding {
	if failed := w.judgeStatus(p, resp); failed != nil {
		return failed
	}
	p.phase = phaseBody
	begun := time.Now()
	defer func() { p.phases.Body += time.Since(begun) }()
	if w.judge == nil && w.contains == "" {
		return w.skim(p, capped, resp.Body)
	}
	capped.left = maxBody + maxHeader // with the framing of chunks
	body, failed := unpacked(p, resp)
	switch {
	case failed != nil:
		return failed
	case w.judge != nil:
		return w.judgeWhole(p, body, resp.Header)
	default:
		return w.search(p, body, resp.Header)
	}
}

// sharedRequest is what most answers are read for: reading needs the method alone.
var sharedRequest = &http.Request{Method: http.MethodGet}

func requestBy(method string) *http.Request {
	if method == http.MethodGet {
		return sharedRequest
	}
	return &http.Request{Method: method}
}

// maxHints is how many interim answers may come before the final one; net/http accepts as many.
const maxHints = 5

// finalAnswer skips interim answers: a server may send 103 Early Hints unasked.
func finalAnswer(reader *bufio.Reader, req *http.Request) (*http.Response, error) {
	for hints := 0; ; hints++ {
		resp, err := http.ReadResponse(reader, req)
		if err != nil || resp.StatusCode/100 != 1 || resp.StatusCode == http.StatusSwitchingProtocols || hints == maxHints {
			return resp, err
		}
	}
}

func unreadable(p *probe, capped *cappedReader, err error) *finding {
	switch {
	case capped.left <= 0, errors.Is(err, errEndless):
		return fail(model.ReasonWebTooLarge, "limit", "64 KiB", "addr", p.address)
	case isTimeout(err), errors.Is(err, io.ErrUnexpectedEOF):
		return p.explain(err)
	default:
		return fail(model.ReasonWebBadAnswer, "said", shortened(err.Error()), "took", p.took(), "addr", p.address)
	}
}

// Bounds on a target's own text, in bytes: on a card, and before its secrets are redacted. A secret of which the end is cut off first
// would not be known as one.
const (
	maxSaid  = 120
	maxTaken = 2 << 10
)

// shortened bounds what is taken of a target's text; clipped cuts it to what is shown.
func shortened(s string) string { return cutTo(s, maxTaken) }

func cutTo(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// shown is how much is shown of each argument that holds a target's own text.
var shown = map[string]int{"said": maxSaid, "want": maxSaid, "location": maxSaid, "got": maxSaid}

// clipped is a reason as it is shown.
func clipped(r model.Reason) model.Reason {
	var cut map[string]string
	for name, most := range shown {
		text := r.Args[name]
		if name == "got" && r.Code != model.ReasonDNSWrong {
			text = model.Clip(text, maxGlimpse)
		} else {
			text = cutTo(text, most)
		}
		if text == r.Args[name] {
			continue
		}
		if cut == nil {
			cut = maps.Clone(r.Args)
		}
		cut[name] = text
	}
	if cut != nil {
		r.Args = cut
	}
	return r
}

func (w *webCheck) judgeStatus(p *probe, resp *http.Response) *finding {
	got := resp.StatusCode
	if slices.ContainsFunc(w.wanted, func(r model.CodeRange) bool { return r.Has(got) }) {
		return nil
	}
	if to := resp.Header.Get("Location"); to != "" && got/100 == 3 {
		return fail(model.ReasonWebRedirect, "got", strconv.Itoa(got), "location", shortened(to), "addr", p.address)
	}
	words := make([]string, len(w.wanted))
	for i, r := range w.wanted {
		words[i] = r.String()
	}
	return fail(model.ReasonWebStatus, "got", strconv.Itoa(got), "want", strings.Join(words, ", "),
		"took", p.took(), "addr", p.address)
}

// skim reads up to maxUnread of the body to see that it arrives.
func (w *webCheck) skim(p *probe, capped *cappedReader, body io.Reader) *finding {
	capped.left = maxUnread + maxHeader
	if _, err := io.Copy(io.Discard, io.LimitReader(body, maxUnread)); err != nil && !errors.Is(err, errEndless) {
		return p.explain(err)
	}
	return nil
}

// search searches up to maxBody for the expected text.
func (w *webCheck) search(p *probe, body io.Reader, header http.Header) *finding {
	found, err := holds(io.LimitReader(body, maxBody), header, w.contains)
	switch {
	case found:
		return nil
	case err != nil && !errors.Is(err, errEndless): // endless: everything within the limit was read
		return unreadableBody(p, err)
	default:
		return fail(model.ReasonWebBody, "want", shortened(w.contains), "took", p.took(), "addr", p.address)
	}
}

// judgeWhole reads the whole body, up to the limit, and evaluates it.
func (w *webCheck) judgeWhole(p *probe, r io.Reader, header http.Header) *finding {
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	switch {
	case len(body) > maxBody, errors.Is(err, errEndless):
		return fail(model.ReasonWebTooLarge, "limit", "1 MiB", "addr", p.address)
	case err != nil:
		return unreadableBody(p, err)
	}
	return w.judge(p, decoded(header, body))
}

// unpacked decompresses what should not be compressed: some servers send stored files as they are, compressed by gzip.
// The limits are those of any body, after decompression.
func unpacked(p *probe, resp *http.Response) (io.Reader, *finding) {
	switch coding := strings.ToLower(resp.Header.Get("Content-Encoding")); coding {
	case "", "identity":
		return resp.Body, nil
	case "gzip", "x-gzip":
		body, err := gzip.NewReader(resp.Body)
		if err != nil {
			return nil, unreadableBody(p, err)
		}
		return body, nil
	default:
		return nil, fail(model.ReasonWebPacked, "got", shortened(coding), "took", p.took(), "addr", p.address)
	}
}

// unreadableBody distinguishes an invalid body from a failed transfer.
func unreadableBody(p *probe, err error) *finding {
	_, broken := errors.AsType[flate.CorruptInputError](err)
	if broken || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return fail(model.ReasonWebBadAnswer, "said", shortened(err.Error()), "took", p.took(), "addr", p.address)
	}
	return p.explain(err)
}

// cappedReader ends an endless stream.
type cappedReader struct {
	r    io.Reader
	left int
}

// Read returns errEndless once the cap is used up.
func (c *cappedReader) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, errEndless
	}
	n, err := c.r.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}
