package ssh

// Way is how a machine would be reached.
type Way struct {
	Dial, User, KeyPort      string
	Keys, Known, Jump, Names []string
}

// WayTo finds how a machine would be reached.
func (o Options) WayTo(t Target) (Way, error) {
	s, err := o.read()
	if err != nil {
		return Way{}, err
	}
	r, err := s.route(t)
	if err != nil {
		return Way{}, err
	}
	return Way{Dial: r.dial, User: r.user, KeyPort: r.keyPort, Keys: r.keys, Known: r.knownHosts, Jump: r.jumps, Names: r.names}, nil
}
