package history

import (
	"encoding/binary"
	"errors"

	"opsbot"
)

// The body of a pack is a byte of its format, then for each check that it holds: its place in the group, counted from the one
// before, the length of what follows, and that. Numbers are varints.
//
// Results of a check are runs. A run begins with a byte: status in bits 0 and 1, bit 2 when it came as long after the one before as
// that one did, the number of further equal results in bits 3 to 7, of which 31 means 31 and a number that follows. Then the
// seconds since the one before, when they differ; then, of a good result, the class of its latency.
const (
	packFormat  = 1
	statusMask  = 3
	samePace    = 4
	runShift    = 3
	longestRun  = 31
	mostInGroup = groupSize
)

var errPack = errors.New("a pack of results cannot be read")

// seen is a result as it is packed.
type seen struct {
	at     int64 // seconds since 1970
	status uint8
	class  uint8
}

// appendSeen packs results of one check, in the order of time; from is not after the first.
func appendSeen(dst []byte, from int64, all []seen) []byte {
	last, pace := from, int64(0)
	for i := 0; i < len(all); {
		r := all[i]
		step := r.at - last
		tag, paced := r.status&statusMask, step == pace
		if paced {
			tag |= samePace
		}
		last, pace = r.at, step
		more := 0
		for i++; i < len(all) && all[i].at-last == pace && all[i].status == r.status && all[i].class == r.class; i++ {
			last = all[i].at
			more++
		}
		dst = append(dst, tag|uint8(min(more, longestRun))<<runShift) //nolint:gosec // at most 31
		if !paced {
			dst = binary.AppendUvarint(dst, uint64(step)) //nolint:gosec // results are in order
		}
		if r.status == uint8(opsbot.StatusOK) {
			dst = append(dst, r.class)
		}
		if more >= longestRun {
			dst = binary.AppendUvarint(dst, uint64(more-longestRun)) //nolint:gosec // not negative
		}
	}
	return dst
}

// mostRun bounds what a run that was read may claim: an hour of results, a hundred each second.
const mostRun = 360_000

// eachSeen unpacks what appendSeen packed.
func eachSeen(body []byte, from int64, f func(r seen)) error {
	rd := reader{rest: body}
	last, pace := from, int64(0)
	for len(rd.rest) > 0 {
		tag := rd.byte()
		r := seen{status: tag & statusMask}
		if tag&samePace == 0 {
			pace = int64(rd.number(1 << 20)) //nolint:gosec // bounded
		}
		if r.status == uint8(opsbot.StatusOK) {
			r.class = rd.byte()
		}
		more := int(tag >> runShift)
		if more == longestRun {
			more += int(rd.number(mostRun)) //nolint:gosec // bounded
		}
		if rd.bad || r.status > uint8(opsbot.StatusFail) {
			return errPack
		}
		for range more + 1 {
			last += pace
			r.at = last
			f(r)
		}
	}
	return nil
}

// appendEntry adds a check to a body. before is the place of the one before, -1 for the first.
func appendEntry(body []byte, place, before int, data []byte) []byte {
	if len(body) == 0 {
		body = append(body, packFormat)
	}
	body = binary.AppendUvarint(body, uint64(place-before-1)) //nolint:gosec // places rise
	body = binary.AppendUvarint(body, uint64(len(data)))
	return append(body, data...)
}

// eachEntry calls f with every check of a body: its place, and its data.
func eachEntry(body []byte, f func(place int, data []byte) error) error {
	if len(body) == 0 || body[0] != packFormat {
		return errPack
	}
	rd := reader{rest: body[1:]}
	for place := -1; len(rd.rest) > 0; {
		place += 1 + int(rd.number(mostInGroup))              //nolint:gosec // bounded
		data := rd.take(int(rd.number(uint64(len(rd.rest))))) //nolint:gosec // bounded
		if rd.bad || place >= mostInGroup {
			return errPack
		}
		if err := f(place, data); err != nil {
			return err
		}
	}
	return nil
}

// appendSum packs the results of an hour: failed, unknown, and the classes that are not empty with their counts.
func appendSum(dst []byte, s *Sum) []byte {
	dst = binary.AppendUvarint(dst, uint64(s.Failed))  //nolint:gosec // a count
	dst = binary.AppendUvarint(dst, uint64(s.Unknown)) //nolint:gosec // a count
	before := -1
	for class, n := range s.hist {
		if n > 0 {
			dst = append(dst, uint8(class-before-1)) //nolint:gosec // less than the number of classes
			dst = binary.AppendUvarint(dst, uint64(n))
			before = class
		}
	}
	return dst
}

// addSum unpacks what appendSum packed into a Sum.
func addSum(s *Sum, data []byte) error {
	const most = 1 << 31
	rd := reader{rest: data}
	s.Failed += int(rd.number(most))  //nolint:gosec // bounded
	s.Unknown += int(rd.number(most)) //nolint:gosec // bounded
	for class := -1; len(rd.rest) > 0 && !rd.bad; {
		class += 1 + int(rd.byte())
		n := rd.number(most)
		if class >= classes {
			return errPack
		}
		s.OK += int(n)             //nolint:gosec // bounded
		s.hist[class] += uint32(n) //nolint:gosec // bounded
	}
	if rd.bad {
		return errPack
	}
	return nil
}

// reader takes apart what may have been damaged; bad says that it was.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.bad = true
		return 0
	}
	v := r.rest[0]
	r.rest = r.rest[1:]
	return v
}

// number is at most most; anything larger is damage.
func (r *reader) number(most uint64) uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > most {
		r.bad = true
		r.rest = nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.bad = true
		r.rest = nil
		return nil
	}
	v := r.rest[:n]
	r.rest = r.rest[n:]
	return v
}
