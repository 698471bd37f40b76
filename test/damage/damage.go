// Package damage breaks good data a little, for tests of what reads it. Only tests may import it.
package damage

import (
	"math/rand/v2"
	"slices"
)

// marks are what files and answers are made of: a reader stumbles over one more or one less of them rather than over a letter.
const marks = "\"'`;,:.[]{}()<>$#=%?\\/\n\r\t \x00\xff&*!-+|~^@_0aZ"

// most is how many bytes one change is about at most.
const most = 60

// Some is a copy of data with a few bytes changed, added, removed, repeated or cut off. It is not empty.
func Some(random *rand.Rand, data []byte) []byte {
	data = slices.Clone(data)
	for range 1 + random.IntN(4) {
		if len(data) == 0 {
			break
		}
		at := random.IntN(len(data))
		piece := data[at:min(len(data), at+1+random.IntN(most))]
		switch random.IntN(8) {
		case 0:
			data[at] = byte(random.IntN(256))
		case 1:
			data[at] ^= 1 << random.IntN(8)
		case 2:
			data = slices.Insert(data, at, marks[random.IntN(len(marks))])
		case 3:
			data = slices.Delete(data, at, at+1)
		case 4:
			data = slices.Delete(data, at, at+len(piece))
		case 5:
			data = slices.Insert(data, at, slices.Clone(piece)...)
		case 6:
			data = append(data, data[at:]...)
		default:
			data = data[:at]
		}
	}
	if len(data) == 0 {
		return []byte("x")
	}
	return data
}
