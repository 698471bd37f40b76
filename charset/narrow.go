package charset

import (
	"bytes"
	"math"
	"unicode"
)

// narrow tells encodings of one byte apart. Cyrillic words consist of bytes above 127 alone; Latin ones mix them with ASCII letters.
func narrow(data []byte) Charset {
	mixed, pure := 0, 0
	for _, word := range bytes.FieldsFunc(data, func(r rune) bool { return r < 0x80 && !isLetter(byte(r)) }) {
		high := 0
		for _, b := range word {
			if b >= 0x80 {
				high++
			}
		}
		switch {
		case high == len(word) && high > 1:
			pure++
		case high > 0 && high < len(word):
			mixed++
		}
	}
	if pure <= mixed {
		return Windows1252
	}
	best, top := Windows1251, math.Inf(-1)
	for _, c := range []Charset{Windows1251, KOI8R, CP866, Windows1252} {
		if likely := likelihood(c.Decode(data)); likely > top {
			best, top = c, likely
		}
	}
	return best
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// likelihood is how much a text looks like Russian: the sum over its letters. In a wrong encoding rare letters are frequent, capitals stand
// within words, words begin with ь, and letters are lines and symbols.
func likelihood(text string) float64 {
	sum := 0.0
	last := ' '
	for _, r := range text {
		if r < 0x80 {
			last = r
			continue
		}
		lower := unicode.ToLower(r)
		weight, cyrillic := frequency[lower]
		switch {
		case !cyrillic:
			sum += rare
		case unicode.IsUpper(r) && unicode.IsLower(last):
			sum += rare
		case !unicode.IsLetter(last) && (lower == 'ь' || lower == 'ъ' || lower == 'ы'):
			sum += rare
		default:
			sum += math.Log(weight)
		}
		last = r
	}
	return sum
}

// rare is the weight of what Russian does not have: less than that of its rarest letter.
const rare = -9

// frequency is the share of letters in Russian texts; Ukrainian and Belarusian ones are as rare as what they resemble.
var frequency = func() map[rune]float64 {
	all := map[rune]float64{'ё': 0.0004, 'і': 0.0003, 'ї': 0.0003, 'є': 0.0003, 'ў': 0.0003, '№': 0.0005, '«': 0.0005, '»': 0.0005, '—': 0.0005, '–': 0.0005, '…': 0.0003, '\u00a0': 0.0005}
	for _, row := range []struct {
		letters string
		share   float64
	}{
		{"о", 0.11},
		{"е", 0.085},
		{"а", 0.08},
		{"и", 0.073},
		{"н", 0.067},
		{"т", 0.063},
		{"с", 0.055},
		{"р", 0.047},
		{"в", 0.045},
		{"л", 0.044},
		{"к", 0.035},
		{"м", 0.032},
		{"д", 0.03},
		{"п", 0.028},
		{"у", 0.026},
		{"я", 0.02},
		{"ыь", 0.018},
		{"гзб", 0.016},
		{"ч", 0.0144},
		{"й", 0.012},
		{"х", 0.01},
		{"жш", 0.009},
		{"ю", 0.0064},
		{"ц", 0.005},
		{"щ", 0.0036},
		{"э", 0.0032},
		{"ф", 0.0026},
		{"ъ", 0.0004},
	} {
		for _, r := range row.letters {
			all[r] = row.share
		}
	}
	return all
}()
