package times

import (
	"strings"
	"sync"
	"time"
)

// abbreviations are zones that mean one thing, with their offset in minutes. Others, such as IST, are read only where the configured zone
// has them.
var abbreviations = map[string]int{
	"Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "MEZ": 60, "MESZ": 120, "EET": 120, "EEST": 180, "MSK": 180, "MSD": 240,
	"EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600,
	"JST": 540, "KST": 540, "HKT": 480, "SGT": 480, "AEST": 600, "AEDT": 660, "ACST": 570, "AWST": 480, "NZST": 720, "NZDT": 780, "SAST": 120, "BRT": -180, "ART": -180,
}

// readZone reads a zone, if one follows: Z, +03, +0300, +03:00, "MSK", "Europe/Moscow". After a blank an offset has four digits, or two that
// are no number: numbers follow times too.
func (p *parts) readZone() bool {
	start := p.i
	apart := p.blanks() > 0
	if b := p.next(); (b == '+' || b == '-') && p.offset(apart) {
		p.repeated()
		return true
	}
	n := 0
	for n < len(p.text)-p.i && isZoneByte(p.text[p.i+n]) {
		n++
	}
	if zone := p.zoneNamed(p.text[p.i : p.i+n]); zone != nil {
		p.zone = zone
		p.i += n
		p.fromUTC()
		return true
	}
	p.i = start
	return true
}

// fromUTC reads what may follow "UTC" and "GMT": +3, +03, +03:00.
func (p *parts) fromUTC() {
	b := p.next()
	if b != '+' && b != '-' {
		return
	}
	n := digitsOf(p.text[p.i+1:])
	if n != 1 {
		p.offset(false)
		return
	}
	seconds := int(p.text[p.i+1]-'0') * 3600
	if b == '-' {
		seconds = -seconds
	}
	p.zone = time.FixedZone("", seconds)
	p.i += 2
}

// repeated skips the name of a zone whose offset was read, as Go prints it: "+0000 UTC".
func (p *parts) repeated() {
	rest := p.text[p.i:]
	for _, name := range []string{" UTC", " GMT", " MSK", " CET", " CEST"} {
		if strings.HasPrefix(rest, name) && (len(rest) == len(name) || !isZoneByte(rest[len(name)])) {
			p.i += len(name)
			return
		}
	}
}

func isZoneByte(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' || b == '/' || b == '_' }

func (p *parts) zoneNamed(name string) *time.Location {
	if name == "" || name == "local" {
		return nil
	}
	if strings.Contains(name, "/") {
		return location(name)
	}
	if short, _ := p.reader.Now.In(p.zone).Zone(); short == name { // the configured zone knows better
		return p.zone
	}
	if minutes, known := abbreviations[name]; known {
		return time.FixedZone(name, minutes*60)
	}
	return nil
}

// offset reads "+03", "+0300", "+03:00".
func (p *parts) offset(apart bool) bool {
	start := p.i
	negative := p.next() == '-'
	p.i++
	var hours, minutes int
	ok := p.digits(&hours, 2)
	end := p.i
	colon := ok && p.next() == ':'
	if colon {
		p.i++
	}
	more := ok && p.digits(&minutes, 2)
	if colon && (!more || !p.endsOffset(minutes)) { // what follows is something else: "+05:10.0.0.9(51234)"
		p.i, minutes, more = end, 0, false
	}
	if !ok || !more && (apart && !isOffset(p.text[start:]) || colon && !apart) || hours > 15 || minutes > 59 || isDigit(p.next()) {
		p.i = start
		return false
	}
	seconds := hours*3600 + minutes*60
	if negative {
		seconds = -seconds
	}
	p.zone = time.FixedZone("", seconds)
	return true
}

// endsOffset reports whether minutes after a colon are those of an offset, and not the beginning of an address.
func (p *parts) endsOffset(minutes int) bool {
	rest := p.text[p.i:]
	return minutes%15 == 0 && (len(rest) < 2 || rest[0] != '.' || !isDigit(rest[1]))
}

// isOffset reports whether a sign and two digits after a blank are an offset, as PostgreSQL writes that of a zone without a short name:
// "+05 [12]", "-03:10.0.0.9(51234)". No number begins with a zero; one of two other digits is no offset unless a process follows.
func isOffset(text string) bool {
	rest := text[len("+05"):]
	if text[1] != '0' {
		return strings.HasPrefix(rest, " [") || strings.HasPrefix(rest, ":")
	}
	return rest == "" || rest[0] == ' ' || rest[0] == ':' || rest[0] == ']'
}

var locations sync.Map // of names of zones that exist to *time.Location: a few hundred at most

// location is the zone of a name such as Europe/Moscow, nil if there is none.
func location(name string) *time.Location {
	if found, known := locations.Load(name); known {
		zone, _ := found.(*time.Location)
		return zone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	locations.Store(name, zone)
	return zone
}
