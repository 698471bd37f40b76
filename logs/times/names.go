package times

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// monthNames are the months as programs write them, short and long. A point may follow: "nov.".
var monthNames = []string{
	"jan feb mar apr may jun jul aug sep oct nov dec",       // English
	"янв фев мар апр мая июн июл авг сен окт ноя дек",       // Russian
	"янв фев март апр май июнь июль авг сент окт нояб дек",  //
	"jan feb mär apr mai jun jul aug sep okt nov dez",       // German
	"jän feb mrz apr mai jun jul aug sep okt nov dez",       //
	"janv fév mars avr mai juin juil août sept oct nov déc", // French
	"ene feb mar abr may jun jul ago sep oct nov dic",       // Spanish
	"gen feb mar apr mag giu lug ago set ott nov dic",       // Italian
	"jan fev mar abr mai jun jul ago set out nov dez",       // Portuguese
	"sty lut mar kwi maj cze lip sie wrz paź lis gru",       // Polish
	"jan feb mrt apr mei jun jul aug sep okt nov dec",       // Dutch
	"січ лют бер кві тра чер лип сер вер жов лис гру",       // Ukrainian
	"led úno bře dub kvě čer čvc srp zář říj lis pro",       // Czech
	"oca şub mar nis may haz tem ağu eyl eki kas ara",       // Turkish
	"jan feb mar apr maj jun jul aug sep okt nov dec",       // Swedish, Danish
	"january february march april may june july august sept october november december",
	"января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
	"январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
	"januar februar märz april mai juni juli august september oktober november dezember",
	"janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
	"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
	"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
	"janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
	"stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
	"січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
}

// months maps each of them to its number.
var months = func() map[string]int {
	all := map[string]int{}
	for _, row := range monthNames {
		for i, name := range strings.Fields(row) {
			if _, known := all[name]; !known {
				all[name] = i + 1
			}
		}
	}
	return all
}()

// longestMonth is the length of the longest name of a month or a day, in letters.
const longestMonth = 12

// monthName reads one.
func (p *parts) monthName() bool {
	word, n := letters(p.text[p.i:], longestMonth)
	month, known := months[strings.ToLower(word)]
	if !known {
		return false
	}
	p.month = month
	p.i += n
	if p.next() == '.' {
		p.i++
	}
	return true
}

// letters is the word at the beginning of a text, and its length in bytes; none if it has more letters than most.
func letters(text string, most int) (string, int) {
	if text != "" && text[0] < utf8.RuneSelf && !isZoneByte(text[0]) {
		return "", 0
	}
	count := 0
	for i, r := range text {
		if !unicode.IsLetter(r) {
			return text[:i], i
		}
		if count++; count > most {
			return "", 0
		}
	}
	return text, len(text)
}

// weekdays are the beginnings of days in the languages above.
var weekdays = func() map[string]bool {
	all := map[string]bool{}
	const names = "mon tue wed thu fri sat sun пн вт ср чт пт сб вс mo di mi do fr sa so lun mar mer jeu ven sam dim mié jue vie sáb dom gio sab seg ter qua qui sex pon wto śro czw pią sob nie ma wo vr za zo нд"
	for name := range strings.FieldsSeq(names) {
		all[name] = true
	}
	for name := range strings.FieldsSeq("monday tuesday wednesday thursday friday saturday sunday понедельник вторник среда четверг пятница суббота воскресенье") {
		all[name] = true
	}
	return all
}()

// weekday is the length of the day that a text begins with, and of what follows it up to the date; 0 if there is none.
func weekday(text string) int {
	word, n := letters(text, longestMonth)
	if word == "" || !weekdays[strings.ToLower(word)] {
		return 0
	}
	end := n
	for end < len(text) && (text[end] == '.' || text[end] == ',' || text[end] == ' ') {
		end++
	}
	if end == n || end == len(text) {
		return 0
	}
	return end
}
