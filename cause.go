package opsbot

// Cause is what failures have in common: marks that explain them and few of what is fine.
type Cause struct {
	Labels []string `json:"labels,omitempty"` // "dc=fra1", "host=web1": several of one key are meant as "or", of several as "and"; none: nothing was found
	Failed int      `json:"failed"`           // failures that have them
	Of     int      `json:"of"`               // failures in all
	Fine   int      `json:"fine"`             // of what has them, percent that is fine
}

// SharedLabels are what an endpoint or a check can have in common with others: its labels, and "client", "service" and "host",
// which win over labels of that name.
func (c *Check) SharedLabels() map[string]string {
	marks := make(map[string]string, len(c.Labels)+3)
	for key, value := range c.Labels {
		marks[key] = value
	}
	if e := c.Endpoint; e != nil {
		marks["client"], marks["service"], marks["host"] = e.Client, e.Service, e.Host
	}
	return marks
}
