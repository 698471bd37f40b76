package botapi

import "slices"

// Pins are the messages that are pinned in a chat, as people see them: the one that was pinned last is the first.
func (s *Server) Pins(chat int64) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chat]
	if c == nil {
		return nil
	}
	var pins []int
	for _, id := range slices.Backward(c.pins) {
		if c.find(id) != nil {
			pins = append(pins, id)
		}
	}
	return pins
}

// SetPins gives the bot the right to pin messages in a chat, or takes it away.
func (s *Server) SetPins(chat int64, may bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.chats[chat]; c != nil {
		c.NoPins = !may
	}
}

// Delete deletes a message of a chat, as a person does.
func (s *Server) Delete(chat int64, message int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.chats[chat]; c != nil {
		if m := c.find(message); m != nil {
			m.Deleted = true
			s.touch()
		}
	}
}

// Unpin takes the pin off a message, as a person does.
func (s *Server) Unpin(chat int64, message int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.chats[chat]; c != nil {
		c.unpin(message)
		s.touch()
	}
}

// pinned is the message that was pinned last.
func (c *chat) pinned() *Message {
	for _, id := range slices.Backward(c.pins) {
		if m := c.find(id); m != nil {
			return m
		}
	}
	return nil
}

func (c *chat) unpin(message int) {
	c.pins = slices.DeleteFunc(c.pins, func(id int) bool { return id == message })
	if m := c.find(message); m != nil {
		m.Pinned = false
	}
}

// mayPin refuses in groups in which the bot may not pin.
func mayPin(c *chat) *apiError {
	if c.NoPins && c.Type != "private" {
		return badRequest("not enough rights to manage pinned messages in the chat")
	}
	return nil
}

// pin pins a message. Groups show a line about it, which counts against the limits; pinning it once more changes nothing.
func (s *Server) pin(r *request) (any, *apiError) {
	c, m, fail := s.own(r, "pin")
	if fail == nil {
		fail = mayPin(c)
	}
	if fail != nil {
		return nil, fail
	}
	if slices.Contains(c.pins, m.ID) {
		return true, nil
	}
	if fail := s.budget(c); fail != nil {
		return nil, fail
	}
	m.Pinned = true
	c.pins = append(c.pins, m.ID)
	return true, nil
}

// unpin takes the pin off a message; without an id, off the one that was pinned last.
func (s *Server) unpin(r *request) (any, *apiError) {
	c, fail := s.target(r)
	if fail == nil {
		fail = mayPin(c)
	}
	if fail != nil {
		return nil, fail
	}
	id := int(r.int("message_id"))
	if m := c.pinned(); id == 0 && m != nil {
		id = m.ID
	}
	if !slices.Contains(c.pins, id) || c.find(id) == nil {
		return nil, badRequest("message to unpin not found")
	}
	c.unpin(id)
	return true, nil
}
