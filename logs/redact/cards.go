package redact

import (
	"regexp"
	"strings"
)

// cardForm is the number of a payment card: four groups of four digits, or those of American Express and Diners, all separated alike. The
// first digits are those of a network: Visa, Mastercard, Mir, Discover, JCB, UnionPay.
var cardForm = regexp.MustCompile(`(?:4\d{3}|5[1-5]\d{2}|2[2-7]\d{2}|6011|6[245]\d{2}|35[2-8]\d)(?:\d{12}|(?: \d{4}){3}|(?:-\d{4}){3})|3[47]\d{2}(?:\d{11}| \d{6} \d{5}|-\d{6}-\d{5})|3(?:[68]\d|0[0-5])\d(?:\d{10}| \d{6} \d{4})`)

// numbered are the words after which a number is that of a thing: a block, a request, an order.
var numbered = regexp.MustCompile(`(?i)(?:\b|_)(?:id|ids|blk|block|trace|span|request|req|order|offset|seq|sequence|lsn|txn|xid|pid|tid|serial|uid|gid|inode|counter|ts|time|timestamp|bytes|size|length|build|job|task|msg|message|container|application|attempt|index|zxid|epoch|version)[\s"'=:#_\[(-]*$`)

// hideCards redacts the numbers of payment cards.
func hideCards(s string) string {
	if !mayHaveCards(s) {
		return s
	}
	var b strings.Builder
	from := 0
	for from < len(s) {
		m := cardForm.FindStringIndex(s[from:])
		if m == nil {
			break
		}
		begin, end := from+m[0], from+m[1]
		if isApart(s, begin, end) && isCard(s[begin:end]) && !numbered.MatchString(s[max(0, begin-24):begin]) {
			b.WriteString(s[from:begin] + hidden)
			from = end
			continue
		}
		end = begin + 1
		for end < len(s) && isDigit(s[end]) { // the rest of the number is none either
			end++
		}
		b.WriteString(s[from:end])
		from = end
	}
	return b.String() + s[from:]
}

// mayHaveCards reports whether there are as many digits in a row as a card has, single blanks and dashes left out.
func mayHaveCards(s string) bool {
	const least = 14
	run := 0
	for i := range len(s) {
		switch b := s[i]; {
		case isDigit(b):
			if run++; run == least {
				return true
			}
		case (b == ' ' || b == '-') && i > 0 && isDigit(s[i-1]):
		default:
			run = 0
		}
	}
	return false
}

// isApart reports whether a number is no part of a longer word: of a hash, a UUID, an id with a prefix, a fraction.
func isApart(s string, begin, end int) bool {
	if begin > 0 && (isWordByte(s[begin-1]) || strings.IndexByte("-.~", s[begin-1]) >= 0) {
		return false
	}
	if end == len(s) {
		return true
	}
	next := end+1 < len(s) && isWordByte(s[end+1])
	return !isWordByte(s[end]) && (s[end] != '-' && s[end] != '.' || !next)
}

func isWordByte(b byte) bool { return b == '_' || isDigit(b) || b|0x20 >= 'a' && b|0x20 <= 'z' }

// isCard reports whether digits are a card number: with a valid check digit (Luhn, ISO/IEC 7812-1).
func isCard(text string) bool {
	sum, n := 0, 0
	for i := len(text) - 1; i >= 0; i-- {
		if !isDigit(text[i]) {
			continue
		}
		d := int(text[i] - '0')
		if n++; n%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
