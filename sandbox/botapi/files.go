package botapi

import (
	"bytes"
	"encoding/json"
	"image"
	_ "image/jpeg" // supported photo formats
	_ "image/png"  // supported photo formats
	"net/http"
	"strings"
)

const (
	maxUpload = 50 << 20
	maxPhoto  = 10 << 20
	maxSides  = 10_000 // width and height together
	minAlbum  = 2
	maxAlbum  = 10
)

func (s *Server) sendDocument(r *request) (any, *apiError) { return s.sendFile(r, "document") }
func (s *Server) sendPhoto(r *request) (any, *apiError)    { return s.sendFile(r, "photo") }

func (s *Server) sendFile(r *request, kind string) (any, *apiError) {
	c, m, fail := s.draft(r)
	if fail == nil {
		fail = setText(r, m, "caption", maxCaption)
	}
	if fail == nil {
		m.File, fail = s.takeFile(r, kind, kind)
	}
	return s.deliver(c, m, fail)
}

// takeFile finds the upload in the field: sent with it, attached under another name, or known by its id.
func (s *Server) takeFile(r *request, field, kind string) (*File, *apiError) {
	f := r.files[field]
	if name, attached := strings.CutPrefix(r.params[field], "attach://"); attached {
		f = r.files[name]
	}
	if f == nil {
		if known := s.files[r.params[field]]; known != nil {
			return known, nil
		}
		return nil, badRequest("there is no " + kind + " in the request")
	}
	if fail := checkFile(f, kind); fail != nil {
		return nil, fail
	}
	kept := &File{ID: s.newFileID(), Name: f.Name, Kind: kind, MIME: http.DetectContentType(f.Content), Content: f.Content}
	s.files[kept.ID] = kept
	return kept, nil
}

func checkFile(f *File, kind string) *apiError {
	switch {
	case len(f.Content) == 0:
		return badRequest("file must be non-empty")
	case len(f.Content) > maxUpload || (kind == "photo" && len(f.Content) > maxPhoto):
		return &apiError{Code: http.StatusRequestEntityTooLarge, Description: "Request Entity Too Large"}
	case kind != "photo":
		return nil
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(f.Content))
	if err != nil {
		return badRequest("IMAGE_PROCESS_FAILED")
	}
	if size.Width+size.Height > maxSides {
		return badRequest("PHOTO_INVALID_DIMENSIONS")
	}
	return nil
}

func (s *Server) sendMediaGroup(r *request) (any, *apiError) {
	var items []struct {
		Type      string `json:"type"`
		Media     string `json:"media"`
		Caption   string `json:"caption"`
		ParseMode string `json:"parse_mode"`
	}
	if json.Unmarshal([]byte(r.params["media"]), &items) != nil {
		return nil, badRequest("can't parse media JSON object")
	}
	if len(items) < minAlbum || len(items) > maxAlbum {
		return nil, badRequest("group of media must include 2-10 items")
	}
	var c *chat
	var album []*Message
	for _, item := range items {
		part := &request{params: map[string]string{}, files: r.files}
		for k, v := range r.params {
			part.params[k] = v
		}
		part.params["caption"], part.params["parse_mode"], part.params["item"] = item.Caption, item.ParseMode, item.Media
		home, m, fail := s.draft(part)
		if fail == nil {
			fail = setText(part, m, "caption", maxCaption)
		}
		if fail == nil {
			m.File, fail = s.takeFile(part, "item", item.Type)
		}
		if fail != nil {
			return nil, fail
		}
		c, m.Album = home, item.Media
		album = append(album, m)
	}
	return s.deliverAlbum(c, album)
}

func (s *Server) deliverAlbum(c *chat, album []*Message) (any, *apiError) {
	if fail := s.budget(c); fail != nil {
		return nil, fail
	}
	name := "album" + album[0].File.ID
	results := make([]object, len(album))
	for i, m := range album {
		m.Album = name
		s.add(c, m)
		results[i] = s.messageJSON(c, m)
	}
	return results, nil
}

func (s *Server) getFile(r *request) (any, *apiError) {
	f := s.files[r.params["file_id"]]
	if f == nil {
		return nil, badRequest("invalid file_id")
	}
	return object{"file_id": f.ID, "file_unique_id": f.ID, "file_size": len(f.Content), "file_path": "documents/" + f.ID}, nil
}

// FileContent returns an upload by its id, for a page that shows it; nil if there is none.
func (s *Server) FileContent(id string) *File {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[id]
}
