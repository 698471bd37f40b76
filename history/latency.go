package history

import (
	"math"
	"time"

	"opsbot/model"
)

// Latencies are stored in classes, eight to an octave, from 10 µs to 11 hours: the error is at most 4.5% (2^(1/16) - 1
// is 4.43%), however they were merged. 10 µs is less than anything on a network takes.
const (
	classes      = 256
	perOctave    = 8
	leastLatency = 10 * time.Microsecond
)

// classOf returns the class of a latency.
func classOf(d time.Duration) uint8 {
	if d <= leastLatency {
		return 0
	}
	return uint8(min(math.Log2(float64(d)/float64(leastLatency))*perOctave, classes-1)) // neither is below 0
}

// middleOf is the latency that represents a class: the geometric middle of its bounds.
func middleOf(class int) time.Duration {
	return time.Duration(float64(leastLatency) * math.Exp2((float64(class)+0.5)/perOctave))
}

// Sum aggregates results. The zero Sum is of none.
type Sum struct {
	model.Counts
	hist [classes]uint32
}

// Add counts one result; took only counts if it is ok.
func (s *Sum) Add(status model.Status, took time.Duration) { s.add(status, classOf(took)) }

func (s *Sum) add(status model.Status, class uint8) {
	switch status {
	case model.StatusOK:
		s.OK++
		s.hist[class]++
	case model.StatusFail:
		s.Failed++
	default:
		s.Unknown++
	}
}

// Merge adds another Sum.
func (s *Sum) Merge(other *Sum) {
	s.OK += other.OK
	s.Failed += other.Failed
	s.Unknown += other.Unknown
	for i, n := range other.hist {
		s.hist[i] += n
	}
}

// Latency returns the percentiles of ok results by nearest rank, each off by at most 4.5%.
func (s *Sum) Latency() model.Latency {
	return model.Latency{P50: s.rank(50), P95: s.rank(95), P99: s.rank(99), Max: s.rank(100)}
}

// rank is the smallest latency that percent of the ok results do not exceed.
func (s *Sum) rank(percent int) time.Duration {
	if s.OK == 0 {
		return 0
	}
	need, seen := (s.OK*percent+99)/100, 0
	for class, n := range s.hist {
		if seen += int(n); seen >= need {
			return middleOf(class)
		}
	}
	return 0
}
