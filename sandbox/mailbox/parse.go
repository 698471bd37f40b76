package mailbox

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
)

// Parse parses a mail as far as possible: what cannot be parsed is left out.
func Parse(raw []byte) Mail {
	var m Mail
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		m.Text = string(raw)
		return m
	}
	words := new(mime.WordDecoder)
	if m.Subject, err = words.DecodeHeader(message.Header.Get("Subject")); err != nil {
		m.Subject = message.Header.Get("Subject")
	}
	p := parser{mail: &m, words: words, pictures: map[string]string{}}
	p.part(textproto.MIMEHeader(message.Header), message.Body, 0)
	for id, picture := range p.pictures {
		m.HTML = strings.ReplaceAll(m.HTML, "cid:"+id, picture)
	}
	return m
}

type parser struct {
	mail     *Mail
	words    *mime.WordDecoder
	pictures map[string]string // data URLs, by Content-ID
}

// maxDepth is the maximum nesting of parts.
const maxDepth = 8

func (p *parser) part(header textproto.MIMEHeader, body io.Reader, depth int) {
	kind, args, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && depth < maxDepth {
		for r := multipart.NewReader(body, args["boundary"]); ; {
			next, err := r.NextRawPart()
			if err != nil {
				return
			}
			p.part(next.Header, next, depth+1)
		}
	}
	switch strings.ToLower(header.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return
	}
	p.leaf(header, kind, data)
}

func (p *parser) leaf(header textproto.MIMEHeader, kind string, data []byte) {
	disposition, args, _ := mime.ParseMediaType(header.Get("Content-Disposition"))
	id := strings.Trim(header.Get("Content-Id"), "<>")
	switch {
	case disposition == "attachment":
		name, err := p.words.DecodeHeader(args["filename"])
		if err != nil {
			name = args["filename"]
		}
		p.mail.Files = append(p.mail.Files, File{Name: name, Type: kind, Data: data})
	case id != "":
		p.pictures[id] = "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)
	case kind == "text/html":
		p.mail.HTML = string(data)
	case kind == "text/plain":
		p.mail.Text = strings.ReplaceAll(string(data), "\r\n", "\n")
	}
}
