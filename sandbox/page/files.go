package page

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
)

// file serves an upload that the person can see in a chat: images as images, everything else as a download, so that
// nothing that a bot sends runs as a part of this page.
func (p *page) file(w http.ResponseWriter, r *http.Request) {
	me, known := p.person(r.URL.Query().Get("person"))
	id := r.PathValue("id")
	if !known || !p.sees(me, id) {
		http.NotFound(w, r)
		return
	}
	f := p.Bot.FileContent(id)
	if f == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	if f.Kind == "photo" && (f.MIME == "image/png" || f.MIME == "image/jpeg") {
		h.Set("Content-Type", f.MIME)
		h.Set("Content-Disposition", "inline")
	}
	h.Set("Content-Length", strconv.Itoa(len(f.Content)))
	_, _ = w.Write(f.Content) // a reader who has gone needs no answer
}

func (p *page) sees(person int64, file string) bool {
	return slices.ContainsFunc(p.chatsOf(person), func(chat int64) bool {
		for _, m := range p.Bot.Messages(chat) {
			if m.File != nil && m.File.ID == file && !m.Deleted {
				return true
			}
		}
		return false
	})
}
