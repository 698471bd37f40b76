package history

import (
	"encoding/binary"

	"opsbot/model"
)

// The body of a pack is a format byte and a pace in seconds, then for each check that it holds: its place in the group, relative to
// the previous one, the length of its data, and the data. Numbers are varints.
//
// The results of a check are runs of equal ones. The first result has its seconds since the pack's beginning; after it the pace is
// the pack's, until a result changes it. Most are a single byte, bit 7 set: an ok result at an unchanged interval, whose latency
// class differs from that of the last ok one by bits 0 to 4 (less 16), and bits 5 and 6 count further ones like it. Others begin
// with a byte of status in bits 0 and 1, bit 2 when the interval is unchanged, and the number of further ones in bits 3 to 6, of
// which 15 means 15 and a number that follows. Then come the seconds since the previous one, if changed; the class, if it is ok;
// and that number.
const (
	packFormat  = 1
	statusMask  = 3
	samePace    = 4
	runShift    = 3
	longestRun  = 15
	short       = 1 << 7
	shortMask   = 31
	shortShift  = 5
	shortRun    = 3
	shortZero   = 16
	mostInGroup = groupSize
)

var errPack = model.ErrDamagedPack

// seen is a result in the form in which it is packed.
type seen struct {
	at     int64 // seconds since 1970
	status uint8
	class  uint8
}

// frame is the base of a pack's results: its beginning, and its usual pace. Both are in seconds.
type frame struct{ from, pace int64 }

// appendSeen packs results of one check, ordered by time, none of them before the frame.
func appendSeen(dst []byte, f frame, all []seen) []byte {
	last, pace, class := f.from, f.pace, 0
	for i := 0; i < len(all); {
		r := all[i]
		step := r.at - last
		even := step == pace && i > 0
		if i > 0 {
			pace = step
		}
		last = r.at
		more := 0
		for i++; i < len(all) && all[i].at-last == pace && all[i].status == r.status && all[i].class == r.class; i++ {
			last = all[i].at
			more++
		}
		good := r.status == uint8(model.StatusOK)
		differs := int(r.class) - class + shortZero
		if good {
			class = int(r.class)
		}
		if good && even && more <= shortRun && differs >= 0 && differs <= shortMask {
			dst = append(dst, short|uint8(differs)|uint8(more)<<shortShift) //nolint:gosec // within their bits
			continue
		}
		dst = appendLong(dst, r, even, uint64(step), more) //nolint:gosec // results are in order
	}
	return dst
}

func appendLong(dst []byte, r seen, even bool, step uint64, more int) []byte {
	tag := r.status & statusMask
	if even {
		tag |= samePace
	}
	dst = append(dst, tag|uint8(min(more, longestRun))<<runShift) //nolint:gosec // at most 15
	if !even {
		dst = binary.AppendUvarint(dst, step)
	}
	if r.status == uint8(model.StatusOK) {
		dst = append(dst, r.class)
	}
	if more >= longestRun {
		dst = binary.AppendUvarint(dst, uint64(more-longestRun)) //nolint:gosec // not negative
	}
	return dst
}

// Limits of what a run may claim: a pause of days, and a hundred results for each second of an hour.
const (
	mostPause = 1 << 20
	mostRun   = 360_000
)

// eachSeen unpacks what appendSeen packed.
func eachSeen(body []byte, in frame, f func(r seen)) error {
	rd := reader{rest: body}
	last, pace, class := in.from, in.pace, 0
	for first := true; len(rd.rest) > 0; first = false {
		r, more := rd.run(&pace, &class)
		if rd.bad {
			return errPack
		}
		last += pace
		if first {
			pace = in.pace
		}
		r.at = last
		f(r)
		for range more {
			last += pace
			r.at = last
			f(r)
		}
	}
	return nil
}

// run reads the beginning of a run and how many more equal results follow.
func (r *reader) run(pace *int64, class *int) (one seen, more int) {
	tag := r.byte()
	if tag&short != 0 {
		*class += int(tag&shortMask) - shortZero
		if *class < 0 || *class >= classes {
			r.bad = true
		}
		return seen{status: uint8(model.StatusOK), class: uint8(*class)}, int(tag >> shortShift & shortRun) //nolint:gosec // checked
	}
	one.status = tag & statusMask
	if tag&samePace == 0 {
		*pace = int64(r.number(mostPause)) //nolint:gosec // bounded
	}
	if one.status == uint8(model.StatusOK) {
		one.class = r.byte()
		*class = int(one.class)
	}
	if more = int(tag >> runShift); more == longestRun {
		more += int(r.number(mostRun)) //nolint:gosec // bounded
	}
	r.bad = r.bad || one.status > uint8(model.StatusFail)
	return one, more
}

// appendHead begins a body.
func appendHead(body []byte, pace int64) []byte {
	return binary.AppendUvarint(append(body, packFormat), uint64(pace)) //nolint:gosec // not negative
}

// appendEntry adds a check to a body. before is the place of the previous one, -1 for the first.
func appendEntry(body []byte, place, before int, data []byte) []byte {
	body = binary.AppendUvarint(body, uint64(place-before-1)) //nolint:gosec // places rise
	body = binary.AppendUvarint(body, uint64(len(data)))
	return append(body, data...)
}

// eachEntry calls f with every check of a pack: its place, its data, and the frame.
func eachEntry(p *model.Pack, f func(place int, data []byte, in frame) error) error {
	rd := reader{rest: p.Body}
	if rd.byte() != packFormat {
		return errPack
	}
	in := frame{p.From.Unix(), int64(rd.number(mostPause))} //nolint:gosec // bounded
	if rd.bad {
		return errPack
	}
	for place := -1; len(rd.rest) > 0; {
		place += 1 + int(rd.number(mostInGroup))              //nolint:gosec // bounded
		data := rd.take(int(rd.number(uint64(len(rd.rest))))) //nolint:gosec // bounded
		if rd.bad || place >= mostInGroup {
			return errPack
		}
		if err := f(place, data, in); err != nil {
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

// addSum adds what appendSum packed to a Sum.
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

// reader parses data that may be damaged; bad says that it is.
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

// number reads a number of at most most; anything larger is damage.
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
